-- waba.httpd as a whole: listen, accept, close.

local socket = require("socket")
local wire = require("spec.support.wire")

if not wire.built() then
  pending("waba.httpd is not built: it is an optional module")
  return
end

local httpd = require("waba.httpd")

after_each(wire.clean)

describe("waba.httpd.listen", function()
  it("takes any free port on 127.0.0.1 by default", function()
    local server = wire.listen()
    assert.is_true(server:port() > 0 and server:port() < 65536)
    assert.truthy(socket.connect("127.0.0.1", server:port()))
  end)

  it("takes a port by number, and says when it is in use", function()
    local port = wire.listen():port()
    local server, message = httpd.listen({ port = port })
    assert.is_nil(server)
    assert.matches("port " .. port .. ": Address already in use", message, 1, true)
  end)

  it("listens where it is told to on loopback", function()
    local server = wire.listen({ address = "127.0.0.2" })
    assert.truthy(socket.connect("127.0.0.2", server:port()))
    assert.is_nil((socket.connect("127.0.0.1", server:port())))
  end)

  it("listens on ::1 where the machine has it", function()
    local server, message = httpd.listen({ address = "::1" })
    if not server then
      assert.is_string(message)
      return
    end
    wire.keep(server)
    local client = wire.keep(socket.tcp6())
    assert.truthy(client:connect("::1", server:port()))
  end)

  for _, address in ipairs({
    "0.0.0.0", "::", "192.0.2.1", "128.0.0.1", "::ffff:127.0.0.1", "localhost", "127.0.0.1 ", "",
    ("1"):rep(1000),
  }) do
    it(("refuses to listen on %q"):format(address:sub(1, 20)), function()
      local server, message = httpd.listen({ address = address })
      assert.is_nil(server)
      assert.matches("is not a loopback address", message, 1, true)
    end)
  end

  local wrong = {
    ["no table"] = { nil, "table expected" },
    ["a port that is no number"] = { { port = "80" }, "port must be a number" },
    ["a port out of range"] = { { port = 65536 }, "port must be an integer from 0 to 65535" },
    ["a negative port"] = { { port = -1 }, "port must be an integer from 0 to 65535" },
    ["half a port"] = { { port = 1.5 }, "port must be an integer" },
    ["NaN"] = { { max_body = 0 / 0 }, "max_body must be an integer" },
    ["an infinite cap"] = { { max_body = math.huge }, "max_body must be an integer" },
    ["an address that is no string"] = { { address = 127 }, "address must be a string" },
    ["a NUL in the address"] = { { address = "127.0.0.1\0.x" }, "must not hold a NUL" },
    ["an unknown option"] = { { prot = 80 }, "unknown option 'prot'" },
    ["a list"] = { { "127.0.0.1" }, "unknown option 'number'" },
  }
  for name, case in pairs(wrong) do
    it("raises for " .. name, function()
      local ok, message = pcall(httpd.listen, case[1])
      assert.is_false(ok)
      assert.matches(case[2], message, 1, true)
    end)
  end

  it("gives a server that shows its port and hides its metatable", function()
    local server = wire.listen()
    assert.equal(("waba.httpd (port %d)"):format(server:port()), tostring(server))
    assert.is_false(getmetatable(server))
  end)
end)

describe("accept", function()
  it("returns nil where nothing came", function()
    local server = wire.listen()
    assert.equal(1, select("#", server:accept(0)))
    assert.is_nil((server:accept(0.001)))
  end)

  it("counts ids up, so that none comes twice", function()
    local server = wire.listen()
    for expected = 1, 3 do assert.equal(expected, (wire.exchange(server))) end
  end)

  for name, case in pairs({
    ["no time"] = { nil, "number expected" },
    ["a negative time"] = { -1, "must not be negative" },
    ["NaN"] = { 0 / 0, "must not be negative" },
    ["a table"] = { {}, "number expected" },
  }) do
    it("raises for " .. name, function()
      local server = wire.listen()
      local ok, message = pcall(server.accept, server, case[1])
      assert.is_false(ok)
      assert.matches(case[2], message, 1, true)
    end)
  end
end)

describe("close", function()
  it("may be called again, and says so", function()
    local server = wire.listen()
    server:close()
    server:close()
    assert.equal("waba.httpd (closed)", tostring(server))
  end)

  it("leaves no method to call but itself", function()
    local server = wire.listen()
    server:close()
    for _, call in ipairs({
      function() server:port() end,
      function() server:accept(0) end,
      function() server:respond(1, {}) end,
    }) do
      assert.error_matches(call, "the server is closed")
    end
  end)

  it("frees the port", function()
    local server = wire.listen()
    local port = server:port()
    server:close()
    assert.is_nil((socket.connect("127.0.0.1", port)))
    wire.listen({ port = port })
  end)

  it("ends connections in every state", function()
    local server = wire.listen()
    local all = {}
    for _, fault in ipairs({ "stall", "drip", "header_flood", "half", "reset" }) do
      local id, _, client = wire.exchange(server)
      server:respond(id, { wire = fault, body = "some body", interval = 100 })
      all[#all + 1] = client
    end
    local _, _, held = wire.exchange(server)
    local _, _, gone = wire.exchange(server)
    gone:close()
    server:accept(0.15)
    local ready, idle = wire.connect(server:port()), wire.connect(server:port())
    local half = wire.connect(server:port())
    half:send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
    ready:send(wire.request("GET", "/"))
    local id = wire.exchange(server)
    for _, client in ipairs({ held, ready, idle, half }) do all[#all + 1] = client end
    assert.is_number(id)
    server:close()
    for _, client in ipairs(all) do
      local _, ended = wire.receive(nil, client)
      assert.is_true(ended)
    end
  end)

  it("comes with the collector", function()
    local port = httpd.listen({}):port()
    collectgarbage()
    collectgarbage()
    wire.listen({ port = port })
  end)

  it("comes with the collector while requests are open", function()
    local server = assert(httpd.listen({}))
    local client = wire.connect(server:port())
    wire.exchange(server, wire.request("GET", "/"), client)
    server = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    local text, ended = wire.receive(nil, client)
    assert.equal("", text)
    assert.is_true(ended)
  end)

  it("comes with the end of a scope, where Lua has that", function()
    local load54 = load("local s <close> = ...; return s:port()")
    if not load54 then return end -- before 5.4
    local server = wire.listen()
    local port = load54(server)
    assert.equal("waba.httpd (closed)", tostring(server))
    wire.listen({ port = port })
  end)

  it("and all other methods take nothing but a server", function()
    local server = wire.listen()
    for _, method in ipairs({ "accept", "close", "port", "respond" }) do
      for _, self in ipairs({ 1, {}, io.stdout, "server" }) do
        assert.is_false((pcall(server[method], self, 1, {})))
      end
      assert.is_false((pcall(server[method])))
    end
  end)
end)
