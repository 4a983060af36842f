--- A sandbox of many accounts, for bench/command.sh: `lua command_graph.lua <accounts>`.
-- The first line of standard output is the URL; the second the token, the third the business.

local sandbox = require "waba.sandbox"

local names, world = sandbox.world, sandbox.seed()
for i = #world.wabas + 1, tonumber(arg[1]) do
  world.wabas[i] = {
    id = ("%.0f"):format(200000000000000 + i), name = "Account " .. i, business = names.business,
    assigned = { { user = names.system_user, tasks = { "MANAGE" } } },
  }
end
local server = assert(require("waba.sandbox.http").new(sandbox.new(world)))
io.stdout:write(server.url, "\n", names.admin_token, "\n", names.business, "\n")
io.stdout:flush()
server:run()
