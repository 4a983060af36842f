--- Options of waba.new: what is refused, what is taken, what they do.

local core = require "waba.core"
local loopback = require "spec.support.loopback"
local stub = require "spec.support.stub"
local waba = require "waba"

local function new(options)
  if options.access_token == nil then options.access_token = stub.TOKEN end
  return waba.new(options)
end

local function refused(options)
  local client, err = new(options)
  assert.is_nil(client)
  assert.equal("invalid", err.kind)
  assert.is_false(err.retryable)
  assert.equal(0, err.attempts)
  return err
end

--- The first request of a client with these options.
local function request_of(options)
  local client, requests = stub.client(stub.reply(200, '{"data":[]}'), options)
  assert(client:system_users("1"))
  return requests[1]
end

describe("waba.new", function()
  it("raises without a table", function()
    assert.error_matches(function() waba.new() end, "options must be a table, got a nil")
    assert.error_matches(function() waba.new("token") end, "options must be a table, got a string")
  end)

  it("raises at the line of the caller", function()
    local _, message = pcall(function()
      local client = waba.new { acces_token = "x" }
      return client
    end)
    assert.matches("^[^:]*options_spec%.lua:%d+: unknown option 'acces_token'", message)
  end)

  it("names the nearest option for an unknown one", function()
    local cases = { acces_token = "access_token", apiversion = "api_version", url = false,
      timeouts = "timeout", max_attempt = "max_attempts", user_agnet = "user_agent" }
    for name, nearest in pairs(cases) do
      local wanted = ("unknown option '%s'"):format(name)
      if nearest then wanted = ("%s; did you mean '%s'?"):format(wanted, nearest) end
      assert.error_matches(function() new { [name] = "x" } end, wanted, 1, true)
    end
  end)

  it("names every option where none is near", function()
    local ok, message = pcall(new, { xyzzy = 1 })
    assert.is_false(ok)
    for _, name in ipairs(core.options) do assert.matches(name, message, 1, true) end
  end)

  it("raises on an option without a name", function()
    assert.error_matches(function() new { "x" } end, "options must have names")
  end)

  it("knows these options and no others", function()
    assert.same({ "access_token", "allow_blocking", "api_version", "app_id", "app_secret",
      "attempt_timeout", "base_url", "budget", "ca_file", "cache", "clock", "connect_timeout",
      "max_attempts", "on_event", "proxy", "timeout", "transport", "user_agent" }, core.options)
  end)

  it("raises on allow_blocking that is neither true nor false", function()
    assert.error_matches(function() new { allow_blocking = "yes" } end,
      "option 'allow_blocking' must be a boolean, got a string")
    assert(waba.new { access_token = "T", allow_blocking = true }):close()
  end)

  local texts = { "api_version", "app_secret", "base_url", "ca_file", "proxy", "user_agent" }
  local numbers = { "attempt_timeout", "connect_timeout", "max_attempts", "timeout" }

  it("raises on a text that is none", function()
    for _, name in ipairs(texts) do
      for _, value in ipairs { 1, true, {}, print } do
        assert.error_matches(function() new { [name] = value } end,
          ("option '%s' must be a string, got a %s"):format(name, type(value)), 1, true)
      end
    end
  end)

  it("raises on a number that is none, in words too", function()
    for _, name in ipairs(numbers) do
      for _, value in ipairs { "1", true, {}, print } do
        assert.error_matches(function() new { [name] = value } end,
          ("option '%s' must be a number, got a %s"):format(name, type(value)), 1, true)
      end
    end
  end)

  it("raises on an access_token that is neither text nor function", function()
    for _, value in ipairs { 1, true, {} } do
      assert.error_matches(function() new { access_token = value } end,
        "option 'access_token' must be a string or a function", 1, true)
    end
  end)

  it("raises on a transport that cannot be called", function()
    for _, value in ipairs { 1, "x", {} } do
      assert.error_matches(function() new { transport = value } end,
        "option 'transport' must be a function", 1, true)
    end
  end)

  it("raises on a clock that is none", function()
    assert.error_matches(function() new { clock = os.time } end, "option 'clock' must be a table")
    assert.error_matches(function() new { clock = { now = 5 } } end,
      "option 'clock': 'now' must be a function", 1, true)
    assert.error_matches(function() new { clock = { sleeep = print } } end, "did you mean 'sleep'")
    assert.error_matches(function() new { clock = { print } } end, "option 'clock'", 1, true)
  end)

  it("takes what can be called for a function", function()
    local callable = setmetatable({}, { __call = function()
      return stub.reply(200, '{"data":[]}')
    end })
    assert.same({}, assert(new { transport = callable }):system_users("1"))
  end)

  it("without a token is an error that says what to give", function()
    local client, err = waba.new {}
    assert.is_nil(client)
    assert.equal("invalid", err.kind)
    assert.matches("^access_token must be given", err.message)
  end)

  local bad = {
    access_token = { "", "a b", "a\r\nX-Evil: 1", "a\n", "a\0b", "é", "a%20b", "a/b", "a=b",
      ("x"):rep(4097) },
    api_version = { "", "26.0", "v26", "v26.", "v.0", "v26.0 ", "v26.0\n", "v26.0/me", "V26.0",
      "v26.0.1", "v-1.0", "v26.0\0" },
    app_secret = { "", "a b", "a\nb", "a\0", "é", ("x"):rep(257) },
    base_url = { "", "graph.facebook.com", "http://graph.facebook.com", "ftp://127.0.0.1",
      "https://", "https:///x", "https://a b", "https://a/path", "https://a?x", "https://a#x",
      "https://user@a", "https://user:pass@a", "https://a:port", "https://a:123456", "https://a:",
      "https://a\r\nX: 1", "https://a\0b", "HTTPS://a", "http://127.example.org",
      "http://127.0.0.1.example.org", "http://localhost.example.org", "http://128.0.0.1",
      "http://127.0.0.1@evil.example", "http://[::2]", "http://[::1", "https://a\\b",
      "http://0.0.0.0", "file:///etc/passwd" },
    ca_file = { "", "a\nb", "a\0b", ("x"):rep(4097) },
    proxy = { "", "http://a\r\nb", "a\0b" },
    user_agent = { "my-app", "my app/1", "my-app/", "/1.2", "my-app/1.2 x", "my-app/1.2\r\nX: 1",
      "my-app/x", "my-app/1.2\0", ("x"):rep(65) .. "/1" },
    attempt_timeout = { 0, -1, 0 / 0, 1 / 0, 86401 },
    connect_timeout = { 0, -1, 0 / 0, 1 / 0, 86401 },
    timeout = { 0, -0.5, 0 / 0, 1 / 0, 86401 },
    max_attempts = { 0, -1, 1.5, 11, 0 / 0, 1 / 0 },
  }
  for name, values in pairs(bad) do
    for i, value in ipairs(values) do
      it(("refuses %s no. %d, a bad value, with an error"):format(name, i), function()
        assert.matches("^" .. name .. " must be ", refused({ [name] = value }).message)
      end)
    end
  end

  it("never shows the bad value: it may hold a secret", function()
    for name, values in pairs(bad) do
      for _, value in ipairs(values) do
        if type(value) == "string" and #value > 12 then
          assert.not_matches(value, tostring(refused { [name] = value }), 1, true)
        end
      end
    end
  end)

  local good = {
    access_token = { "a", "123|abc_DEF-.9", ("x"):rep(4096) },
    api_version = { "v1.0", "v26.0", "v100.10" },
    app_secret = { "x", "!~", ("x"):rep(256) },
    base_url = { "https://a", "https://a/", "https://a.b:8443", "http://127.0.0.1",
      "http://127.1.2.3:80", "http://localhost:1", "http://[::1]:8080",
      "https://[2001:db8::1]:443" },
    ca_file = { "/etc/ssl/certs/ca certificates.pem" },
    proxy = { "http://proxy.example:3128", "socks5h://user:pass@127.0.0.1:1080" },
    user_agent = { "my-app/1.2", "a/1", "My_App/2024-01-01" },
    attempt_timeout = { 0.001, 86400 },
    max_attempts = { 1, 10 },
  }
  for name, values in pairs(good) do
    it("takes sound values of " .. name, function()
      for _, value in ipairs(values) do
        local client, err = new { [name] = value }
        assert.is_truthy(client, tostring(err))
        client:close()
      end
    end)
  end
end)

