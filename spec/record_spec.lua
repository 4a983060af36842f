--- Recordings: what is in the file, what never is, and what comes back out of it.

local json = require("waba.core").json
local sandboxes = require "waba.sandbox"
local stub = require "spec.support.stub"
local waba = require "waba"

local world = sandboxes.world
local record, replay = waba.transport.record, waba.transport.replay

local path
before_each(function() path = os.tmpname() end)
after_each(function() os.remove(path) end)

local function read()
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  return text
end

local function write(text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

local function entries()
  local list = {}
  for line in read():gmatch("([^\n]*)\n") do list[#list + 1] = assert(json.decode(line)) end
  return list
end

local GET = { method = "GET", url = "https://graph.facebook.com/v26.0/1/x?a=b",
  headers = { Authorization = "Bearer 1234|secret", Accept = "application/json" } }

local function get(url, token)
  return { method = "GET", url = "https://graph.facebook.com/" .. url,
    headers = { Authorization = "Bearer " .. (token or "T") } }
end

--- Records one exchange; returns what the recorder answered.
local function once(request, response, message, kind, sent)
  local transport = assert(record(path, function() return response, message, kind, sent end))
  return transport(request, 5)
end

describe("a recording", function()
  it("that cannot be opened is told at once", function()
    local transport, message = record("/nowhere/at/all", function() end)
    assert.is_nil(transport)
    assert.matches("/nowhere/at/all", message)
  end)

  it("that cannot be written is told once, and no outcome is lost", function()
    local told = {}
    local function echo(request) return stub.reply(200, request.url) end
    local transport = assert(record("/dev/full", echo, function(message)
      told[#told + 1] = message
    end))
    for i = 1, 3 do
      local request = get("v26.0/" .. i)
      assert.equal(request.url, transport(request).body)
    end
    assert.equal(1, #told)
    assert.matches("^/dev/full: .*; the recording ends here$", told[1])
  end)

  it("begins the file anew", function()
    write("old\n")
    assert(record(path, function() end))
    assert.equal("", read())
  end)

  it("is one line an exchange, the same bytes each time", function()
    once(GET, stub.reply(200, '{"a":"b/c"}', { etag = "x", ["content-type"] = "y" }))
    assert.equal('{"request":{"headers":{"Accept":"application/json"},"method":"GET",'
      .. '"url":"https://graph.facebook.com/v26.0/1/x?a=b"},'
      .. '"response":{"body":"{\\"a\\":\\"b/c\\"}","headers":'
      .. '{"content-type":"y","etag":"x"},"status":200}}\n', read())
  end)

  it("is in the file when the transport returns", function()
    local transport = assert(record(path, function() return stub.reply(200, "") end))
    for i = 1, 3 do
      transport(GET, 5)
      assert.equal(i, #entries())
    end
  end)

  it("keeps how a reply was lost, and answers it as it was", function()
    assert.same({ nil, "it broke", "tls", false }, { once(GET, nil, "it broke", "tls", false) })
    assert.same({ message = "it broke", kind = "tls", sent = false }, entries()[1].lost)
    assert.same({ nil }, { (once(GET, nil)) })
    assert.same({ message = "no reply", kind = "network", sent = true }, entries()[1].lost)
  end)

  it("has no line for what a transport raised", function()
    local transport = assert(record(path, function() error("broken", 0) end))
    assert.error_matches(function() transport(GET, 5) end, "^broken$")
    assert.equal("", read())
  end)

  it("passes the request and its timeout on untouched", function()
    local seen
    assert(record(path, function(...) seen = { ... } return stub.reply(200, "") end))(GET, 7)
    assert.equal(GET, seen[1])
    assert.equal(7, seen[2])
    assert.equal("Bearer 1234|secret", GET.headers.Authorization)
  end)
end)

describe("a secret is nowhere in a recording:", function()
  local PROOF = ("0f"):rep(32)

  -- Each has a secret somewhere, for which S stands.
  for name, case in pairs {
    ["the token in Authorization"] = { token = "S" },
    ["the token, the header in lower case"] = { token = "S", header = "authorization",
      body = "S" },
    ["the token in the reply"] = { token = "S", body = '{"a":"S"}' },
    ["the token in paging.next"] = { token = "S",
      body = '{"paging":{"next":"https:\\/\\/h\\/?access_token=S&limit=5"}}' },
    ["another token in paging.next"] = { token = "T",
      body = '{"paging":{"next":"https:\\/\\/h\\/?access_token=S&limit=5"}}' },
    ["an app's token with Graph's escapes"] = { token = "T", secret = "4711\\u00257Cabcdef",
      part = "abcdef", body = '{"next":"x?access_token=S&a=b"}' },
    ["the same within the reply to a batch"] = { token = "T", secret = "4711\\\\u00257Cabcdef",
      part = "abcdef", body = '[{"code":200,"body":"{\\"next\\":\\"x?access_token=S&a=b\\"}"}]' },
    ["the own token with those escapes"] = { token = "4711|abcdef",
      secret = "4711\\\\u007cabcdef", part = "abcdef", body = '[{"body":"{\\"a\\":\\"S\\"}"}]' },
    ["a token that the reply brings"] = { token = "T", body = '{"access_token":"S"}' },
    ["a token that an item of a batch brings"] = { token = "T",
      body = '[{"code":200,"body":"{\\"access_token\\":\\"S\\"}"}]' },
    ["a token in the request's body"] = { token = "T", request_body = "a=b&access_token=S" },
    ["a token in the address"] = { token = "T", query = "access_token=S" },
    ["a proof in the address"] = { token = "T", query = "appsecret_proof=S", secret = PROOF },
    ["a proof in the items of a batch"] = { token = "T", query = "appsecret_proof=S",
      secret = PROOF, request_body = "batch=%5B%7Bappsecret_proof%3DS%22%7D%5D" },
    ["the token in a header of the reply"] = { token = "S", headers = { location = "x?t=S" } },
    ["a cookie"] = { token = "T", headers = { ["Set-Cookie"] = "S" } },
    ["the token in what is said of a loss"] = { token = "S", lost = "no way to S" },
  } do
    it(name, function()
      local secret = case.secret or "EAATESTabc-_.123"
      local function fill(text) return text and (text:gsub("S", (secret:gsub("%%", "%%%%")))) end
      local headers = {}
      for key, value in pairs(case.headers or {}) do headers[key] = fill(value) end
      local request = { method = "POST", body = fill(case.request_body),
        url = "https://graph.facebook.com/v26.0/1?" .. (fill(case.query) or "a=b"),
        headers = { [case.header or "Authorization"] = "Bearer " .. fill(case.token) } }
      if case.lost then
        once(request, nil, fill(case.lost))
      else
        once(request, stub.reply(200, fill(case.body) or "", headers))
      end
      assert.is_nil(read():find(secret, 1, true))
      assert.is_nil(read():find(case.part or secret, 1, true))
      assert.equal(1, #entries())
    end)
  end

  it("and what surrounds it stays", function()
    once(get("v26.0/1?appsecret_proof=" .. PROOF .. "&a=b"),
      stub.reply(200, '{"next":"x?access_token=abc&limit=5","a":"\\u0041\\u00e9\\\\"}'))
    assert.equal("https://graph.facebook.com/v26.0/1?appsecret_proof=[redacted]&a=b",
      entries()[1].request.url)
    local body = assert(json.decode(entries()[1].response.body))
    assert.same({ next = "x?access_token=[redacted]&limit=5", a = "Aé\\" }, body)
  end)
end)

describe("a replay", function()
  it("of no file, or of a file that is no recording, is told at once", function()
    local transport, message = replay("/nowhere/at/all")
    assert.is_nil(transport)
    assert.matches("/nowhere/at/all", message)
    local sound = '{"request":{"method":"GET","url":"/"},"response":{"status":200,"body":""}}\n'
    for _, broken in ipairs { "x", "5", "null", "{}", '{"request":{}}',
      '{"request":{"method":"GET","url":"/"}}', '{"request":{"method":"GET"},"lost":{}}',
      '{"request":{"method":"GET","url":"/"},"response":{"status":"a","body":""}}',
      '{"request":{"method":"GET","url":"/"},"response":{"status":200}}',
      '{"request":{"method":"GET","url":"/"},"response":{"status":42,"body":""}}',
      '{"request":{"method":"GET","url":"/"},"response":{"status":200.5,"body":""}}',
      '{"request":{"method":"GET","url":"/"},"response":{"status":200,"body":"","headers":"x"}}',
      '{"request":{"method":"GET","url":"/","body":{}},"lost":{}}',
      '{"request":{"method":"GET","url":"/","headers":"x"},"lost":{}}',
      '{"request":{"method":"GET","url":"/","headers":{"Authorization":5}},"lost":{}}',
      '{"request":{"method":"GET","url":"/","headers":["a"]},"lost":{}}',
      '{"request":{"method":"GET","url":"/"},"lost":{"kind":"bogus"}}',
      '{"request":{"method":"GET","url":"/"},"lost":{"kind":[]}}',
      '{"request":{"method":"GET","url":"/"},"lost":{"sent":5}}',
      '{"request":{"method":"GET","url":"/"},"lost":{"message":5}}',
      '{"request":{"method":"GET","url":"/"},"response":{"status":200,"body":""},"lost":{}}',
    } do
      write(sound .. "\n" .. broken .. "\n")
      transport, message = replay(path)
      assert.is_nil(transport, broken)
      assert.equal(path .. ":3: not a recorded exchange", message)
    end
    write(sound .. "\n")
    assert(replay(path))
  end)

  it("raises on a request that is not in it, naming it without its secrets", function()
    once(GET, stub.reply(200, ""))
    local transport = assert(replay(path))
    local raised = select(2, pcall(transport, get("v26.0/2?access_token=abc")))
    assert.equal(("replay: %s has no answer to this request: GET /v26.0/2?access_token=[redacted] ")
      :format(path), raised)
  end)

  it("raises on a request that came more often than it was recorded", function()
    once(GET, stub.reply(200, ""))
    local transport = assert(replay(path))
    transport(GET)
    assert.error_matches(function() transport(GET) end, "no answer left for this request: GET /v26")
  end)

  it("answers different requests in any order, the same one in its own", function()
    local n = 0
    local recorder = assert(record(path, function()
      n = n + 1
      return stub.reply(200, tostring(n))
    end))
    for _, url in ipairs { "v26.0/1", "v26.0/2", "v26.0/1" } do recorder(get(url)) end
    local transport = assert(replay(path))
    assert.equal("2", transport(get("v26.0/2")).body)
    assert.equal("1", transport(get("v26.0/1")).body)
    assert.equal("3", transport(get("v26.0/1")).body)
  end)

  it("tells requests apart by method, path, query and body; not by host, token or proof", function()
    local POST = { method = "POST", url = "https://a/v26.0/1?a=b", body = "c=d", headers = {} }
    once(POST, stub.reply(200, "found"))
    for key, value in pairs { method = "DELETE", url = "https://a/v26.0/1?a=c", body = "c=e" } do
      local other = { method = POST.method, url = POST.url, body = POST.body, headers = {} }
      other[key] = value
      assert.is_false((pcall(assert(replay(path)), other)))
    end
    for _, url in ipairs { "http://127.0.0.1:80/v26.0/1?a=b",
      "https://a/v26.0/1?a=b&appsecret_proof=ab", "https://a/v26.0/1?appsecret_proof=ab&a=b" } do
      local same = { method = "POST", url = url, body = "c=d",
        headers = { Authorization = "Bearer X" } }
      assert.equal("found", assert(replay(path))(same).body)
    end
  end)

  it("gives losses back as they were", function()
    once(GET, nil, "it broke", "tls", false)
    assert.same({ nil, "it broke", "tls", false }, { assert(replay(path))(GET) })
  end)
end)

describe("a client on a replay", function()
  local function work(transport, options)
    local settings = { access_token = world.admin_token, transport = transport,
      clock = (stub.clock()) }
    for key, value in pairs(options or {}) do settings[key] = value end
    local client = assert(waba.new(settings))
    local story = {}
    local function note(...) story[#story + 1] = { ... } end
    note(client:system_users(world.business))
    note(client:assigned_users(world.team_waba, world.business, { limit = 2 }))
    note(client:assigned_users(world.waba, world.business))
    note(client:assign(world.waba, world.system_user, { "MANAGE" }))
    note(client:assigned_users(world.waba, world.business))
    local _, err = client:unassign("404404", world.system_user)
    note(err.kind, err.message, err.code, err.fbtrace_id)
    return story
  end

  it("sees what it saw, also with another token, host and proof", function()
    local sandbox = sandboxes.new()
    sandbox:fault { path = "system_users", timeout = true }
    local story = work(assert(record(path, sandbox)))
    assert.equal(2, #story[2][1][1].tasks + #story[2][1][2].tasks)
    assert.same(story, work(assert(replay(path))))
    assert.same(story, work(assert(replay(path)), { access_token = "OTHER",
      base_url = "http://127.0.0.1:1", app_secret = world.app_secret }))
  end)

  it("does not wait for what raises: the program is told", function()
    once(GET, stub.reply(200, ""))
    local client = assert(waba.new { access_token = "T", transport = assert(replay(path)) })
    assert.error_matches(function() client:system_users("1") end, "^replay: ")
    local _, errors = client:map({ "1" }, function(id) return client:system_users(id) end)
    assert.matches("^replay: ", errors[1])
  end)

  it("has batches too", function()
    local function batched(transport)
      local client = assert(waba.new { access_token = world.admin_token, transport = transport,
        clock = (stub.clock()) })
      return { client:map({ world.waba, "404404", world.team_waba }, function(id)
        local users, err = client:assigned_users(id, world.business)
        return users and #users, err and err.kind
      end, { batch = true }) }
    end
    local seen = batched(assert(record(path, sandboxes.new())))
    assert.same({ { 0, [3] = 3 }, { [2] = "not_found" } }, seen)
    assert.equal(1, #entries())
    assert.same(seen, batched(assert(replay(path))))
  end)
end)

describe("a recording over libcurl", function()
  local raw = require "spec.support.raw"

  it("is the default", function()
    local server = raw.start()
    finally(function() server:stop() end)
    server:script { { { "send", raw.http(200, '{"data":[{"id":"1"}]}') } } }
    local client = assert(waba.new { access_token = "T", base_url = server.url,
      transport = assert(record(path)) })
    for _ = 1, 2 do assert.equal("1", assert(client:system_users("5"))[1].id) end
    assert.equal(1, server:log().connections)
    assert.equal(2, #entries())
    client = assert(waba.new { access_token = "T", transport = assert(replay(path)) })
    assert.equal("1", assert(client:system_users("5"))[1].id)
  end)

  it("goes to loopback only where it is not encrypted", function()
    local transport = assert(record(path))
    local response, message, kind, sent = transport({ method = "GET", url = "http://example.com/x",
      headers = { Authorization = "Bearer T" } }, 1)
    assert.same({ nil, "network", false }, { response, kind, sent })
    assert.matches("base_url", message)
  end)
end)
