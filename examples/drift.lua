-- A nightly check: has the user the task on every account? Changes nothing. Exits with 1 where one
-- has drifted, with 2 where one could not be checked. An empty list proves nothing.
-- Set WABA_ACCESS_TOKEN, WABA_BUSINESS_ID, WABA_USER_ID, WABA_TASK and WABA_ACCOUNT_IDS (spaces).

local waba = require "waba"

local business, user_id = os.getenv "WABA_BUSINESS_ID", os.getenv "WABA_USER_ID"
local client = assert(waba.new {
  access_token = os.getenv "WABA_ACCESS_TOKEN", base_url = os.getenv "WABA_GRAPH_URL",
})

local function check(account)
  local state
  for user, err in client:each("assigned_users", account, business) do
    if not user then return nil, err end
    state = "drifted"
    if user.id == user_id and not user.tasks then return nil, "the list carries no tasks" end
    for _, task in ipairs(user.id == user_id and user.tasks or {}) do
      if task == os.getenv "WABA_TASK" then return "in line" end
    end
  end
  return state, not state and "nobody is listed for this business" or nil
end

local status, accounts = 0, os.getenv("WABA_ACCOUNT_IDS"):gmatch "%S+"
local _, _, stopped = client:map(accounts, check, { on_result = function(account, state, err)
  print(account .. "  " .. (state or "not checked: " .. tostring(err)))
  status = math.max(status, err and 2 or state == "drifted" and 1 or 0)
end })
os.exit(stopped and 2 or status)
