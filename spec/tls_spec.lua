--- TLS, HTTP/2 and proxies, with nginx in front of the served sandbox: whom we talk to, whom we do
--- not, and that the token is said to nobody else.

local matrix = require "spec.support.matrix"
local nginx = require "spec.support.nginx"
local raw = require "spec.support.raw"
local relays = require "spec.support.relay"
local servers = require "spec.support.server"
local socket = require "socket"
local waba = require "waba"
local wire = require "spec.support.wire"
local world = require("waba.sandbox").world

if not wire.built() then
  pending("waba.httpd is not built: it is an optional module")
  return
end

if matrix.no_tls then
  pending("TLS: " .. matrix.no_tls)
  return
end

local unpack = table.unpack or unpack -- luacheck: ignore

describe("over TLS,", function()
  local sandbox, front, relay, stray

  setup(function()
    sandbox = servers.start()
    -- A port of plain HTTP to lead astray to: who comes is never answered, only counted.
    stray = assert(socket.bind("127.0.0.1", 0))
    stray:settimeout(0)
    front = nginx.start(sandbox.url)
    relay = relays.start { proxy = front.ports.http2, refusing_proxy = front.ports.http2 }
  end)

  teardown(function()
    for _, process in ipairs { relay, front, sandbox } do process:stop() end
    stray:close()
  end)

  before_each(function() assert.equal(200, (sandbox:control("POST", "/reset"))) end)

  local function client_on(url, options)
    local settings = { access_token = world.admin_token, base_url = url, ca_file = front.ca_file,
      attempt_timeout = 10, max_attempts = 1 }
    for key, value in pairs(options or {}) do settings[key] = value end
    return assert(waba.new(settings))
  end

  local function call(client, driver, operation)
    local result, err = matrix.DRIVERS[driver](client, function()
      return client[operation](client, unpack(matrix.OPERATIONS[operation].arguments))
    end)
    client:close()
    return result, err
  end

  local function reached_sandbox()
    local _, log = sandbox:control("GET", "/log")
    return #require("waba.core").json.decode(log).data
  end

  --- Runs a check for a read and a write, with each driver.
  local function each(title, body)
    for driver in pairs(matrix.DRIVERS) do
      for _, operation in ipairs { "system_users", "assign" } do
        it(("%s: %s, %s"):format(title, operation, driver), function() body(driver, operation) end)
      end
    end
  end

  describe("works with the authority in ca_file:", function()
    for _, kind in ipairs { "http1", "http2" } do
      each(kind, function(driver, operation)
        assert.is_truthy(call(client_on(front:url(kind)), driver, operation))
        assert.equal(1, reached_sandbox())
      end)
    end
  end)

  describe("says nothing, and leaves nothing in doubt, where the server is not the one:", function()
    --- `kind` and a part of the message are told; the sandbox and nginx have seen no request.
    local function refused(title, kind, text, target)
      each(title, function(driver, operation)
        local port, options = target()
        local before = #front:read("access.log")
        local result, err = call(client_on(front:url(port), options), driver, operation)
        assert.is_nil(result)
        assert.equal(kind, err.kind)
        assert.matches(text, err.message)
        assert.equal(1, err.attempts)
        assert.equal(before, #front:read("access.log"))
        assert.equal(0, reached_sandbox())
      end)
    end

    refused("an authority that is not trusted", "tls", "certificate", function()
      return "http1", { ca_file = "/etc/ssl/certs/ca-certificates.crt" }
    end)

    refused("a certificate of another host", "tls", "127%.0%.0%.1", function()
      return "other_host"
    end)

    refused("a certificate that has expired", "tls", "expired", function() return "expired" end)

    refused("a ca_file that is not there", "tls", "no%-such%-file", function()
      return "http1", { ca_file = front.folder .. "/no-such-file" }
    end)

    refused("a ca_file that is none", "tls", "nginx%.conf", function()
      return "http1", { ca_file = front.folder .. "/nginx.conf" }
    end)

    -- No certificate is at fault here, and libcurl's word for it is that of a connection that broke
    -- during the handshake.
    refused("a server that has nothing newer than TLS 1.1", "network", "protocol", function()
      return "old_tls"
    end)

    it("that server would have spoken TLS 1.1 with others", function()
      local command = "env -u LD_PRELOAD timeout 10 openssl s_client -connect 127.0.0.1:%d "
        .. "-tls1_1 -cipher ALL:@SECLEVEL=0 </dev/null 2>&1"
      local pipe = assert(io.popen(command:format(front.ports.old_tls)))
      local output = pipe:read("*a")
      pipe:close()
      assert.matches("New, [%w.]+, Cipher is [%u%d-]+\n", output)
    end)

    each("a port of plain HTTP", function(driver, operation)
      local result, err = call(client_on("https://127.0.0.1:" .. sandbox.port), driver, operation)
      assert.is_nil(result)
      assert.equal("network", err.kind)
      assert.equal(0, reached_sandbox())
    end)
  end)

  local function nobody_went_astray()
    local client, reason = stray:accept()
    assert.is_nil(client)
    assert.equal("timeout", reason)
  end

  local function stray_url()
    local _, port = stray:getsockname()
    return "http://127.0.0.1:" .. port
  end

  each("a redirect to plain HTTP is not followed", function(driver, operation)
    local body = '{"wire":"redirect","headers":{"Location":"%s/"}}'
    assert.equal(200, (sandbox:control("POST", "/faults", body:format(stray_url()))))
    local result, err = call(client_on(front:url("http1")), driver, operation)
    assert.is_nil(result)
    assert.equal("protocol", err.kind)
    assert.equal(302, err.status)
    nobody_went_astray()
  end)

  it("proxies of the environment are ignored", function()
    local words = {}
    for _, name in ipairs { "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY" } do
      words[#words + 1] = name .. "=" .. stray_url()
    end
    local script = ("local c = require 'waba'.new { access_token = %q, base_url = %q, "
      .. "ca_file = %q } print(#assert(c:system_users('%s')))"):format(world.admin_token,
      front:url("http2"), front.ca_file, world.business)
    local pipe = assert(io.popen(("env %s no_proxy= NO_PROXY= %s -e %s 2>&1"):format(
      table.concat(words, " "), raw.interpreter(), raw.quote(script))))
    local output = pipe:read("*a")
    pipe:close()
    assert.equal("3\n", output)
    nobody_went_astray()
  end)

  describe("through a proxy that was asked for,", function()
    local function through(name)
      return client_on(front:url("http2"), { proxy = "http://127.0.0.1:" .. relay.ports[name] })
    end

    --- What the proxy heard in the course of this.
    local function heard(body)
      local before = #relay:heard()
      body()
      return relay:heard():sub(before + 1)
    end

    -- Its answer has more header lines than a reply may have.
    each("a call gets there, and the proxy learns where to and no more", function(driver, operation)
      local said = heard(function()
        assert.is_truthy(call(through("proxy"), driver, operation))
      end)
      local head = said:match("^(.-\r\n)\r\n")
      assert.matches("^CONNECT 127%.0%.0%.1:" .. front.ports.http2 .. " HTTP/1%.1\r\n", head)
      assert.is_nil(head:lower():find("authorization", 1, true))
      assert.is_nil(said:find(world.admin_token, 1, true))
      assert.equal(1, reached_sandbox())
    end)

    each("its headers are not taken for the server's", function(driver, operation)
      assert.equal(200, (sandbox:control("POST", "/faults", '{"status":503,"body":"busy"}')))
      local _, err = call(through("proxy"), driver, operation)
      assert.equal(503, err.status)
      assert.is_nil(err.retry_after)
      assert.not_equal("PROXY", err.fbtrace_id)
    end)

    each("its refusal leaves nothing in doubt", function(driver, operation)
      local said = heard(function()
        local _, err = call(through("refusing_proxy"), driver, operation)
        assert.equal("network", err.kind)
        assert.matches("407", err.message)
        assert.is_nil(err.retry_after)
      end)
      assert.is_nil(said:find(world.admin_token, 1, true))
      assert.equal(0, reached_sandbox())
    end)
  end)

  describe("a map of 64 reads, 48 at a time,", function()
    local function connections(kind)
      local before, inputs = #front:log(kind), {}
      for i = 1, 64 do inputs[i] = world.business end
      local client = client_on(front:url(kind))
      local results, errors = client:map(inputs, function(id) return client:system_users(id) end,
        { concurrency = 48 })
      client:close()
      assert.same({}, errors)
      assert.equal(64, #results)
      local log, count, seen = front:wait(kind, before + 64), 0, {}
      for i = before + 1, #log do
        if not seen[log[i].connection] then count = count + 1 end
        seen[log[i].connection] = true
      end
      return count, log[#log].protocol, #log - before
    end

    it("takes one connection of HTTP/2", function()
      local count, protocol, requests = connections("http2")
      assert.equal("HTTP/2.0", protocol)
      assert.equal(64, requests)
      assert.equal(1, count)
    end)

    it("takes as many of HTTP/1.1 as are allowed, and keeps them", function()
      local count, protocol, requests = connections("http1")
      assert.equal("HTTP/1.1", protocol)
      assert.equal(64, requests)
      assert.is_true(count > 1 and count <= 32, count .. " connections")
    end)
  end)
end)
