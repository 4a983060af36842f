--- A sandbox over HTTP, on loopback: what curl, other people's clients and our own libcurl talk to.
--
-- One thread, one request at a time, in the order they came in; only the faults on the wire that
-- take their time (drip, stall, header_flood) go on beside the next request. Everything happens
-- inside `step`.

local is_interrupt = require "waba.interrupt"

local M = {}

local NOT_BUILT = "waba.httpd is not built: install libmicrohttpd-dev and build again"

-- How often `run` asks whether it should stop, in seconds.
local PATIENCE = 0.1

---@class waba.sandbox.server
---@field url string "http://127.0.0.1:PORT", without a slash at the end
---@field sandbox waba.sandbox
local Server = {}

local metatable = { __name = "waba.sandbox.server", __index = Server }

-- The module is an optional part of the build. One that is there but does not load says why.
local function load_httpd()
  local found, httpd = pcall(require, "waba.httpd")
  if found then return httpd end
  if tostring(httpd):find("module 'waba.httpd' not found", 1, true) then return nil, NOT_BUILT end
  return nil, tostring(httpd)
end

--- Starts to listen. Nothing is answered before the first `step` or `run`.
---@param sandbox waba.sandbox anything with the methods `answer` and `control`, each taking a
---  request and returning a response; a response's `wire` names a fault of `waba.httpd`
---@param options? { address: string?, port: integer?, max_body: integer? } loopback addresses
---  only, default 127.0.0.1; port 0, the default, is any free one; max_body is in bytes
---@return waba.sandbox.server?
---@return string? message why not: not built, no such address, port in use
function M.new(sandbox, options)
  local httpd, message = load_httpd()
  if not httpd then return nil, message end
  options = options or {}
  local listener
  listener, message = httpd.listen(options)
  if not listener then return nil, message end
  local host = options.address or "127.0.0.1"
  if host:find(":", 1, true) then host = "[" .. host .. "]" end
  local url = ("http://%s:%d"):format(host, listener:port())
  return setmetatable({ url = url, sandbox = sandbox, listener = listener }, metatable)
end

local function answer(sandbox, request)
  if request.url:find("^/sandbox/") then return sandbox:control(request) end
  return sandbox:answer(request)
end

-- An interrupt stays what it is.
local function with_trace(raised)
  return is_interrupt(raised) and raised or debug.traceback(raised)
end

local function to_wire(response)
  local headers = response.headers or {}
  return {
    status = response.status,
    headers = headers,
    body = response.body,
    wire = response.wire,
    interval = response.interval,
    location = response.location or headers.location,
  }
end

--- Answers one request: one whose path is under `/sandbox` from the control plane, any other as
--- Graph. An error in the sandbox is answered with 500 and raised: it is no part of Graph.
---@param timeout? number seconds to wait for a request; default 0, only what is there already
---@return boolean? answered false: none came; nil: polling failed
---@return string? message
function Server:step(timeout)
  local id, request = self.listener:accept(timeout or 0)
  if not id then
    if request then return nil, request end
    return false
  end
  local ok, trace = xpcall(function()
    self.listener:respond(id, to_wire(answer(self.sandbox, request)))
  end, with_trace)
  if ok then return true end
  -- An interrupt may come when it is answered already; that must not hide why this ends.
  pcall(self.listener.respond, self.listener, id, { status = 500, body = "the sandbox failed\n" })
  error(trace, 0)
end

--- Answers requests until `should_stop`, asked after each and ten times a second, returns true.
---@param should_stop? fun(): boolean default: never
---@return boolean? stopped true, or nil where polling failed
---@return string? message
function Server:run(should_stop)
  while not (should_stop and should_stop()) do
    local answered, message = self:step(PATIENCE)
    if answered == nil then return nil, message end
  end
  return true
end

--- Stops listening and ends all connections. May be called again.
function Server:close()
  self.listener:close()
end

metatable.__close = Server.close

function metatable:__tostring()
  return ("waba.sandbox.server (%s)"):format(self.url)
end

return M
