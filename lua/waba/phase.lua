--- Where in nginx this code runs, if it does: whether it may block there, and how it waits.

local core = require("waba.load").later "waba.core" -- waba.resty.check says why it cannot be loaded

local M = {}

-- Where no request waits for the worker yet.
local MAY_BLOCK = { init = true, init_worker = true }

-- Where what runs can be put aside while the worker goes on. Not in ssl_client_hello and
-- ssl_session_fetch, though nginx lets one try: the handshake ends without a word.
local YIELDS = {
  rewrite = true, server_rewrite = true, access = true, content = true, timer = true,
  preread = true, ssl_cert = true,
}

-- Where that is so of what nginx has begun, and not of a coroutine in it: the worker dies of that.
local NO_COROUTINES = { ssl_cert = true }

--- nginx's Lua API; nil in any other program, and in nginx's worker threads, which may block.
function M.nginx()
  local ngx = package.loaded.ngx
  return type(ngx) == "table" and ngx.get_phase and ngx or nil
end

--- The phase as nginx names it: "content", "timer", ...; nil outside of nginx.
---@return string|nil
function M.name()
  local ngx = M.nginx()
  return ngx and ngx.get_phase()
end

--- Whether a call may stop the process until it has its answer.
function M.may_block()
  local name = M.name()
  return name == nil or MAY_BLOCK[name] == true
end

--- Whether this is a place in nginx where waiting stops nobody else.
function M.yields()
  return YIELDS[M.name()] == true
end

--- Whether there are coroutines here that can be put aside, or have to wait for nobody.
function M.has_coroutines()
  local name = M.name()
  return name == nil or name == "init" or M.yields() and not NO_COROUTINES[name]
end

local WHY = "a blocking call in nginx's phase '%s' would stop all requests of this worker: make "
  .. "the client with require(\"waba.resty\").new, or give it a transport that yields; "
  .. "allow_blocking = true blocks all the same"

--- Why a call must not block here; nil where it may.
---@return string|nil
function M.refuses_to_block()
  if not M.may_block() then return WHY:format(M.name()) end
end

local SHORTEST = 0.001 -- seconds; less is no wait to nginx, which complains of it

--- Waits in nginx, in a light thread. Not for a coroutine: see M.sleep.
---@param seconds number
function M.nap(seconds)
  M.nginx().sleep(math.max(seconds, SHORTEST))
end

--- Waits. In nginx a light thread does that, which nginx can end together with its request; where a
--- coroutine sleeps it crashes then.
---@param seconds number
function M.sleep(seconds)
  if not M.yields() then return core.clock.sleep(seconds) end
  local threads = M.nginx().thread
  threads.wait(threads.spawn(M.nap, seconds))
end

return M
