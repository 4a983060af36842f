-- Assigns a system user to an account with one task, and reads back whether it is so.
-- Set WABA_ACCESS_TOKEN, WABA_BUSINESS_ID, WABA_ACCOUNT_ID, WABA_USER_ID and WABA_TASK.

local waba = require "waba"

local business, account = os.getenv "WABA_BUSINESS_ID", os.getenv "WABA_ACCOUNT_ID"
local user_id, task = os.getenv "WABA_USER_ID", os.getenv "WABA_TASK"

local function has_task(user)
  for _, name in ipairs(user.tasks or {}) do
    if name == task then return true end
  end
  return false
end

local done, err = waba.assign(account, user_id, { task })
if not done then
  print(err)
  -- A write that broke off may have taken effect all the same: then the list below decides.
  if err.kind ~= "indeterminate" then os.exit(1) end
end

for _, user in ipairs(assert(waba.assigned_users(account, business))) do
  if user.id == user_id and has_task(user) then return print(user.name .. " has " .. task) end
end
print(("%s is not listed with %s"):format(user_id, task))
os.exit(1)
