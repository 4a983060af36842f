--- The driver over libcurl, against a server that can misbehave.

local contract = require "spec.transport_contract"
local loopback = require "spec.support.loopback"
local raw = require "spec.support.raw"
local stub = require "spec.support.stub"
local waba = require "waba"

local server = raw.start()

local LIST = '{"data":[{"id":"7"}]}'

-- A head that announces more than follows.
local HALF = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"

--- A client on the server, after the server was told what to answer.
local function client_on(answers, options)
  server:script(answers)
  local settings = { access_token = stub.TOKEN, base_url = server.url, clock = stub.clock(),
    attempt_timeout = 10, max_attempts = 1 }
  -- The stub's clock stands still, so a deadline is never near; libcurl's own timer is real.
  for key, value in pairs(options or {}) do settings[key] = value end
  return assert(waba.new(settings))
end

local function send(text) return { { "send", text } } end
local function reply(status, body, headers) return send(raw.http(status, body, headers)) end

local function open(example)
  local answers, options = {}, {}
  for i, answer in ipairs(example.answers) do answers[i] = raw.actions(answer) end
  for key, value in pairs(example.options or {}) do options[key] = value end
  if example.unreachable then options.base_url = "http://127.0.0.1:" .. loopback.dead_port() end
  return { client = client_on(answers, options),
    requests = function() return server:requests() end }
end

local function failure(client, operation)
  local result, err = stub.call(client, operation)
  assert.is_nil(result)
  client:close()
  return err
end

