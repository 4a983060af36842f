-- Answers of waba.httpd, and clients that do not wait for them.

local wire = require("spec.support.wire")

if not wire.built() then
  pending("waba.httpd is not built: it is an optional module")
  return
end

after_each(wire.clean)

describe("respond", function()
  it("sends status, headers and body", function()
    local server = wire.listen()
    local id, _, client = wire.exchange(server)
    assert.is_true(server:respond(id, {
      status = 429, headers = { ["X-App-Usage"] = '{"call_count":100}', ["Retry-After"] = 5 },
      body = '{"error":{}}',
    }))
    local text = wire.receive(server, client, wire.whole)
    assert.equal(429, wire.status(text))
    assert.matches('\r\nX-App-Usage: {"call_count":100}\r\n', text, 1, true)
    assert.matches("\r\nRetry%-After: 5\r\n", text)
    assert.equal('{"error":{}}', wire.body(text))
  end)

  it("takes 200 and nothing else for granted", function()
    local server = wire.listen()
    local id, _, client = wire.exchange(server)
    assert.is_true(server:respond(id, {}))
    local text = wire.receive(server, client, wire.whole)
    assert.equal(200, wire.status(text))
    assert.equal("", wire.body(text))
  end)

  it("sends any bytes in a body", function()
    local server = wire.listen()
    local id, _, client = wire.exchange(server)
    server:respond(id, { body = "a\0b\r\n\255" })
    assert.equal("a\0b\r\n\255", wire.body(wire.receive(server, client, wire.whole)))
  end)

  it("sends a body longer than a socket takes at once", function()
    local server = wire.listen()
    local id, _, client = wire.exchange(server, wire.request("GET", "/", { "Connection: close" }))
    local body = ("0123456789abcdef"):rep(1024 * 1024)
    server:respond(id, { body = body })
    assert.is_true(body == wire.body((wire.receive(server, client))))
  end)

  it("sends no body where the request was HEAD", function()
    local server = wire.listen()
    local id, _, client = wire.exchange(server, wire.request("HEAD", "/", { "Connection: close" }))
    server:respond(id, { body = "hello" })
    local text = wire.receive(server, client)
    assert.matches("\r\nContent-Length: 5\r\n", text, 1, true)
    assert.equal("", wire.body(text))
  end)

  it("keeps framing to the server", function()
    local server = wire.listen()
    local id, _, client = wire.exchange(server)
    server:respond(id, {
      headers = {
        ["Content-Length"] = "99", ["transfer-encoding"] = "chunked", Connection = "upgrade",
      },
      body = "hello",
    })
    local text = wire.receive(server, client, wire.whole)
    assert.matches("\r\nContent-Length: 5\r\n", text, 1, true)
    assert.is_nil(text:lower():find("chunked", 1, true))
    assert.is_nil(text:find("upgrade", 1, true))
    assert.equal("hello", wire.body(text))
  end)

  it("answers one connection after another request on it", function()
    local server = wire.listen()
    local client = wire.connect(server:port())
    for round = 1, 3 do
      local id, request = wire.exchange(server, wire.request("GET", "/" .. round), client)
      assert.equal("/" .. round, request.url)
      server:respond(id, { body = "round " .. round })
      assert.equal("round " .. round, wire.body(wire.receive(server, client, wire.whole)))
    end
  end)

  it("answers requests sent in one go one after the other", function()
    local server = wire.listen()
    local text = wire.request("GET", "/1") .. wire.request("GET", "/2", { "Connection: close" })
    local first, _, client = wire.exchange(server, text)
    assert.is_nil((server:accept(0.01)))
    server:respond(first, { body = "one" })
    local second, request = server:accept(wire.PATIENCE)
    assert.equal("/2", request.url)
    server:respond(second, { body = "two" })
    local replies = wire.receive(server, client)
    assert.matches("\r\n\r\none.*\r\n\r\ntwo$", replies)
  end)

  it("closes the connection of a client of HTTP/1.0", function()
    local server = wire.listen()
    local id, _, client = wire.exchange(server, "GET / HTTP/1.0\r\n\r\n")
    server:respond(id, { body = "old" })
    local text, ended = wire.receive(server, client)
    assert.equal("old", wire.body(text))
    assert.is_true(ended)
  end)

  it("takes open requests in any order", function()
    local server = wire.listen()
    local opened = {}
    for i = 1, 5 do
      local id, request, client = wire.exchange(server, wire.request("GET", "/" .. i))
      opened[i] = { id = id, client = client, url = request.url }
    end
    for _, i in ipairs({ 4, 1, 5, 2, 3 }) do
      assert.is_true(server:respond(opened[i].id, { body = opened[i].url }))
      assert.equal("/" .. i, wire.body(wire.receive(server, opened[i].client, wire.whole)))
    end
  end)

  it("raises for an id that was answered", function()
    local server = wire.listen()
    local id = wire.exchange(server)
    server:respond(id, {})
    assert.error_matches(function() server:respond(id, {}) end, "no request with this id is open")
  end)

  it("raises for an id that was never accepted", function()
    local server = wire.listen()
    wire.send(server, wire.connect(server:port()), wire.request("GET", "/"))
    assert.error_matches(function() server:respond(1, {}) end, "no request with this id is open")
  end)

  local wrong = {
    ["no reply"] = { nil, "table expected" },
    ["a status that is no number"] = { { status = "200" }, "status must be a number" },
    ["a status below 200"] = { { status = 100 }, "status must be an integer from 200 to 599" },
    ["a status above 599"] = { { status = 600 }, "status must be an integer from 200 to 599" },
    ["half a status"] = { { status = 200.5 }, "status must be an integer" },
    ["headers that are no table"] = { { headers = "X: y" }, "headers must be a table" },
    ["a list of headers"] = { { headers = { "X: y" } }, "header names must be strings" },
    ["a header without name"] = { { headers = { [""] = "x" } }, "has no name" },
    ["a header name with a colon"] = { { headers = { ["X:"] = "x" } }, "HTTP does not allow" },
    ["a header name with a NUL"] = { { headers = { ["X\0"] = "x" } }, "HTTP does not allow" },
    ["a header value that is a table"] = { { headers = { X = {} } }, "'X' must be a string" },
    ["an empty header value"] = { { headers = { X = "" } }, "'X' is empty" },
    ["a line end in a header value"] = { { headers = { X = "a\r\nY: b" } }, "control character" },
    ["a NUL in a header value"] = { { headers = { X = "a\0b" } }, "control character" },
    ["a body that is a table"] = { { body = {} }, "body must be a string" },
    ["an unknown wire fault"] = { { wire = "flood" }, "no wire fault 'flood'" },
    ["a wire fault that is no string"] = { { wire = true }, "wire must be a string" },
    ["a negative interval"] = { { interval = -1 }, "interval must be a number of seconds" },
    ["an interval that is NaN"] = { { interval = 0 / 0 }, "interval must be a number of seconds" },
    ["an interval that is no number"] = { { interval = "1" }, "interval must be a number" },
    ["a location that is no string"] = { { location = 1 }, "location must be a string" },
    ["a line end in a location"] = { { location = "/\r\nX: y" }, "location holds a control" },
  }
  for name, case in pairs(wrong) do
    it("raises for " .. name .. ", and leaves the request open", function()
      local server = wire.listen()
      local id, _, client = wire.exchange(server)
      local ok, message = pcall(server.respond, server, id, case[1])
      assert.is_false(ok)
      assert.matches(case[2], message, 1, true)
      assert.is_true(server:respond(id, { body = "still open" }))
      assert.equal("still open", wire.body(wire.receive(server, client, wire.whole)))
    end)
  end

  for name, id in pairs({ none = {}, text = "one", zero = 0, half = 1.5, huge = math.huge }) do
    it("raises for an id that is none: " .. name, function()
      local server = wire.listen()
      wire.exchange(server)
      assert.is_false((pcall(server.respond, server, id, {})))
    end)
  end
end)

