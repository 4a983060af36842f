--- Where a request is sent to, byte by byte: libcurl is given the host as the URL and what follows
--- it as the target, except where it must have the URL whole.

local core = require "waba.core"
local curl = require "waba.curl"
local raw = require "spec.support.raw"
local stub = require "spec.support.stub"
local waba = require "waba"

local OK = { { "send", raw.http(200, '{"id":"7"}') } }

local server = raw.start()

local drivers = {
  ["one by one"] = function(_, body) body() end,
  ["in a map"] = function(client, body)
    local _, errors, stopped = client:map({ 1 }, body)
    assert.same({}, errors)
    assert.is_nil(stopped)
  end,
}

--- The request lines of what `body` sends, and the heads.
local function sent(driver, options, body)
  server:script { OK }
  options.access_token, options.max_attempts = stub.TOKEN, 1
  options.base_url = options.base_url or server.url
  local client = assert(waba.new(options))
  drivers[driver](client, function() body(client) end)
  client:close()
  local lines, heads = {}, {}
  for i, request in ipairs(server:log().requests) do
    lines[i], heads[i] = request.line, raw.headers(request.head)
  end
  return lines, heads
end

local function three(client)
  assert(client:get("..1/a..b-c_d", { q = "a b?c#d/../e&f=%é" }))
  assert(client:post("1/x", { q = "y" }))
  assert(client:delete("1/x", { q = "y" }))
end

local ODD = "q=a%20b%3Fc%23d%2F..%2Fe%26f%3D%25%C3%A9"

describe("a request", function()
  teardown(function() server:stop() end)

  for driver in pairs(drivers) do
    it("goes through an HTTP proxy with its whole URL, " .. driver, function()
      local lines, heads = sent(driver, { base_url = "http://127.0.0.1:1", proxy = server.url },
        three)
      assert.same({
        "GET http://127.0.0.1:1/v26.0/..1/a..b-c_d?" .. ODD .. " HTTP/1.1",
        "POST http://127.0.0.1:1/v26.0/1/x HTTP/1.1",
        "DELETE http://127.0.0.1:1/v26.0/1/x?q=y HTTP/1.1",
      }, lines)
      assert.equal("127.0.0.1:1", heads[1].host)
    end)

    it("goes through a proxy with the port that needs not be said left out, " .. driver, function()
      local lines, heads = sent(driver, { base_url = "http://127.0.0.1:80", proxy = server.url },
        function(client) assert(client:get("1")) end)
      assert.same({ "GET http://127.0.0.1/v26.0/1 HTTP/1.1" }, lines)
      assert.equal("127.0.0.1", heads[1].host)
    end)

    it("over https tells a proxy the host and no more, " .. driver, function()
      local lines, heads = sent(driver, { base_url = "https://127.0.0.1:1", proxy = server.url },
        function(client) assert.is_nil((client:get("1/x", { q = "y" }))) end)
      assert.same({ "CONNECT 127.0.0.1:1 HTTP/1.1" }, lines)
      assert.is_nil(heads[1].authorization)
    end)

    it("goes to the server with its path and query, " .. driver, function()
      local lines, heads = sent(driver, {}, three)
      assert.same({
        "GET /v26.0/..1/a..b-c_d?" .. ODD .. " HTTP/1.1",
        "POST /v26.0/1/x HTTP/1.1",
        "DELETE /v26.0/1/x?q=y HTTP/1.1",
      }, lines)
      for _, head in ipairs(heads) do assert.equal("127.0.0.1:" .. server.port, head.host) end
    end)

    it("has its proof there, " .. driver, function()
      local lines = sent(driver, { app_secret = "THE_SECRET" }, function(client)
        assert(client:post("1", { q = "y" }))
        assert(client:get("1", { q = "y" }))
      end)
      assert.matches("^POST /v26%.0/1%?appsecret_proof=%x+ HTTP/1%.1$", lines[1])
      assert.matches("^GET /v26%.0/1%?q=y&appsecret_proof=%x+ HTTP/1%.1$", lines[2])
    end)
  end

  describe("on a handle with requests of others", function()
    local settings = core.settings { access_token = stub.TOKEN, base_url = server.url }
    local headers = { Authorization = "Bearer " .. stub.TOKEN }

    local function foreign(path)
      return core.exchange(settings, { method = "GET", url = server.url .. path,
        headers = headers }, 10)
    end

    local function own()
      local call = core.request(settings, "get", "1", {})
      assert.equal("send", call:step(0, 0))
      return call
    end

    local ways = {
      ["on the blocking handle"] = function(of)
        local easy = curl.easy(of)
        return function(call) easy:exchange(call) end
      end,
      ["on the multi handle"] = function(of)
        local multi = curl.multi(of)
        return function(call)
          assert(multi:add(call))
          repeat until multi:poll(10)
        end
      end,
    }

    for name, way in pairs(ways) do
      it("goes to the host of its own client, " .. name, function()
        server:script { OK }
        local other = core.settings { access_token = "x", base_url = "http://127.0.0.1:1" }
        local exchange = way(other)
        for _ = 1, 2 do exchange(own()) end
        assert.equal(2, #server:log().requests)
      end)

      it("is taken apart by libcurl where others made its URL, " .. name, function()
        server:script { OK }
        local exchange = way(settings)
        for _, call in ipairs { own(), foreign("/v1.0/x/./y?a=b#c"), own(), foreign("/../z") } do
          exchange(call)
        end
        local lines = {}
        for i, request in ipairs(server:log().requests) do lines[i] = request.line end
        assert.same({ "GET /v26.0/1 HTTP/1.1", "GET /v1.0/x/y?a=b HTTP/1.1",
          "GET /v26.0/1 HTTP/1.1", "GET /z HTTP/1.1" }, lines)
      end)
    end
  end)
end)
