--- A token and an app secret that can be recognised go through every path; whatever comes out is
-- searched for them. The server is hostile: it says the token back wherever it can.

local core = require "waba.core"
local loopback = require "spec.support.loopback"
local raw = require "spec.support.raw"
local stub = require "spec.support.stub"
local waba = require "waba"

-- Not of the shape of Meta's tokens: only knowing it can take it away.
local TOKEN, SECRET = "CANARY-tok.en|x_0123456789", "CANARY+sec/ret=0123456789"
-- And one of that shape, of somebody else.
local FOREIGN = "EAACANARYgm0PX4ZCpsBO0ZBqWZC8ZB1ZCxyz0123456789"
-- One that is passed as an argument, which stub.CALLS does.
local PASSED = "PASSED_TOKEN"
-- One that a call makes.
local MINTED = "CANARY-minted.tok|en_9876543210"

-- The proof is a secret too: with the token it is all that a caller needs.
local PROOF
do
  local client, requests = stub.client(stub.reply(200, "true"), { access_token = TOKEN,
    app_secret = SECRET })
  stub.call(client, "assign")
  PROOF = requests[1].url:match("appsecret_proof=(%x+)$")
end

local function is_clean(text)
  for _, secret in ipairs { TOKEN, (TOKEN:gsub("|", "%%7C")), SECRET, FOREIGN, PROOF, PASSED,
    MINTED } do
    if text:find(secret, 1, true) then return false, secret end
  end
  return true
end

--- Searches a value, its tostring, and all that can be reached from it without debug.
-- What makes tokens, or takes them.
local TOKEN_CALLS = { "create_token", "debug_token", "invalidate_tokens", "refresh_token",
  "revoke_token" }

local function search(value, seen, path)
  seen, path = seen or {}, path or "result"
  if type(value) ~= "string" and seen[value] then return end
  local clean, secret = is_clean(tostring(value))
  assert(clean, ("%s shows %s"):format(path, tostring(secret)))
  if type(value) ~= "table" then return end
  seen[value] = true
  for key, item in pairs(value) do
    search(key, seen, path .. " key")
    search(item, seen, path .. "." .. tostring(key))
  end
  local mt = getmetatable(value)
  if type(mt) == "table" then search(mt, seen, path .. " metatable") end
end

local function client_of(answers, options)
  local settings = { access_token = TOKEN, app_id = "1", app_secret = SECRET }
  for key, value in pairs(options or {}) do settings[key] = value end
  return stub.client(answers, settings)
end

local ECHOES = {
  message = table.concat({ "bad token", TOKEN, SECRET, PROOF, FOREIGN }, " "),
  url = "https://graph.facebook.com/v26.0/1?access_token=" .. TOKEN:gsub("|", "%%7C") .. "&limit=1",
  header = "Authorization: Bearer " .. TOKEN,
}

local HEADERS = { ["x-fb-trace-id"] = TOKEN, ["www-authenticate"] = ECHOES.message,
  location = ECHOES.url, ["x-fb-debug"] = TOKEN }

