-- Lists the system users of a business, and who is assigned to an account of it.
-- Set WABA_ACCESS_TOKEN, WABA_BUSINESS_ID and WABA_ACCOUNT_ID.

local waba = require "waba"

local business, account = os.getenv "WABA_BUSINESS_ID", os.getenv "WABA_ACCOUNT_ID"

print "System users"
for _, user in ipairs(assert(waba.system_users(business))) do
  print(("  %s  %-10s %s"):format(user.id, user.role, user.name))
end

print("Assigned to " .. account)
for _, user in ipairs(assert(waba.assigned_users(account, business))) do
  -- A list that carries no tasks leaves them unknown; it does not say that there are none.
  local tasks = user.tasks and table.concat(user.tasks, ", ") or "tasks unknown"
  print(("  %s  %-16s %s"):format(user.id, user.name, tasks))
end
