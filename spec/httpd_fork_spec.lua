-- waba.httpd on both sides of a fork: the child has all of the parent's descriptors, and must not
-- end what is the parent's.

local process = require("spec.support.fork")
local socket = require("socket")
local wire = require("spec.support.wire")

if not wire.built() then
  pending("waba.httpd is not built: it is an optional module")
  return
end

after_each(wire.clean)

describe("a child of the server's process", function()
  -- Closes the server in a child, and there does what is left to do.
  local function close_in_child(server, action)
    if process.fork(true) then return end
    pcall(function()
      server:close()
      if action then action() end
    end)
    process.over()
  end

  it("that closes the server leaves the parent's in every state", function()
    local server = wire.listen()
    local held, _, client = wire.exchange(server)
    local dripping, _, slow = wire.exchange(server)
    server:respond(dripping, { wire = "drip", body = "drop by drop", interval = 0.001 })
    local idle = wire.connect(server:port())
    wire.send(server, idle, wire.request("GET", "/first"))
    server:respond(server:accept(wire.PATIENCE), {})
    wire.receive(server, idle, wire.whole)
    close_in_child(server)
    process.wait()
    assert.is_true(server:respond(held, { body = "still here" }))
    assert.equal("still here", wire.body(wire.receive(server, client, wire.whole)))
    assert.equal("drop by drop", wire.body(wire.receive(server, slow, wire.whole)))
    for _, known in ipairs({ client, idle, wire.connect(server:port()) }) do
      local id = wire.exchange(server, wire.request("GET", "/next"), known)
      assert.is_true(server:respond(id, { body = "next" }))
      assert.equal("next", wire.body(wire.receive(server, known, wire.whole)))
    end
  end)

  it("that closes the server and lives on does not keep the port", function()
    local server = wire.listen()
    local port = server:port()
    local gate = assert(socket.bind("127.0.0.1", 0))
    local _, door = gate:getsockname()
    local child = wire.connect(door)
    gate:settimeout(wire.PATIENCE)
    close_in_child(server, function()
      local told = assert(gate:accept())
      told:settimeout(wire.PATIENCE)
      told:send("closed\n")
      told:receive()
    end)
    child:settimeout(wire.PATIENCE)
    assert.equal("closed", child:receive())
    server:close()
    wire.listen({ port = port })
    child:send("end\n")
    process.wait()
    gate:close()
  end)
end)
