--- Ports of loopback for what a spec starts, or for what must not be there.

local random = require("waba.core").clock.random
local socket = require "socket"

local M = {}

-- Below those that the system gives to connections, and to whoever asks for any: what is free now
-- is free in a moment too, whatever else runs on this machine.
local FIRST, LAST = 20000, 32000

--- One that nobody uses.
---@return integer
---@return userdata listener holds the port until it is closed
function M.free_port()
  for _ = 1, 100 do
    local port = FIRST + math.floor(random() * (LAST - FIRST))
    local listener = socket.bind("127.0.0.1", port)
    if listener then return port, listener end
  end
  error("no port is free", 2)
end

local held = {}

--- One on which nobody listens, nor will: connections to it are refused.
---@return integer
function M.dead_port()
  local holder = assert(socket.tcp())
  assert(holder:bind("127.0.0.1", 0))
  held[#held + 1] = holder
  local _, port = holder:getsockname()
  return tonumber(port)
end

return M