describe("a client that hangs up", function()
  it("before the answer makes respond return false", function()
    local server = wire.listen()
    local id, _, client = wire.exchange(server)
    client:close()
    local done, why = server:respond(id, { body = "late" })
    assert.is_false(done)
    assert.equal("gone", why)
    assert.error_matches(function() server:respond(id, {}) end, "no request with this id is open")
  end)

  it("is noticed while others are waited for, and its id stays open", function()
    local server = wire.listen()
    local id, _, client = wire.exchange(server)
    client:close()
    for _ = 1, 5 do assert.is_nil((server:accept(0.05))) end
    assert.is_false((server:respond(id, {})))
    assert.error_matches(function() server:respond(id, {}) end, "no request with this id is open")
  end)

  it("with a reset is as gone as any other", function()
    local server = wire.listen()
    local id, _, client = wire.exchange(server)
    client:setoption("linger", { on = true, timeout = 0 })
    client:close()
    assert.is_false((server:respond(id, {})))
  end)

  it("before its request is accepted has sent it all the same", function()
    local server = wire.listen()
    local client = wire.connect(server:port())
    client:send(wire.request("POST", "/", nil, "applied"))
    client:close()
    local id, request = server:accept(wire.PATIENCE)
    assert.equal("applied", request.body)
    assert.is_false((server:respond(id, {})))
  end)

  it("in the middle of an answer ends it, and nothing else", function()
    local server = wire.listen()
    local id, _, client = wire.exchange(server)
    server:respond(id, { body = ("x"):rep(16 * 1024 * 1024) })
    client:close()
    assert.is_nil((server:accept(0.01)))
    local other, _, survivor = wire.exchange(server)
    server:respond(other, { body = "here" })
    assert.equal("here", wire.body(wire.receive(server, survivor, wire.whole)))
  end)
end)
