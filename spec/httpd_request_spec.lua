-- What waba.httpd makes of requests.

local wire = require("spec.support.wire")

if not wire.built() then
  pending("waba.httpd is not built: it is an optional module")
  return
end

after_each(wire.clean)

describe("a request", function()
  it("comes with its method, and its URL untouched", function()
    local url = "/v23.0/1%2F2/x?tasks=['MANAGE']&user=1&a=%20+b&&c=;#d"
    local _, request = wire.exchange(wire.listen(), wire.request("DELETE", url))
    assert.equal("DELETE", request.method)
    assert.equal(url, request.url)
  end)

  it("may have a method nobody has heard of", function()
    local _, request = wire.exchange(wire.listen(), wire.request("SUMMON", "/"))
    assert.equal("SUMMON", request.method)
  end)

  it("comes with header names in lower case, repeated ones joined", function()
    local _, request = wire.exchange(wire.listen(), wire.request("GET", "/", {
      "Authorization: Bearer x|Y", "X-Twice: one", "x-tWICE: two", "X-Empty:",
    }))
    assert.same({
      host = "sandbox", authorization = "Bearer x|Y", ["x-twice"] = "one, two", ["x-empty"] = "",
    }, request.headers)
  end)

  it("without a body has an empty one", function()
    local _, request = wire.exchange(wire.listen())
    assert.equal("", request.body)
  end)

  it("comes with an urlencoded body as it is", function()
    local body = "user=1&tasks=%5B%22MANAGE%22%5D"
    local _, request = wire.exchange(wire.listen(), wire.request("POST", "/", {
      "Content-Type: application/x-www-form-urlencoded",
    }, body))
    assert.equal(body, request.body)
    assert.equal("application/x-www-form-urlencoded", request.headers["content-type"])
  end)

  it("may have any bytes in its body", function()
    local bytes = {}
    for i = 0, 255 do bytes[i + 1] = string.char(i) end
    local body = table.concat(bytes):rep(3)
    local _, request = wire.exchange(wire.listen(), wire.request("POST", "/", nil, body))
    assert.equal(body, request.body)
  end)

  it("may have a chunked body", function()
    local _, request = wire.exchange(wire.listen(), wire.request("POST", "/", {
      "Transfer-Encoding: chunked",
    }) .. "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")
    assert.equal("hello world", request.body)
  end)

  it("comes once it is whole, in however many pieces", function()
    local server = wire.listen()
    local client = wire.connect(server:port())
    local text = wire.request("POST", "/pieces", nil, "abc")
    for i = 1, #text - 1 do
      wire.send(server, client, text:sub(i, i))
      assert.is_nil((server:accept(0)))
    end
    local _, request = wire.exchange(server, text:sub(-1), client)
    assert.equal("/pieces", request.url)
    assert.equal("abc", request.body)
  end)

  it("is asked to go on where it waits for that", function()
    local server = wire.listen()
    local client = wire.connect(server:port())
    wire.send(server, client, wire.request("POST", "/", {
      "Expect: 100-continue", "Content-Length: 2",
    }))
    local text = wire.receive(server, client, wire.body)
    assert.equal(100, wire.status(text))
    local _, request = wire.exchange(server, "ok", client)
    assert.equal("ok", request.body)
  end)

  it("may have a body as long as the cap", function()
    local body = ("x"):rep(1000)
    local server = wire.listen({ max_body = 1000 })
    local _, request = wire.exchange(server, wire.request("PUT", "/", nil, body))
    assert.equal(body, request.body)
  end)

  it("with a longer body is answered with 413, read to its end and never accepted", function()
    local server = wire.listen({ max_body = 1000 })
    local client = wire.connect(server:port())
    wire.send(server, client, wire.request("POST", "/", nil, ("x"):rep(3000000)))
    assert.equal(413, wire.status(wire.receive(server, client, wire.whole)))
    local _, request = wire.exchange(server, wire.request("GET", "/next"), client)
    assert.equal("/next", request.url)
  end)

  it("has a cap of 1 MiB by default", function()
    local server = wire.listen()
    local id, request, client =
      wire.exchange(server, wire.request("POST", "/", nil, ("x"):rep(1024 * 1024)))
    assert.equal(1024 * 1024, #request.body)
    server:respond(id, {})
    wire.receive(server, client, wire.whole)
    wire.send(server, client, wire.request("POST", "/", nil, ("x"):rep(1024 * 1024 + 1)))
    assert.equal(413, wire.status(wire.receive(server, client, wire.whole)))
  end)

  for name, text in pairs({
    ["that is not HTTP"] = "hello\r\n\r\n",
    ["with a head without end"] = "GET / HTTP/1.1\r\nX: " .. ("x"):rep(100000) .. "\r\n\r\n",
  }) do
    it(name .. " is not accepted", function()
      local server = wire.listen()
      local client = wire.connect(server:port())
      client:send(text)
      local reply, ended = wire.receive(server, client)
      assert.is_true(ended)
      if reply ~= "" then assert.equal(4, math.floor(wire.status(reply) / 100)) end
    end)
  end

  it("whose client hangs up half-way is not accepted", function()
    local server = wire.listen()
    local client = wire.connect(server:port())
    wire.send(server, client, wire.request("POST", "/", { "Content-Length: 10" }) .. "half")
    assert.is_nil((server:accept(0.01)))
    client:close()
    assert.is_nil((server:accept(0.01)))
  end)
end)
