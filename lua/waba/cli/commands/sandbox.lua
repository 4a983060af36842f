local exit = require "waba.cli.exit"
local output = require "waba.cli.output"

return {
  name = "sandbox",
  summary = "Serve the Graph emulator on this machine, until Ctrl-C",
  text = "Prints the line that points a client at it: waba itself, curl, or anything else that "
    .. "speaks HTTP. What a call changes, the next one sees; all is gone at the end.",
  options = { { "--port", "N", "to listen on, 8080 by default; 0 is any that is free" } },
  examples = { "waba sandbox --port 0" },
  run = function(ctx)
    local port = tonumber(ctx.options.port or 8080)
    if not port or port < 0 or port > 65535 or port % 1 ~= 0 then
      exit.fail("usage", ("--port is %q, and must be a number from 0 to 65535"):format(
        ctx.options.port))
    end
    local sandbox = require "waba.sandbox"
    local server, message = require("waba.sandbox.http").new(sandbox.new(), { port = port })
    if not server then exit.fail("failed", ("--port %d: %s"):format(port, message)) end
    local world = sandbox.world
    output.write(("export WABA_GRAPH_URL=%s WABA_ACCESS_TOKEN=%s WABA_APP_SECRET=\n"):format(
      server.url, world.admin_token))
    output.flush()
    ctx.say:note(("business %s, accounts %s %s, system user %s; Ctrl-C ends it"):format(
      world.business, world.waba, world.team_waba, world.system_user))
    local sound, raised = pcall(server.run, server)
    server:close()
    if not sound and not exit.is_interrupt(raised) then error(raised, 0) end
  end,
}
