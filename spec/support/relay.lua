--- Starts relay_server.lua, which says what the ways are.

local raw = require "spec.support.raw"
local socket = require "socket"

local M = {}

local PATIENCE = 10 -- seconds

local Relay = {}

local metatable = { __name = "spec.relay", __index = Relay }

--- Starts a relay; raises where it does not come up.
---@param ways table<string, integer> by the name of a way, the port to relay to
---@return table relay with `ports`, by the name of the way
function M.start(ways)
  local names, words = {}, {}
  for name, target in pairs(ways) do
    names[#names + 1], words[#words + 1] = name, ("%s:%d"):format(name, target)
  end
  local output = os.tmpname()
  local process = assert(io.popen(("exec %s spec/support/relay_server.lua %s >%s"):format(
    raw.interpreter(), table.concat(words, " "), raw.quote(output)), "w"))
  local self = setmetatable({ process = process, output = output, ports = {} }, metatable)
  local deadline = socket.gettime() + PATIENCE
  repeat
    socket.sleep(0.01)
    local i = 0
    for port in (self:read():match("^(.-)\n") or ""):gmatch("%d+") do
      i = i + 1
      self.ports[names[i]] = tonumber(port)
    end
  until next(self.ports) or socket.gettime() > deadline
  assert(next(self.ports), "the relay did not start")
  return self
end

function Relay:read()
  local file = assert(io.open(self.output))
  local text = file:read("*a")
  file:close()
  return text
end

--- The next reply that comes by on a way that loses replies is lost.
function Relay:arm()
  local before = #self:read()
  self.process:write("arm\n")
  self.process:flush()
  local deadline = socket.gettime() + PATIENCE
  repeat
    if self:read():find("armed\n", before + 1, true) then return end
    socket.sleep(0.001)
  until socket.gettime() > deadline
  error("the relay did not hear", 2)
end

--- What clients have said to the proxies so far, TLS as it is.
---@return string bytes
function Relay:heard()
  return self:read():match("^.-\n(.*)$")
end

--- Ends the process. May be called again.
function Relay:stop()
  if not self.process then return end
  self.process:close()
  os.remove(self.output)
  self.process = nil
end

return M