--- Replies that say secrets back, of every kind of failure there is.
local function hostile_replies()
  local replies = {}
  local function add(status, body)
    local text = type(body) == "table" and core.json.encode(body) or body
    replies[#replies + 1] = stub.reply(status, text, HEADERS)
  end
  for _, text in pairs(ECHOES) do
    for _, code in ipairs { 1, 2, 4, 100, 102, 104, 190, 200, 368, 803, 80008, 424242 } do
      add(400, { error = { message = text, type = text, code = code, error_user_title = text,
        error_user_msg = text, fbtrace_id = text, error_data = { details = text } } })
    end
    add(400, { error = { message = text, error_data = text } })
    add(400, { error = text })
    add(400, { error_code = 190, error_description = text })
    add(400, { error_type = text, error_message = text })
    add(200, { success = false, message = text })
    add(200, { success = text })
    add(200, { data = text, paging = { next = text } })
    add(200, { data = {}, paging = { next = text } })
    for _, status in ipairs { 200, 302, 401, 404, 500, 502 } do
      add(status, "<html><body>" .. text .. "</body></html>")
      add(status, text)
    end
  end
  return replies
end

describe("the canary", function()
  it("sings: what is searched for is found where it is", function()
    assert.has_error(function() search { a = { b = "x" .. TOKEN } } end)
    assert.has_error(function() search { [SECRET] = true } end)
    local printing = setmetatable({}, { __tostring = function() return PROOF end })
    assert.has_error(function() search(printing) end)
    assert.has_error(function() search("access_token=" .. TOKEN:gsub("|", "%%7C")) end)
    assert.has_error(function() search { FOREIGN } end)
    search { a = { b = "nothing" } }
  end)

  for _, operation in ipairs(stub.OPERATIONS) do
    it("is in no error of " .. operation .. ", whatever the server says back", function()
      for _, reply in ipairs(hostile_replies()) do
        local client = client_of(reply)
        local result, err = stub.call(client, operation)
        assert.is_nil(result)
        search(err)
      end
    end)

    it("is in no error of " .. operation .. " that a transport words", function()
      for _, text in pairs(ECHOES) do
        for _, kind in ipairs { "network", "timeout", "tls" } do
          for _, sent in ipairs { true, false } do
            local _, err = stub.call(client_of(stub.lost(text, kind, sent)), operation)
            search(err)
          end
        end
      end
    end)
  end

  for _, operation in ipairs(TOKEN_CALLS) do
    it("is in no error of " .. operation .. ", nor is a token that it takes or makes", function()
      local echo = stub.reply(400, core.json.encode { error = { code = 190, message = PASSED .. " "
        .. TOKEN .. " " .. SECRET, error_user_msg = PASSED, fbtrace_id = PASSED } })
      local replies, takes = hostile_replies(), stub.CALLS[operation][1] == PASSED
      if takes then replies[#replies + 1] = echo end
      for _, status in ipairs { 302, 400, 500 } do
        replies[#replies + 1] = stub.reply(status, '{"access_token":"' .. MINTED .. '"}')
      end
      for _, reply in ipairs(replies) do
        local _, err = stub.call(client_of(reply), operation)
        search(err)
      end
      for _, sent in ipairs { true, false } do
        local words = takes and PASSED or TOKEN
        local _, err = stub.call(client_of(stub.lost("no: " .. words, "network", sent)), operation)
        search(err)
      end
    end)
  end

  it("is in a minted token's answer alone: not in events, nor in a recording", function()
    for _, operation in ipairs { "create_token", "refresh_token" } do
      local path, events = os.tmpname(), {}
      local transport, requests = stub.transport(
        stub.reply(200, '{"access_token":"' .. MINTED .. '","expires_in":5}',
          operation == "refresh_token" and HEADERS or nil))
      local client = assert(waba.new { access_token = TOKEN, app_id = "1", app_secret = SECRET,
        transport = waba.transport.record(path, transport),
        on_event = function(event) events[#events + 1] = event end })
      assert.equal(MINTED, assert(stub.call(client, operation)).access_token)
      search(events)
      search(client)
      local file = assert(io.open(path))
      local recorded = file:read("*a")
      file:close()
      os.remove(path)
      assert.matches('access_token\\":\\"[redacted]', recorded, 1, true)
      search(recorded)
      search(requests[1].url:gsub("appsecret_proof=%x+", ""))
    end
  end)

  it("is in no link of an inner list that an answer holds", function()
    for _, name in ipairs { "paging", [[\u0070aging]], [[p\u0061ging]], [[pagin\u0067]],
      [[pa\u0067\u0069\u006E\u0067]] } do
      local inner = '{"id":"1","users":{"data":[],"' .. name .. '":{"next":"' .. ECHOES.url
        .. '","previous":"' .. ECHOES.url .. '"}}}'
      local client = client_of { stub.reply(200, '{"data":[' .. inner .. "]}"),
        stub.reply(200, inner), stub.reply(200, '{"data":' .. inner .. "}") }
      for _, operation in ipairs { "owned_accounts", "account", "debug_token" } do
        local answer = assert(stub.call(client, operation))
        search(answer)
        assert.is_true((answer[1] or answer).users.paging.next)
      end
    end
  end)

  it("is in no error where the token comes from a function", function()
    for _, reply in ipairs(hostile_replies()) do
      local client = client_of(reply, { access_token = function() return TOKEN end })
      local _, err = stub.call(client, "assign")
      search(err)
    end
  end)

  it("is in no error of a token function that fails", function()
    for _, value in ipairs { FOREIGN .. "\r\n", "a " .. FOREIGN, FOREIGN .. " b" } do
      local client = client_of({}, { access_token = function() return value end })
      local _, err = stub.call(client, "assign")
      search(err)
      client = client_of({}, { access_token = function() return nil, value end })
      _, err = stub.call(client, "assign")
      search(err)
    end
  end)

  it("is in no list, although it is in what links its pages", function()
    local client, requests = client_of {
      stub.reply(200, core.json.encode { data = { { id = "1" } }, summary = { total_count = 2 },
        paging = { cursors = { after = "a" }, next = ECHOES.url,
          previous = ECHOES.url } }, HEADERS),
      stub.reply(200, '{"data":[{"id":"2"}],"summary":{"total_count":2}}', HEADERS),
    }
    local users, summary = client:system_users("1", { summary = true })
    assert.equal(2, #users)
    search(users)
    search(summary)
    for _, request in ipairs(requests) do
      assert.is_nil(request.url:find(TOKEN, 1, true))
      assert.is_nil(request.url:find("access_token", 1, true))
      assert.is_nil(request.url:find(SECRET, 1, true))
    end
  end)

  it("is nowhere in a client, before, during and after its life", function()
    local client
    client = client_of(function()
      search(client)
      return stub.reply(200, "true")
    end)
    search(client)
    stub.call(client, "assign")
    search(client)
    client:close()
    search(client)
  end)

  it("is in no message of a refused option, whichever option it was given as", function()
    for _, name in ipairs { "api_version", "app_secret", "base_url", "ca_file", "proxy",
      "user_agent" } do
      for _, value in ipairs { TOKEN .. "\n", "https://" .. FOREIGN .. "@host", SECRET .. " " } do
        local _, err = waba.new { access_token = "x", [name] = value }
        if err then search(err) end
      end
    end
    for _, value in ipairs { TOKEN .. "\n", " " .. TOKEN, FOREIGN .. "é" } do
      local _, err = waba.new { access_token = value }
      search(err)
    end
  end)

  it("is in no message of a raised error of usage", function()
    local mistakes = {
      function() waba.new { access_token = TOKEN, app_secret = SECRET, timeout = TOKEN } end,
      function() waba.new { access_token = { TOKEN } } end,
      function() waba.new { access_token = TOKEN, transport = SECRET } end,
      function() waba.new { access_token = TOKEN, base_url = 5 } end,
      function() client_of({}):system_users("1", { limit = TOKEN }) end,
      function() client_of({}):system_users({ TOKEN }) end,
      function() client_of({}).system_users(TOKEN) end,
      function() stub.call(client_of(function() return TOKEN end), "assign") end,
      function() stub.call(client_of(function() return { status = TOKEN } end), "assign") end,
      function() stub.call(client_of({ status = 200, body = { TOKEN } }), "assign") end,
    }
    for i, mistake in ipairs(mistakes) do
      local ok, message = pcall(mistake)
      assert.is_false(ok, "mistake " .. i)
      search(message)
    end
  end)

  it("is in no message of an argument it was given as", function()
    local client = client_of(stub.reply(200, "true"))
    for _, call in ipairs {
      function(text) return client:system_users(text) end,
      function(text) return client:assign("1", text, "MANAGE") end,
      function(text) return client:assign("1", "2", text) end,
      function(text) return client:assigned_users("1", text) end,
      function(text) return client:system_users("1", { fields = text .. " " }) end,
    } do
      for _, text in ipairs { TOKEN, "x" .. TOKEN .. "x", SECRET, FOREIGN,
        "access_token=" .. TOKEN } do
        local result, err = call(text)
        assert.is_nil(result)
        search(err)
      end
    end
  end)

  it("is in no error of a client that is closed meanwhile", function()
    for _, operation in ipairs(stub.OPERATIONS) do
      for _, reply in ipairs(hostile_replies()) do
        local client
        client = client_of(function()
          client:close()
          return reply
        end)
        local _, err = stub.call(client, operation)
        search(err)
        client = client_of(function()
          client:close()
          return nil, ECHOES.message
        end)
        _, err = stub.call(client, operation)
        search(err)
      end
    end
  end)

  it("is in no error of another client's either", function()
    client_of(stub.reply(200, "true"))
    local reply = stub.graph_error(400, { code = 100, message = ECHOES.header })
    local err = stub.failure("assign", reply)
    search(err)
  end)

  describe("over libcurl", function()
    local server = raw.start()
    teardown(function() server:stop() end)

    local function client_on(answers, options)
      server:script(answers)
      local settings = { access_token = TOKEN, app_secret = SECRET, base_url = server.url,
        attempt_timeout = 0.5, max_attempts = 1, budget = stub.FORGETFUL }
      for key, value in pairs(options or {}) do settings[key] = value end
      return assert(waba.new(settings))
    end

    it("is in no error, whatever the server says back", function()
      local lines = {}
      for name, value in pairs(HEADERS) do lines[#lines + 1] = name .. ": " .. value end
      local answers, replies = {}, hostile_replies()
      for i, reply in ipairs(replies) do
        answers[i] = { { "send", raw.http(reply.status, reply.body, lines) } }
      end
      local client = client_on(answers)
      for _ in ipairs(replies) do
        local result, err = stub.call(client, "assign")
        assert.is_nil(result)
        search(err)
      end
      search(client)
      client:close()
    end)

    it("is in no error that libcurl words", function()
      local ways = { { { "close" } }, { { "reset" } }, { { "silence" } },
        { { "send", TOKEN .. "\r\n" } } }
      for _, way in ipairs(ways) do
        for _, operation in ipairs { "assign", "system_users" } do
          local client = client_on { way }
          local result, err = stub.call(client, operation)
          assert.is_nil(result)
          search(err)
          client:close()
        end
      end
      local dead = client_on({}, { base_url = "http://127.0.0.1:" .. loopback.dead_port() })
      local _, err = stub.call(dead, "unassign")
      search(err)
    end)

    it("is on the wire in one place: the Authorization header", function()
      local client = client_on { { { "send", raw.http(200, "true") } } }
      for _, operation in ipairs(stub.WRITES) do assert.is_true((stub.call(client, operation))) end
      client:close()
      for _, request in ipairs(server:log().requests) do
        local _, count = (request.head .. request.body):gsub("CANARY%-tok", "")
        assert.equal(1, count)
        local line = "\r\nAuthorization: Bearer " .. TOKEN .. "\r\n"
        assert.is_truthy(request.head:find(line, 1, true))
        assert.is_nil((request.head .. request.body):find("CANARY+sec", 1, true))
      end
    end)

    it("is in nothing that a process writes that fails with it", function()
      server:script { { { "send", raw.http(400, core.json.encode {
        error = { code = 190, message = ECHOES.message } }) } } }
      local script = ("local w = require 'waba' local c = w.new { access_token = %q, "
        .. "app_secret = %q, base_url = %q } print(c, c:assign('1', '2', 'MANAGE')) "
        .. "local _, e = c:assign('1', '2', 'MANAGE') for k, v in pairs(e) do print(k, v) end "
        .. "io.stderr:write(tostring(e)) assert(c:assign('1', '2', 'MANAGE'))"):format(
        TOKEN, SECRET, server.url)
      local pipe = assert(io.popen(raw.interpreter() .. " -e " .. raw.quote(script) .. " 2>&1"))
      local output = pipe:read("*a")
      pipe:close()
      assert.matches("%[redacted%]", output)
      search(output)
    end)
  end)
end)
