--- Clients, and the module's own functions.

local raw = require "spec.support.raw"
local stub = require "spec.support.stub"
local waba = require "waba"

local EMPTY = stub.reply(200, '{"data":[]}')

describe("a client", function()
  it("is closed once and for all, and says so", function()
    local client = stub.client(EMPTY)
    assert.is_false(client:closed())
    client:close()
    assert.is_true(client:closed())
    client:close()
    assert.is_true(client:closed())
  end)

  it("that is closed sends nothing, and its calls fail as closed", function()
    local client, requests = stub.client(EMPTY)
    client:close()
    for _, operation in ipairs(stub.OPERATIONS) do
      local result, err = stub.call(client, operation)
      assert.is_nil(result)
      assert.equal("closed", err.kind)
      assert.equal("the client was closed", err.message)
      assert.equal(operation, err.operation)
      assert.equal(0, err.attempts)
      assert.is_false(err.retryable)
    end
    assert.equal(0, #requests)
  end)

  it("that is closed says so, whatever its arguments", function()
    local client = stub.client(EMPTY)
    client:close()
    local _, err = client:system_users("x")
    assert.equal("closed", err.kind)
    assert.equal("the client was closed", err.message)
  end)

  it("that is closed before its first call over libcurl is closed", function()
    local client = assert(waba.new { access_token = "x" })
    client:close()
    local _, err = client:system_users("1")
    assert.equal("closed", err.kind)
  end)

  it("that is closed inside its transport ends that call as closed", function()
    local client
    client = stub.client(function()
      client:close()
      return EMPTY
    end)
    local result, err = client:system_users("1")
    assert.is_nil(result)
    assert.equal("closed", err.kind)
  end)

  it("that is closed inside its transport still says that a write succeeded", function()
    local client
    client = stub.client(function()
      client:close()
      return stub.reply(200, "true")
    end)
    assert.is_true(stub.call(client, "assign"))
  end)

  it("that is closed inside its transport still says that a write's fate is unknown", function()
    for _, answer in ipairs { stub.reply(502, "<html>"), stub.lost("reset", "network") } do
      local client
      client = stub.client { function()
        client:close()
        if answer.lost then return nil, answer.message end
        return answer
      end }
      local _, err = stub.call(client, "assign")
      assert.equal("indeterminate", err.kind)
    end
  end)

  it("that is closed inside its token function sends nothing", function()
    local client, requests
    client, requests = stub.client(EMPTY, { access_token = function()
      client:close()
      return "TOKEN"
    end })
    local _, err = client:system_users("1")
    assert.equal("closed", err.kind)
    assert.equal(0, #requests)
  end)

  it("that is closed inside its clock ends the call as closed", function()
    local clock, client = stub.clock()
    local sleep = clock.sleep
    clock.sleep = function(seconds)
      client:close()
      sleep(seconds)
    end
    client = stub.client(stub.reply(503, ""), { clock = clock, max_attempts = 5 })
    local _, err = client:system_users("1")
    assert.equal("closed", err.kind)
  end)

  it("can call itself inside its transport", function()
    local client, depth = nil, 0
    client = stub.client(function()
      depth = depth + 1
      if depth < 3 then assert.same({}, (client:system_users("2"))) end
      return EMPTY
    end)
    assert.same({}, (client:system_users("1")))
    assert.equal(3, depth)
  end)

  it("is usable after its transport raised an error, which goes to the caller", function()
    local client = stub.client { function() error("broken", 0) end, EMPTY }
    assert.error_matches(function() client:system_users("1") end, "broken")
    assert.same({}, (client:system_users("1")))
  end)

  it("is usable after its transport answered nonsense", function()
    local client = stub.client { function() return "nonsense" end, EMPTY }
    assert.error_matches(function() client:system_users("1") end, "a response must be a table")
    assert.same({}, (client:system_users("1")))
  end)

  it("lets an error of a token function through", function()
    local client = stub.client(EMPTY, { access_token = function() error("no vault", 0) end })
    assert.error_matches(function() client:system_users("1") end, "no vault")
  end)

  it("shares nothing with another one", function()
    local one, one_requests = stub.client(EMPTY, { access_token = "ONE", api_version = "v25.0" })
    local other, other_requests = stub.client(EMPTY, { access_token = "OTHER" })
    one:system_users("1")
    other:system_users("1")
    one:close()
    assert.same({}, (other:system_users("1")))
    assert.equal("Bearer ONE", one_requests[1].headers.Authorization)
    assert.equal("Bearer OTHER", other_requests[2].headers.Authorization)
    assert.matches("v25.0", one_requests[1].url, 1, true)
    assert.matches("v26.0", other_requests[1].url, 1, true)
  end)

  it("shows where it talks to, and no secret", function()
    local client = stub.client(EMPTY, { base_url = "https://a.b:1", app_secret = "SECRETSECRET" })
    assert.equal("waba.Client: https://a.b:1/v26.0", tostring(client))
    client:close()
    assert.equal("waba.Client: closed", tostring(client))
  end)

  it("hides its metatable", function()
    local client = stub.client(EMPTY)
    assert.is_false(getmetatable(client))
    assert.has_error(function() setmetatable(client, {}) end)
  end)

  it("can be extended by its owner", function()
    local client = stub.client(EMPTY)
    client.name = "mine"
    assert.equal("mine", client.name)
    assert.same({}, (client:system_users("1")))
  end)

  it("takes methods that are kept aside", function()
    local client = stub.client(EMPTY)
    local list = client.system_users
    assert.same({}, (list(client, "1")))
  end)

  it("lists with one call of the transport, and writes with one", function()
    for _, operation in ipairs(stub.OPERATIONS) do
      local body = operation:find("users") and '{"data":[]}' or "true"
      local client, requests = stub.client(stub.reply(200, body))
      assert(stub.call(client, operation))
      assert.equal(1, #requests)
    end
  end)

  if _VERSION == "Lua 5.4" then
    it("is closed at the end of its scope with <close>", function()
      local client = stub.client(EMPTY)
      assert(load("local client <close> = ...; assert(not client:closed())"))(client)
      assert.is_true(client:closed())
    end)

    it("is closed with <close> when an error leaves the scope", function()
      local client = stub.client(EMPTY)
      assert.is_false((pcall(load("local client <close> = ...; error('out')"), client)))
      assert.is_true(client:closed())
    end)
  end
end)

describe("the module", function()
  it("says its version as Meta's rule for user agents wants it", function()
    assert.matches("^%d+%.%d+%.%d+$", waba._VERSION)
  end)

  it("makes no globals", function()
    local script = "local before = {} for k in pairs(_G) do before[k] = true end require 'waba' "
      .. "for k in pairs(_G) do assert(before[k], k) end print 'clean'"
    local pipe = assert(io.popen(raw.interpreter() .. " -e " .. raw.quote(script) .. " 2>&1"))
    assert.equal("clean", (pipe:read("*a"):gsub("%s+$", "")))
    pipe:close()
  end)

  --- Runs a script in a process with these variables and no other of ours.
  local function run(variables, script)
    local words = { "env -u WABA_ACCESS_TOKEN -u WABA_APP_SECRET -u WABA_API_VERSION",
      "-u WABA_GRAPH_URL" }
    for name, value in pairs(variables) do words[#words + 1] = name .. "=" .. raw.quote(value) end
    words[#words + 1] = raw.interpreter() .. " -e " .. raw.quote(script) .. " 2>&1"
    local pipe = assert(io.popen(table.concat(words, " ")))
    local output = pipe:read("*a")
    pipe:close()
    return (output:gsub("%s+$", ""))
  end

  it("without a token in the environment says which variable to set", function()
    local output = run({}, "local r, e = require 'waba'.system_users('1') print(r, e.kind, e.hint)")
    assert.matches("^nil\tinvalid\t.*WABA_ACCESS_TOKEN", output)
  end)

  it("with a bad variable says which option it is", function()
    local output = run({ WABA_ACCESS_TOKEN = "x", WABA_GRAPH_URL = "http://graph.facebook.com" },
      "local r, e = require 'waba'.system_users('1') print(r, e.message)")
    assert.matches("^nil\tbase_url must be ", output)
  end)

  it("takes the token, secret, version and URL from the environment", function()
    local server = raw.start()
    server:script { { { "send", raw.http(200, '{"data":[{"id":"7"}]}') } } }
    local output = run({ WABA_ACCESS_TOKEN = "TEST_TOKEN", WABA_APP_SECRET = "TEST_SECRET",
      WABA_API_VERSION = "v25.0", WABA_GRAPH_URL = server.url },
      "local list = require 'waba'.system_users print(list('1')[1].id, list('1')[1].id)")
    local log = server:log()
    server:stop()
    assert.equal("7\t7", output)
    assert.matches("^GET /v25%.0/1/system_users%?", log.requests[1].line)
    assert.matches("appsecret_proof=c50620e96e6bae5b", log.requests[1].line, 1, true)
    assert.matches("Authorization: Bearer TEST_TOKEN\r\n", log.requests[1].head, 1, true)
    assert.equal(1, log.connections)
  end)

  it("has every operation as a function, which checks like the method", function()
    local output = run({ WABA_ACCESS_TOKEN = "x" }, [[
      local waba = require "waba"
      for _, name in ipairs { "assign", "assigned_users", "system_users", "unassign" } do
        local ok, message = pcall(waba[name], 1, 2, 3)
        assert(not ok and message:find("quote it", 1, true), message)
        local _, err = waba[name]("x", "1", "MANAGE")
        assert(err.kind == "invalid" and err.operation == name)
      end
      print "all"]])
    assert.equal("all", output)
  end)

  it("has every method but those that README.md says are for a client of one's own", function()
    local methods = require("waba.client").methods
    local own = { closed = true } -- goes without saying, with close
    local text = require("spec.support.markdown").read("README.md")
    local list = text:match("Only ([^.]-) are\nfor a client of one's own")
    for name in list:gmatch("`(%l+)`") do own[name] = true end
    for name in pairs(methods) do assert.equal(not own[name], waba[name] ~= nil, name) end
    for name in pairs(own) do assert.is_function(methods[name], name) end
    assert.is_function(waba.system_user_named)
    assert.is_function(waba.ensure)
  end)
end)

describe("the default client", function()
  local SCRIPT = "'print(select(2, require(\"waba\").system_users(\"1\")))'"

  local function run(environment)
    local vm = jit and "luajit" or "lua5.4"
    local pipe = io.popen(("env %s %s -e %s"):format(environment, vm, SCRIPT))
    local output = pipe:read("*a")
    pipe:close()
    return output
  end

  it("takes an empty variable for one that is not set", function()
    local output = run("WABA_ACCESS_TOKEN=T WABA_APP_SECRET= WABA_API_VERSION= "
      .. "WABA_GRAPH_URL=http://127.0.0.1:1")
    assert.matches("^network: ", output)
  end)

  it("says which variables it is made from", function()
    local output = run("WABA_ACCESS_TOKEN=")
    assert.matches("hint: the default client is made from WABA_ACCESS_TOKEN", output)
  end)
end)

describe("libcurl's module", function()
  it("refuses a core of another version", function()
    local core = package.loaded["waba.core"]
    package.loaded["waba.curl"] = nil
    package.loaded["waba.core"] = { version = "0.0.1" }
    local sound, message = pcall(require, "waba.curl")
    package.loaded["waba.core"] = core
    package.loaded["waba.curl"] = nil
    assert.is_false(sound)
    assert.matches("found waba.core 0.0.1: install them together", message, 1, true)
    assert.truthy(require "waba.curl")
  end)
end)

describe("the clock", function()
  local clock = require("waba.core").clock

  it("sleeps, and not at all for nothing, nonsense or the past", function()
    local before = clock.now()
    clock.sleep(0.001)
    clock.sleep(0)
    clock.sleep(-1)
    clock.sleep(0 / 0)
    assert.is_true(clock.now() > before)
  end)

  it("gives chances within [0, 1)", function()
    for _ = 1, 1000 do
      local chance = clock.random()
      assert.is_true(chance >= 0 and chance < 1)
    end
  end)
end)
