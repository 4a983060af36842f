--- `--sandbox`: a Graph emulator in this process, with a token of its own.

local M = {}

function M.settings()
  local sandbox = require "waba.sandbox"
  return { access_token = sandbox.world.admin_token, transport = sandbox.new() }
end

--- The business that is meant there.
function M.business()
  return require("waba.sandbox").world.business
end

return M
