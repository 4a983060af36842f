-- Assigns one system user to many accounts. One account that fails does not stop the others.
-- Set WABA_ACCESS_TOKEN, WABA_USER_ID, WABA_TASK and WABA_ACCOUNT_IDS (separated by spaces).

local waba = require "waba"

local user_id, task = os.getenv "WABA_USER_ID", os.getenv "WABA_TASK"
local failed = 0

for account in os.getenv("WABA_ACCOUNT_IDS"):gmatch "%S+" do
  local done, err = waba.assign(account, user_id, task)
  if done then
    print(account .. "  done")
  else
    failed = failed + 1
    print(account .. "  " .. err.kind .. ": " .. (err.hint or err.message))
    -- A token that is not accepted here is not accepted anywhere.
    if err.kind == "auth" then break end
  end
end

os.exit(failed == 0 and 0 or 1)
