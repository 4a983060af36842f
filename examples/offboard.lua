-- Removes a user from an account, with all tasks, and shows that the user is gone.
-- Set WABA_ACCESS_TOKEN, WABA_BUSINESS_ID, WABA_ACCOUNT_ID and WABA_USER_ID.

local waba = require "waba"

local business, account = os.getenv "WABA_BUSINESS_ID", os.getenv "WABA_ACCOUNT_ID"
local user_id = os.getenv "WABA_USER_ID"

local done, err = waba.unassign(account, user_id)
if not done then
  print(err)
  -- Not there to begin with, or perhaps removed after all: the list below decides.
  if err.kind ~= "not_found" and err.kind ~= "indeterminate" then os.exit(1) end
end

local left = assert(waba.assigned_users(account, business))
for _, user in ipairs(left) do
  if user.id == user_id then
    print(user.name .. " is still assigned")
    os.exit(1)
  end
end
print(("%s is gone; %d users are left on %s"):format(user_id, #left, account))
