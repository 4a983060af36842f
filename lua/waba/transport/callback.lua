--- The driver for any Lua function: a stub, a recorder, another HTTP library. It may yield.
--
-- The contract, which is public:
--   transport(request, timeout) -> response | nil, message [, kind [, sent]]
--   request  = { method = "GET", url = "https://...", headers = { Name = value }, body = "..." }
--   timeout  = seconds this attempt may take
--   response = { status = 200, headers = { ["lower-case-name"] = value }, body = "..." }
--   kind     = "network" (the default), "timeout", "tls", "protocol" (what came is no reply),
--              or "blocking" (nothing was sent: it cannot be done from here without blocking)
--   sent     = whether the server may have the request (default true): a write that may have been
--              sent and got no reply is reported as indeterminate
-- An error raised in a transport is not caught.

local called_off = require "waba.transport.called_off"

---@alias waba.Transport fun(request: table, timeout: number): table?, string?, string?, boolean?

---@param transport waba.Transport
---@return fun(call: userdata) exchange
return function(transport)
  return function(call)
    local request, timeout = call:request()
    if not request then return end -- the client was closed; the call knows
    local response, message, kind, sent = transport(request, timeout)
    if response then return call:feed(response) end
    if kind == called_off then
      call:stop()
      return call:expire()
    end
    if message ~= nil and type(message) ~= "string" then
      error(("transport: message must be a string, got a %s"):format(type(message)), 0)
    end
    call:lost(message, kind, sent)
  end
end
