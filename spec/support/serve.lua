--- Serves a sandbox as a process of its own: `lua spec/support/serve.lua [module] [seconds]`.
--
-- The module returns a sandbox, or has a `new` that makes one; "waba.sandbox" by default. The URL
-- is the first line of standard output. The process ends when its standard input does, as it does
-- when its parent dies, and after so many seconds (default 120) in any case.

local socket = require("socket")

local module, seconds = arg[1] or "waba.sandbox", tonumber(arg[2] or 120)
local deadline = socket.gettime() + seconds

-- Enough of a socket for LuaSocket's select to watch standard input.
local stdin = { getfd = function() return 0 end, dirty = function() return false end }

local function stdin_ended()
  local readable = socket.select({ stdin }, nil, 0)
  return readable[1] ~= nil and io.stdin:read(1) == nil
end

local sandbox = require(module)
if type(sandbox) == "table" and sandbox.new then sandbox = assert(sandbox.new()) end

local server = assert(require("waba.sandbox.http").new(sandbox))
io.stdout:write(server.url, "\n")
io.stdout:flush()
assert(server:run(function() return socket.gettime() > deadline or stdin_ended() end))
server:close()
