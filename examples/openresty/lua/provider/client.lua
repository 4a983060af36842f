--- The one client of this worker. What is known of budgets and ids is shared with the others.

local config = require "provider.config"
local metrics = require "provider.metrics"
local waba = require "waba.resty"

local M = {}

local client

local function make()
  local made, err = waba.new {
    access_token = config.access_token,
    app_secret = config.app_secret,
    app_id = config.app_id,
    base_url = config.base_url,
    thread_pool = "waba",
    timeout = 20,
    budget = ngx.shared.waba_budget,
    cache = ngx.shared.waba_cache,
    on_event = metrics.on_event,
  }
  if not made then error(tostring(err), 0) end
  return made
end

--- Made at start, so that a mistake in the configuration shows then. It sends nothing.
function M.get()
  client = client or make()
  return client
end

--- Another client from now on.
function M.use(other)
  client = other
end

return M