describe("an IPv6 address", function()
  local function is_taken(host)
    local client, err = new { base_url = "https://[" .. host .. "]:1" }
    if client then client:close() else assert.equal("invalid", err.kind) end
    return client ~= nil
  end

  it("is taken where it is one", function()
    for _, host in ipairs { "::", "::1", "1::", "1::2", "1:2:3:4:5:6:7:8", "::2:3:4:5:6:7:8",
      "1:2:3:4:5:6:7::", "1:2:3::6:7:8", "2001:DB8::a", "::1.2.3.4", "::ffff:1.2.3.4",
      "64:ff9b::255.255.255.255", "1:2:3:4:5:6:1.2.3.4" } do
      assert.is_true(is_taken(host), host)
    end
  end)

  it("is refused where it is none, or has a zone", function()
    for _, host in ipairs { "", ":", "1", "1:2", ":1", "1:", ":1::", "1::2:", ":::", "1:::2",
      "::1::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:", "12345::",
      "::g", "1::3:4:5:6:7:8:9", "::1:2:3:4:5:6:7:8", "::1%25eth0", "fe80::1%eth0", "1.2.3.4",
      "::1.2.3", "::1.2.3.4.5", "::256.1.1.1", "::01.2.3.4", "::1.2.3.4:5", "::.2.3.4",
      "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.4::", " ::1", "::1 ", "[::1]", "::1/64" } do
      assert.is_false(is_taken(host), host)
    end
    for _, url in ipairs { "https://[::1", "https://::1", "https://::1]", "https://[::1]]",
      "https://[::1].", "https://x[::1]", "http://[::ffff:1.2.3.4]" } do
      assert.is_nil((new { base_url = url }), url)
    end
  end)
end)