describe("libcurl, blocking,", function()
  teardown(function() server:stop() end)

  describe("keeps the contract: it", function() contract(it, open) end)

  describe("where it could not be loaded", function()
    local loaded
    before_each(function() loaded = package.loaded["waba.curl"] end)
    after_each(function()
      package.preload["waba.curl"], package.loaded["waba.curl"] = nil, loaded
    end)

    local ways = {
      ["a call"] = function(client) return stub.call(client, "system_users") end,
      ["a map"] = function(client)
        return client:map({ 1 }, function() return stub.call(client, "system_users") end)[1]
      end,
      ["a transport"] = function()
        local request = { method = "GET", url = server.url .. "/",
          headers = { Authorization = "Bearer T" } }
        local response = require("waba.transport.libcurl").new()(request, 10)
        return response and { { id = response.body:match("7") } }
      end,
    }
    for name, way in pairs(ways) do
      it(name .. " says so, and the next one loads it", function()
        local client = client_on { reply(200, LIST) }
        package.loaded["waba.curl"] = nil
        package.preload["waba.curl"] = function() error("not enough memory", 0) end
        assert.error_matches(function() way(client) end, "not enough memory")
        package.preload["waba.curl"] = nil
        assert.same({ { id = "7" } }, (way(client)))
        client:close()
      end)
    end
  end)

  describe("sends no write twice:", function()
    local ways = { { "closed", { { "close" } } }, { "reset", { { "reset" } } } }
    for _, way in ipairs(ways) do
      for _, operation in ipairs(stub.WRITES) do
        it(("%s on a kept connection that is %s"):format(operation, way[1]), function()
          local client = client_on { reply(200, LIST), way[2], reply(200, "true") }
          assert(stub.call(client, "system_users"))
          assert.equal("indeterminate", failure(client, operation).kind)
          local log = server:log()
          assert.equal(2, #log.requests)
          assert.equal(1, log.requests[2].connection)
        end)

        it(("%s on a fresh connection that is %s"):format(operation, way[1]), function()
          local client = client_on { way[2], reply(200, "true") }
          assert.equal("indeterminate", failure(client, operation).kind)
          assert.equal(1, #server:log().requests)
        end)
      end

      it(("a read on a kept connection that is %s may be sent again"):format(way[1]), function()
        local client = client_on { reply(200, LIST), way[2], reply(200, '{"data":[{"id":"8"}]}') }
        assert(stub.call(client, "system_users"))
        local users, err = stub.call(client, "system_users")
        client:close()
        local log = server:log()
        if users then
          assert.equal("8", users[1].id)
          assert.equal(3, #log.requests)
        else
          assert.equal("network", err.kind)
        end
      end)
    end

    it("and the next call after it works", function()
      local client = client_on { reply(200, LIST), { { "close" } }, reply(200, "true") }
      assert(stub.call(client, "system_users"))
      local _, err = stub.call(client, "assign")
      assert.equal("indeterminate", err.kind)
      assert.is_true((stub.call(client, "assign")))
      client:close()
    end)

    it("half a reply", function()
      local half = { { "send", HALF .. '{"succ' }, { "close" } }
      assert.equal("indeterminate", failure(client_on { half, reply(200, "true") }, "assign").kind)
      assert.equal(1, #server:log().requests)
    end)

    it("half a header", function()
      local half = { { "send", "HTTP/1.1 200 OK\r\nConte" }, { "close" } }
      assert.equal("indeterminate", failure(client_on { half, reply(200, "true") }, "assign").kind)
      assert.equal(1, #server:log().requests)
    end)
  end)

  describe("survives a server that", function()
    it("sends half a body and closes", function()
      local half = { { "send", HALF .. LIST }, { "close" } }
      assert.equal("network", failure(client_on { half }, "system_users").kind)
    end)

    it("sends half a body and resets", function()
      local half = { { "send", HALF .. LIST }, { "reset" } }
      assert.equal("network", failure(client_on { half }, "system_users").kind)
    end)

    it("sends half a body and falls silent", function()
      local half = { { "send", HALF .. LIST }, { "silence" } }
      local err = failure(client_on({ half }, { attempt_timeout = 0.3 }), "system_users")
      assert.equal("timeout", err.kind)
    end)

    it("closes before a request", function()
      local client = client_on { on_connect = { { "close" } }, reply(200, LIST) }
      assert.equal("network", failure(client, "system_users").kind)
    end)

    it("sends one byte at a time", function()
      local client = client_on { { { "drip", raw.http(200, LIST, { "X-Slow: yes" }) } } }
      assert.same({ { id = "7" } }, (stub.call(client, "system_users")))
      client:close()
    end)

    it("sends its body in chunks", function()
      local chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n" .. LIST:sub(1, 5)
        .. ("\r\n%x\r\n"):format(#LIST - 5) .. LIST:sub(6) .. "\r\n0\r\n\r\n"
      local client = client_on { send(chunked) }
      assert.same({ { id = "7" } }, (stub.call(client, "system_users")))
      client:close()
    end)

    it("sends a body without a length and closes", function()
      local client = client_on { { { "send", "HTTP/1.0 200 OK\r\n\r\n" .. LIST }, { "close" } } }
      assert.same({ { id = "7" } }, (stub.call(client, "system_users")))
      client:close()
    end)

    it("says 100 Continue first", function()
      local text = "HTTP/1.1 100 Continue\r\nRetry-After: 99\r\n\r\n"
        .. raw.http(429, '{"error":{"code":4}}')
      local err = failure(client_on { send(text) }, "assign")
      assert.equal("throttled", err.kind)
      assert.equal(429, err.status)
      assert.is_nil(err.retry_after)
    end)

    it("does not answer in HTTP", function()
      local client = client_on { send("SSH-2.0-OpenSSH_9\r\n\r\n") }
      assert.equal("protocol", failure(client, "system_users").kind)
    end)

    it("answers in HTTP/0.9", function()
      local client = client_on { { { "send", LIST }, { "close" } } }
      assert.equal("protocol", failure(client, "system_users").kind)
    end)

    it("sends a body of 5 MiB", function()
      local head = ("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"):format(5 * 1024 * 1024)
      local err = failure(client_on { { { "send", head }, { "flood", " ", 5 * 1024 * 1024 } } },
        "system_users")
      assert.equal("protocol", err.kind)
      assert.matches("larger than a reply may be", err.message)
    end)

    it("sends a body without an end", function()
      local flood = { { "send", "HTTP/1.1 200 OK\r\n\r\n" }, { "flood", "x", 64 * 1024 * 1024 } }
      assert.equal("protocol", failure(client_on { flood }, "system_users").kind)
    end)

    it("sends 201 headers", function()
      local lines = {}
      for i = 1, 200 do lines[i] = "X-" .. i .. ": x" end
      assert.equal("protocol", failure(client_on { reply(200, LIST, lines) }, "system_users").kind)
    end)

    it("sends headers without an end", function()
      local flood = { { "send", "HTTP/1.1 200 OK\r\n" }, { "flood", "X-Flood: x\r\n", 1000000 } }
      local err = failure(client_on { flood }, "system_users")
      assert.equal("protocol", err.kind)
    end)

    it("sends one header of a megabyte", function()
      local flood = { { "send", "HTTP/1.1 200 OK\r\nX-Flood: " }, { "flood", "x", 1024 * 1024 } }
      local err = failure(client_on { flood }, "system_users")
      assert.is_true(err.kind == "protocol" or err.kind == "network", err.kind)
    end)

    it("says gzip: nothing is unpacked", function()
      local bomb = "\31\139\8\0\0\0\0\0\0\3" .. ("\0"):rep(1000)
      local client = client_on { reply(200, bomb, { "Content-Encoding: gzip" }) }
      local err = failure(client, "system_users")
      assert.equal("transient", err.kind)
      assert.equal(nil, raw.headers(server:log().requests[1].head)["accept-encoding"])
    end)

    it("says gzip of what is plain: it is taken as it is", function()
      local client = client_on { reply(200, LIST, { "Content-Encoding: gzip" }) }
      assert.same({ { id = "7" } }, (stub.call(client, "system_users")))
      client:close()
    end)
  end)

  describe("sends the token nowhere else:", function()
    for _, status in ipairs { 301, 302, 303, 307, 308 } do
      it(("a %d to another port is not followed"):format(status), function()
        local elsewhere = "Location: http://127.0.0.1:" .. server.stray_port .. "/"
        local err = failure(client_on { reply(status, "", { elsewhere }) }, "system_users")
        assert.equal("protocol", err.kind)
        assert.equal(0, server:log().strays)
      end)
    end

    it("paging.next is not followed", function()
      local next_url = "http://127.0.0.1:" .. server.stray_port .. "/"
      local client = client_on {
        reply(200, ('{"data":[],"paging":{"cursors":{"after":"a"},"next":"%s"}}'):format(next_url)),
        reply(200, LIST),
      }
      assert.same({ { id = "7" } }, (stub.call(client, "system_users")))
      client:close()
      assert.equal(0, server:log().strays)
    end)

    --- Runs one call in a process with this environment; answers what it printed.
    local function run_with(environment)
      local script = ("local c = require 'waba'.new { access_token = 'TEST_TOKEN', base_url = %q } "
        .. "local u, e = c:system_users('1') print(u and u[1].id or e)"):format(server.url)
      local pipe = assert(io.popen(("env %s %s -e %s 2>&1"):format(environment, raw.interpreter(),
        raw.quote(script))))
      local output = pipe:read("*a")
      pipe:close()
      return (output:gsub("%s+$", ""))
    end

    it("proxies of the environment are ignored", function()
      server:script { reply(200, LIST) }
      local stray = "http://127.0.0.1:" .. server.stray_port
      local words = {}
      for _, name in ipairs { "http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY",
        "ALL_PROXY" } do
        words[#words + 1] = name .. "=" .. stray
      end
      assert.equal("7", run_with(table.concat(words, " ") .. " no_proxy= NO_PROXY="))
      assert.equal(0, server:log().strays)
    end)

    -- What libcurl finds in a .netrc gives way to our header, so its reading cannot be told from
    -- the wire. This one is a pipe without a writer: whoever opens it waits until killed.
    it("a .netrc is not even opened", function()
      server:script { reply(200, LIST) }
      local home = os.tmpname()
      os.remove(home)
      assert(os.execute(("mkdir -m 700 %s && mkfifo %s/.netrc"):format(home, home)))
      local output = run_with(("HOME=%s NETRC=%s/.netrc timeout 5"):format(home, home))
      os.remove(home .. "/.netrc")
      os.remove(home)
      assert.equal("7", output)
    end)

    it("cookies are not kept", function()
      local client = client_on { reply(200, LIST, { "Set-Cookie: a=b; Path=/" }), reply(200, LIST) }
      stub.call(client, "system_users")
      stub.call(client, "system_users")
      client:close()
      assert.is_nil(raw.headers(server:log().requests[2].head).cookie)
    end)

    it("a proxy that was asked for is used", function()
      local client = client_on({ reply(200, LIST) }, { base_url = "http://127.0.0.1:1",
        proxy = server.url })
      assert.same({ { id = "7" } }, (stub.call(client, "system_users")))
      client:close()
      assert.matches("^GET http://127%.0%.0%.1:1/v26", server:log().requests[1].line)
    end)
  end)

  describe("over https", function()
    it("to a port that speaks plain HTTP fails before anything is sent", function()
      for _, operation in ipairs { "assign", "system_users" } do
        local plain = send("HTTP/1.1 400 Bad Request\r\n\r\n")
        local client = client_on({ on_connect = plain, reply(200, LIST) },
          { base_url = "https://127.0.0.1:" .. server.port })
        local err = failure(client, operation)
        assert.is_true(err.kind == "network" or err.kind == "tls", err.kind)
        assert.equal(0, #server:log().requests)
      end
    end)
  end)

  describe("on its connection", function()
    it("sends two calls on one", function()
      local client = client_on { reply(200, LIST), reply(200, "true"), reply(200, LIST) }
      assert(stub.call(client, "system_users"))
      assert(stub.call(client, "assign"))
      assert(stub.call(client, "system_users"))
      assert.equal(1, server:log().connections)
      client:close()
    end)

    it("says goodbye when closed", function()
      local client = client_on { reply(200, LIST) }
      assert(stub.call(client, "system_users"))
      assert.equal(0, server:log().ended)
      client:close()
      server:wait(function(log) return log.ended == 1 end)
    end)

    it("says goodbye when collected", function()
      local client = client_on { reply(200, LIST) }
      assert(stub.call(client, "system_users"))
      client = nil -- luacheck: ignore
      collectgarbage()
      collectgarbage()
      server:wait(function(log) return log.ended == 1 end)
    end)

    it("does not share it with another client", function()
      local one = client_on { reply(200, LIST) }
      local other = assert(waba.new { access_token = "OTHER", base_url = server.url })
      assert(stub.call(one, "system_users"))
      assert(stub.call(other, "system_users"))
      one:close()
      assert(stub.call(other, "system_users"))
      other:close()
      local log = server:log()
      assert.equal(2, log.connections)
      assert.equal("Bearer OTHER", raw.headers(log.requests[3].head).authorization)
    end)

    it("sends what a request needs and nothing more", function()
      local client = client_on { reply(200, "true") }
      stub.call(client, "assign")
      client:close()
      local request = server:log().requests[1]
      assert.same({
        host = "127.0.0.1:" .. server.port, authorization = "Bearer TEST_TOKEN",
        accept = "application/json", ["user-agent"] = "waba/" .. waba._VERSION,
        ["content-type"] = "application/x-www-form-urlencoded", ["content-length"] = "46",
      }, raw.headers(request.head))
      assert.equal("user=1972555232742222&tasks=%5B%22MANAGE%22%5D", request.body)
    end)

    it("does not ask for leave to send a long body", function()
      local tasks = {}
      for i = 1, 60 do tasks[i] = ("A"):rep(i) end
      local client = client_on { reply(200, "true") }
      assert.is_true(client:assign("1", "2", tasks))
      client:close()
      local request = server:log().requests[1]
      assert.is_true(#request.body > 1024)
      assert.is_nil(raw.headers(request.head).expect)
    end)

    it("takes every call's own token", function()
      local count = 0
      local client = client_on({ reply(200, LIST) }, { access_token = function()
        count = count + 1
        return "TOKEN" .. count
      end })
      assert(stub.call(client, "system_users"))
      assert(stub.call(client, "system_users"))
      client:close()
      local requests = server:log().requests
      assert.equal("Bearer TOKEN1", raw.headers(requests[1].head).authorization)
      assert.equal("Bearer TOKEN2", raw.headers(requests[2].head).authorization)
    end)

    it("lets calls of several coroutines take turns", function()
      local client = client_on({ reply(503, ""), reply(503, ""), reply(200, LIST) }, {
        max_attempts = 3, clock = { sleep = function() coroutine.yield() end },
      })
      local threads, results = {}, {}
      for i = 1, 2 do
        threads[i] = coroutine.create(function() results[i] = client:system_users(tostring(i)) end)
      end
      for _ = 1, 3 do
        for _, thread in ipairs(threads) do
          if coroutine.status(thread) ~= "dead" then assert(coroutine.resume(thread)) end
        end
      end
      client:close()
      assert.same({ { { id = "7" } }, { { id = "7" } } }, results)
    end)
  end)
end)
