-- Assigns a system user to an account with one task, and reads back whether it is so.
-- Set WABA_ACCESS_TOKEN, WABA_BUSINESS_ID, WABA_ACCOUNT_ID, WABA_USER_ID and WABA_TASK.

local waba = require "waba"

local business, account = os.getenv "WABA_BUSINESS_ID", os.getenv "WABA_ACCOUNT_ID"
local user_id, task = os.getenv "WABA_USER_ID", os.getenv "WABA_TASK"

local function verdict(user)
  if not user.tasks then return user.name .. " is assigned; Graph does not say with which tasks" end
  for _, name in ipairs(user.tasks) do
    if name == task then return user.name .. " has " .. task end
  end
end

local done, err = waba.assign(account, user_id, { task })
if not done then
  print(err)
  -- A write that broke off may have taken effect all the same: then the list below decides.
  if err.kind ~= "indeterminate" then os.exit(1) end
end

for _, user in ipairs(assert(waba.assigned_users(account, business))) do
  local words = user.id == user_id and verdict(user)
  if words then return print(words) end
end
print(("%s is not listed with %s"):format(user_id, task))
os.exit(1)