describe("option", function()
  it("api_version is the newest unless told otherwise", function()
    assert.matches("^https://graph%.facebook%.com/v26%.0/1/", request_of({}).url)
    assert.matches("/v25%.0/1/", request_of({ api_version = "v25.0" }).url)
  end)

  it("base_url may end in a slash", function()
    assert.matches("^https://a%.b:1/v26", request_of({ base_url = "https://a.b:1/" }).url)
  end)

  it("user_agent is appended to what matches Meta's rule", function()
    local plain = request_of({}).headers["User-Agent"]
    assert.matches("^waba/%d+%.%d+%.%d+$", plain)
    assert.equal("waba/" .. waba._VERSION, plain)
    local request = request_of { user_agent = "my-app/1.2" }
    assert.equal(plain .. " my-app/1.2", request.headers["User-Agent"])
  end)

  it("access_token goes in a header and nowhere else", function()
    local request = request_of {}
    assert.equal("Bearer " .. stub.TOKEN, request.headers.Authorization)
    assert.not_matches(stub.TOKEN, request.url, 1, true)
  end)

  it("app_secret makes the proof of Meta's kind, and is not sent", function()
    local request = request_of { app_secret = "TEST_SECRET" }
    local proof = "c50620e96e6bae5b5b8f56cc2c65f9cbf067c5f93e1dd6e262a60c9cf0ee99f4"
    assert.matches("&appsecret_proof=" .. proof .. "$", request.url)
    assert.not_matches("TEST_SECRET", request.url, 1, true)
  end)

  it("attempt_timeout is what a transport is given", function()
    assert.equal(20, request_of({}).timeout)
    assert.equal(7.5, request_of({ attempt_timeout = 7.5 }).timeout)
  end)

  it("timeout bounds an attempt, and a call can set its own", function()
    assert.equal(3, request_of({ timeout = 3 }).timeout)
    local client, requests = stub.client(stub.reply(200, '{"data":[]}'), { timeout = 3 })
    assert(client:system_users("1", { timeout = 2 }))
    assert.equal(2, requests[1].timeout)
    assert(client:system_users("1", { timeout = 8 }))
    assert.equal(8, requests[2].timeout)
  end)

  it("ca_file that is not there fails on the call, as tls, and nothing was sent", function()
    local client = assert(new { ca_file = "/nonexistent.pem",
      base_url = "https://127.0.0.1:" .. loopback.dead_port() })
    local result, err = client:assign("1", "2", "MANAGE")
    assert.is_nil(result)
    assert.is_true(err.kind == "tls" or err.kind == "network", err.kind)
    assert.not_equal("indeterminate", err.kind)
  end)

  it("tables are not kept: a later change of them changes nothing", function()
    local options = { access_token = "FIRST", api_version = "v25.0" }
    local requests
    options.transport, requests = stub.transport(stub.reply(200, '{"data":[]}'))
    local client = assert(waba.new(options))
    options.access_token, options.api_version, options.transport = "SECOND", "v1.0", nil
    assert(client:system_users("1"))
    assert.equal("Bearer FIRST", requests[1].headers.Authorization)
    assert.matches("/v25.0/", requests[1].url, 1, true)
  end)
end)

describe("a proxy", function()
  local REFUSED = { "bogus://x:1", "http://u:p@127.0.0.1:99999", "[::bad", "http://a b", "ftp://x",
    "http://x:0", "http://u:p w@x" }
  for _, proxy in ipairs(REFUSED) do
    it("is refused before anything is sent, and not shown: " .. proxy, function()
      local client, err = waba.new { access_token = "T", proxy = proxy }
      assert.is_nil(client)
      assert.equal("invalid", err.kind)
      assert.is_nil(tostring(err):find(proxy, 1, true))
    end)
  end

  for _, proxy in ipairs { "http://u:p@proxy.example:3128", "socks5h://[::1]:1080", "proxy:1" } do
    it("may be " .. proxy, function()
      assert(waba.new { access_token = "T", proxy = proxy })
    end)
  end

  it("must be on this machine where base_url is http, or it would see the token", function()
    local options = { access_token = "T", base_url = "http://127.0.0.1:1", proxy = "proxy:1" }
    local client, err = waba.new(options)
    assert.is_nil(client)
    assert.matches("proxy must be on a loopback address", err.message)
    options.proxy = "http://127.0.0.1:1"
    assert(waba.new(options))
  end)

  it("keeps its password out of errors", function()
    local client = assert(waba.new {
      access_token = "T", proxy = "http://user:s3cretpw@127.0.0.1:1", max_attempts = 1,
      transport = function() return nil, "no way to http://user:s3cretpw@127.0.0.1:1" end,
    })
    local _, err = client:system_users("1")
    assert.equal("no way to http://[redacted]@127.0.0.1:1", err.message)
  end)
end)

describe("http is for loopback only:", function()
  for _, host in ipairs { "127.999.1.1", "127.0.0.256", "127.0.0.09", "127.08.0.1", "127.1" } do
    it(host .. " is a name that somebody else may answer for", function()
      local client, err = waba.new { access_token = "T", base_url = "http://" .. host }
      assert.is_nil(client)
      assert.equal("invalid", err.kind)
    end)
  end
end)
