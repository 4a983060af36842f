-- Who can do what on every account of a list, as tab-separated lines.
-- Set WABA_ACCESS_TOKEN, WABA_BUSINESS_ID and WABA_ACCOUNT_IDS (separated by spaces).

local waba = require "waba"

local business, accounts = os.getenv "WABA_BUSINESS_ID", os.getenv "WABA_ACCOUNT_IDS"
local client = assert(waba.new {
  access_token = os.getenv "WABA_ACCESS_TOKEN", base_url = os.getenv "WABA_GRAPH_URL",
})

local failed = 0
local _, _, stopped = client:map(accounts:gmatch "%S+", function(account)
  return client:assigned_users(account, business)
end, {
  on_result = function(account, users, err)
    if err then
      failed = failed + 1
      return io.stderr:write(account, ": ", tostring(err), "\n")
    end
    for _, user in ipairs(users) do
      local tasks = user.tasks and table.concat(user.tasks, ",") or "unknown"
      print(table.concat({ account, user.id, user.name, tasks }, "\t"))
    end
  end,
})
os.exit(failed == 0 and not stopped and 0 or 1)
