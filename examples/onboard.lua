-- Sees to it that a user has a task on every account of a list, many at once. May be run again.
-- Set WABA_ACCESS_TOKEN, WABA_BUSINESS_ID, WABA_USER_ID, WABA_TASK and WABA_ACCOUNT_IDS (spaces).

local waba = require "waba"

local business, user_id = os.getenv "WABA_BUSINESS_ID", os.getenv "WABA_USER_ID"
local client = assert(waba.new {
  access_token = os.getenv "WABA_ACCESS_TOKEN", base_url = os.getenv "WABA_GRAPH_URL",
})

local accounts = {}
for account in os.getenv("WABA_ACCOUNT_IDS"):gmatch "%S+" do accounts[#accounts + 1] = account end

local results, errors, stopped = client:map(accounts, function(account)
  return client:ensure(account, user_id, os.getenv "WABA_TASK", { business = business })
end)

for i, account in ipairs(accounts) do
  print(account .. "  " .. (results[i] or tostring(errors[i] or "not done")))
end
os.exit(next(errors) == nil and not stopped and 0 or 1)
