--- The client for a command line.

local exit = require "waba.cli.exit"

local M = {}

local function env(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

--- A number in the config file.
local function number(values, key)
  local text = values[key]
  if not text then return end
  return tonumber(text) or exit.fail("usage", ("%s: %s is %q, and must be a number"):format(
    require("waba.cli.profile").path(), key, text))
end

local function settings_of(ctx)
  if ctx.options.sandbox then return require("waba.cli.sandbox").settings() end
  local values, secret = ctx:profile(), nil
  if values.app_secret_file then
    secret = require("waba.cli.token").read_private(values.app_secret_file, "app_secret_file")
  end
  return {
    access_token = ctx:token(),
    app_id = ctx.options.app_id or values.app_id or env "WABA_APP_ID",
    app_secret = secret or env "WABA_APP_SECRET",
    base_url = values.graph_url or env "WABA_GRAPH_URL",
    api_version = values.api_version or env "WABA_API_VERSION",
    timeout = number(values, "timeout"),
    cache = require("waba.cli.cache").new(),
  }
end

---@param ctx waba.cli.Context
---@return waba.Client
---@return waba.Options # what it was made with
function M.new(ctx)
  local waba = require "waba"
  local settings, options = settings_of(ctx), ctx.options
  settings.api_version = options.api_version or settings.api_version
  settings.timeout = options.timeout or settings.timeout
  settings.user_agent = "waba-command/" .. waba._VERSION
  if options.verbose then settings.on_event = require("waba.cli.story").new(ctx.say) end
  if options.dry_run then require("waba.cli.dry_run").apply(settings) end
  local client, err = waba.new(settings)
  if client then return client, settings end
  local secret = err.message:find("^access_token") or err.message:find("^app_secret")
  exit.fail(secret and "auth" or "usage", ("%s: %s"):format(err.kind, err.message), err.hint)
end

return M
