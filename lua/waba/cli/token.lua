--- Where the access token comes from; never from the command line.

local exit = require "waba.cli.exit"

local M = {}

---@return string
function M.find(_)
  local token = os.getenv "WABA_ACCESS_TOKEN"
  if token and token ~= "" then return token end
  exit.fail("auth", "there is no access token",
    "set WABA_ACCESS_TOKEN, or use --token-file, --token-command or --profile; "
    .. "--sandbox tries everything without one")
end

return M
