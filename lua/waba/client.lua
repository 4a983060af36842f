--- Clients: options, and a method for every operation.

local blocking = require "waba.transport.blocking"
local callback = require "waba.transport.callback"
local core = require "waba.core"
local err = require "waba.err"
local run = require "waba.run"

local M = {}

---@class waba.Client
local Client = {}

local mt = { __name = "waba.Client", __index = Client, __metatable = false }

-- What a client needs is kept here and not in the client, so that whatever prints or walks a client
-- (an inspector, a logger, `pairs`) meets nothing private.
local private = setmetatable({}, { __mode = "k" })

local function state_of(client, method)
  local state = private[client]
  if not state then
    error(("call it as client:%s(...), with a colon, on what waba.new returned"):format(method), 3)
  end
  return state
end

---@class waba.Options
---@field access_token string|fun(): string|nil, string|nil required; a function is asked before
---  every request and may answer nil and a message
---@field app_secret string|nil then appsecret_proof is sent
---@field api_version string|nil default "v26.0"
---@field base_url string|nil default "https://graph.facebook.com"; http:// only for loopback
---@field timeout number|nil seconds for a whole call, every attempt, wait and page; default 60
---@field attempt_timeout number|nil seconds for one request and its reply; default 20
---@field connect_timeout number|nil seconds of that to connect; default 5
---@field max_attempts integer|nil requests for one page, 1 to 10; default 1
---@field ca_file string|nil certificate authorities, PEM; default libcurl's
---@field proxy string|nil default none, whatever the environment says
---@field user_agent string|nil "my-app/1.2", appended to waba's own
---@field transport waba.Transport|nil instead of libcurl
---@field clock {now: (fun(): number)|nil, sleep: fun(seconds: number)|nil, random: (fun(): number)|nil}|nil

--- Makes a client. Nothing is sent.
--- Raises on an option of an unknown name or a wrong type.
---@param options waba.Options
---@return waba.Client|nil
---@return waba.Error|nil # kind `invalid`: an option's value is not what it must be
function M.new(options)
  local settings, reason = core.settings(options)
  if not settings then return nil, err.wrap(reason) end
  local clock = options.clock or {}
  local driver = {
    now = clock.now or core.clock.now,
    sleep = clock.sleep or core.clock.sleep,
    random = clock.random or core.clock.random,
    token = type(options.access_token) ~= "string" and options.access_token or nil,
  }
  local close
  if options.transport then
    driver.exchange = callback(options.transport)
  else
    driver.exchange, close = blocking(settings)
  end
  local client = setmetatable({}, mt)
  private[client] = { settings = settings, driver = driver, close = close }
  return client
end

for name, new_call in pairs(core.calls) do
  Client[name] = function(self, ...)
    local state = state_of(self, name)
    local call, reason = new_call(state.settings, ...)
    if not call then return nil, err.wrap(reason) end
    return run(call, state.driver)
  end
end

--- Ends the connection and forgets the token. Calls under way end with an error of kind `closed`,
--- and so do later ones. May be called again.
function Client:close()
  local state = state_of(self, "close")
  state.settings:close()
  if state.close then state.close() end
end

---@return boolean
function Client:closed()
  return state_of(self, "closed").settings:closed()
end

mt.__close = Client.close

function mt.__tostring(client)
  return "waba.Client: " .. private[client].settings:describe()
end

return M
