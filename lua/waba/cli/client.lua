--- The client for a command line.

local exit = require "waba.cli.exit"

local M = {}

local function env(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

local function settings_of(ctx)
  if ctx.options.sandbox then return require("waba.cli.sandbox").settings() end
  return {
    access_token = require("waba.cli.token").find(ctx),
    app_secret = env "WABA_APP_SECRET",
    base_url = env "WABA_GRAPH_URL",
    api_version = env "WABA_API_VERSION",
  }
end

---@param ctx waba.cli.Context
---@return waba.Client
function M.new(ctx)
  local waba = require "waba"
  local settings = settings_of(ctx)
  settings.api_version = ctx.options.api_version or settings.api_version
  settings.timeout = ctx.options.timeout or settings.timeout
  settings.user_agent = "waba-command/" .. waba._VERSION
  if ctx.options.verbose then settings.on_event = require("waba.cli.story").new(ctx.say) end
  local client, err = waba.new(settings)
  if not client then exit.fail("usage", tostring(err)) end
  return client
end

return M
