--- Clients for nginx and OpenResty: the same calls, and the event loop stays free.

local callback = require "waba.transport.callback"
local clients = require "waba.client"
local errors = require "waba.err"
local load = require "waba.load"
local phase = require "waba.phase"

local M = {}

---@class waba.resty.Options: waba.Options
---@field via "threads"|"cosockets"|nil libcurl in nginx's worker threads, or lua-resty-http;
---  default: threads, where this nginx has them
---@field thread_pool string|nil name of a `thread_pool` of nginx.conf; default "default"

local OWN = { via = "string", thread_pool = "string" }

--- Parts the options of this module from those that waba.new knows.
local function plain_options(options)
  if type(options) ~= "table" then return options end -- waba.new says what is wrong with it
  local plain = {}
  for name, value in pairs(options) do
    if not OWN[name] then
      plain[name] = value
    elseif type(value) ~= OWN[name] then
      error(("option '%s' must be a %s, got a %s"):format(name, OWN[name], type(value)), 4)
    end
  end
  return plain
end

--- What waba.new makes of them. What it raises names the line of whoever called waba.resty.new.
local function new_client(options)
  local sound, client, err = pcall(clients.new, plain_options(options))
  if not sound then error((client:gsub("; there are: .*", "%0, thread_pool, via")), 3) end
  return client, err
end

local CANNOT_WAIT = "a call cannot wait in nginx's phase '%s': make it in a timer, ngx.timer.at; "
  .. "allow_blocking = true blocks here"

local function refuses_to_wait()
  if not (phase.yields() or phase.may_block()) then return CANNOT_WAIT:format(phase.name()) end
end

local function invalid(message)
  return nil, errors.wrap { kind = "invalid", message = message, retryable = false, attempts = 0 }
end

local NO_THREADS = "via must be \"cosockets\" in this nginx: worker threads take one built "
  .. "--with-threads, and lua-nginx-module 0.10.21"

local NO_CA_FILE = "ca_file must be left out where calls go through cosockets: there the "
  .. "authorities are those of lua_ssl_trusted_certificate in nginx.conf"

local NO_VIA = "via must be left out where there is a transport of one's own"

local VIA = { threads = "waba.resty.threads", cosockets = "waba.resty.cosockets" }

---@return waba.Transport|nil
---@return waba.Error|nil
local function transport_of(options)
  if options.transport then
    if options.via then return invalid(NO_VIA) end
    return options.transport
  end
  local has_threads = phase.nginx().run_worker_thread ~= nil
  local via = options.via or has_threads and "threads" or "cosockets"
  if not VIA[via] then return invalid "via must be \"threads\" or \"cosockets\"" end
  if via == "threads" and not has_threads then return invalid(NO_THREADS) end
  if via == "cosockets" and options.ca_file then return invalid(NO_CA_FILE) end
  return require(VIA[via])(options)
end

--- Makes a client as waba.new does. In requests and timers its calls wait without stopping anybody
--- else; in the phases `init` and `init_worker` they block, and with `allow_blocking` wherever they
--- cannot wait.
---@param options waba.resty.Options
---@return waba.Client|nil
---@return waba.Error|nil
function M.new(options)
  if not phase.nginx() then error("waba.resty works inside nginx; elsewhere use waba.new", 2) end
  local client, err = new_client(options)
  if not client then return nil, err end
  local transport
  transport, err = transport_of(options)
  if not transport then return nil, err end
  local driver, exchange = client.driver, callback(transport)
  local block, block_many = not options.transport and driver.exchange, client.many
  driver.refuses = not options.allow_blocking and refuses_to_wait or nil
  function driver.exchange(call)
    local perform = block and not phase.yields() and block or exchange
    return perform(call)
  end
  function client.many()
    if phase.may_block() then
      if block_many then return block_many() end
      return nil -- one after the other: there are no light threads here
    end
    return require "waba.resty.light"(exchange)
  end
  return client
end

M.check = require "waba.resty.check"

load.all() -- in the master, once: no worker reads files while it serves

return M
