--- `--sandbox`: a Graph emulator in this process, with a token of its own.

local M = {}

function M.settings()
  local sandbox = require "waba.sandbox"
  local world = sandbox.world
  return { access_token = world.admin_token, app_id = world.app, app_secret = world.app_secret,
    transport = sandbox.new() }
end

--- The business that is meant there.
function M.business()
  return require("waba.sandbox").world.business
end

return M
