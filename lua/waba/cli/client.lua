--- The client for a command line.

local env = require "waba.env"
local exit = require "waba.cli.exit"

local M = {}

local function settings_of(ctx)
  if ctx.options.sandbox then return require("waba.cli.sandbox").settings() end
  local values, named = ctx:profile(), ctx.options.profile

  --- As with the token: a profile that is named, the environment, the default profile.
  local function setting(key, name)
    if named then return values[key] or env(name) end
    return env(name) or values[key]
  end

  local secret, file = env "WABA_APP_SECRET", values.app_secret_file
  if file and (named or not secret) then
    secret = require("waba.cli.token").read_private(file, "app_secret_file")
  end
  return {
    access_token = ctx:token(),
    app_id = ctx.options.app_id or setting("app_id", "WABA_APP_ID"),
    app_secret = secret,
    base_url = setting("graph_url", "WABA_GRAPH_URL"),
    api_version = setting("api_version", "WABA_API_VERSION"),
    timeout = require("waba.cli.profile").number(values, "timeout"),
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
