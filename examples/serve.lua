-- Serves the sandbox on this machine until it is stopped: `lua examples/serve.lua [port]`.
-- Whatever speaks HTTP can talk to it: curl, other clients, waba itself with WABA_GRAPH_URL.

local http = require "waba.sandbox.http"
local sandbox = require "waba.sandbox"

local server = assert(http.new(sandbox.new(), { port = tonumber(arg[1] or 8080) }))
local world = sandbox.world

print(server.url)
print("an admin's token  " .. world.admin_token)
print("business          " .. world.business)
print("account           " .. world.waba)
print("a system user     " .. world.system_user)
io.stdout:flush()

-- Until Ctrl-C, which Lua raises as an error.
local _, message = pcall(server.run, server)
server:close()
if not tostring(message):find("interrupted", 1, true) then error(message, 0) end
