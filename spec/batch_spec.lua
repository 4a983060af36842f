--- Many requests as one, and each with its own reply.

local json = require("waba.core").json
local params = require "waba.sandbox.params"
local sandboxes = require "waba.sandbox"
local stub = require "spec.support.stub"
local turns = require "waba.turns"
local waba = require "waba"

local unpack = table.unpack or unpack -- luacheck: ignore

local world = sandboxes.world
local ROOT = "https://graph.facebook.com/"

local function get(path, token)
  return { method = "GET", url = ROOT .. path,
    headers = { Authorization = "Bearer " .. (token or "T") } }
end

local function post(path, body)
  return { method = "POST", url = ROOT .. path, body = body,
    headers = { Authorization = "Bearer T" } }
end

--- Sends each request from a coroutine of its own, through a batch over the transport.
---@return table answers what came back for each, with `sound` and `n`
local function run(transport, requests)
  local turn = turns.new(function() return 0 end, function() end)
  local send, answers = waba.transport.batch(transport, turn), {}
  local function keep(i, sound, ...)
    answers[i] = { sound = sound, n = select("#", ...), ... }
  end
  for i, request in ipairs(requests) do
    turn:begin(function() keep(i, pcall(send, request, request.timeout or 20)) end)
  end
  for _ = 1, 1000 do
    if turn.active == 0 then return answers end
    turn:go()
  end
  error "the requests came to no end"
end

local function part(code, body, headers)
  return json.encode({ code = code, body = body, headers = headers })
end

local function whole(parts, headers)
  return stub.reply(200, "[" .. table.concat(parts, ",") .. "]", headers)
end

local function is_batch(request)
  return request.method == "POST" and request.url:match("^%a+://[^/]+/%??[^/]*$") ~= nil
end

local function items_of(request)
  return assert(json.items(params.decode_form(request.body).batch))
end

--- A transport that keeps what it was asked, over another one.
local function watched(transport)
  local requests = {}
  return function(request, timeout)
    requests[#requests + 1] = request
    request.timeout = timeout
    return transport(request, timeout)
  end, requests
end

--- A client on a sandbox.
local function client_on(sandbox, options)
  local settings = { access_token = world.admin_token, clock = (stub.clock()) }
  for key, value in pairs(options or {}) do settings[key] = value end
  local requests
  settings.transport, requests = watched(options and options.transport or sandbox)
  return assert(waba.new(settings)), requests
end

local function fleet_id(i) return ("70000000%03d"):format(i) end

--- The ids of n accounts: on one alone, its budget would slow down many calls.
local function fleet(n)
  local ids = {}
  for i = 1, n do ids[i] = fleet_id(i) end
  return ids
end

--- A sandbox with such accounts, three users assigned on each.
local function sandbox_with_fleet(change)
  local seed = sandboxes.seed()
  local assigned = seed.wabas[3].assigned
  for i = 1, 120 do
    seed.wabas[#seed.wabas + 1] = {
      id = fleet_id(i), name = "Account " .. i, business = world.business, assigned = assigned,
    }
  end
  if change then change(seed) end
  return sandboxes.new(seed)
end

local function who(client, options)
  return function(id) return client:assigned_users(id, world.business, options) end
end

describe("a batch call", function()
  local PAIR = { get("v26.0/1/assigned_users?business=2&appsecret_proof=ab01"),
    post("v26.0/3/assigned_users?appsecret_proof=ab01", "user=1&tasks=%5B%22A%22%5D") }
  local request

  before_each(function()
    run(function(given, timeout)
      request, given.timeout = given, timeout
      return whole { part(200, "{}"), part(200, "true") }
    end, PAIR)
  end)

  it("goes to the root, with the proof and without the token", function()
    assert.equal("POST", request.method)
    assert.equal(ROOT .. "?appsecret_proof=ab01", request.url)
    assert.equal("Bearer T", request.headers.Authorization)
    assert.equal("application/x-www-form-urlencoded", request.headers["Content-Type"])
    assert.is_nil(request.body:find("access_token", 1, true))
  end)

  it("has the same bytes each time", function()
    assert.equal("include_headers=true&batch=%5B%7B%22method%22%3A%22GET%22%2C%22relative_url%22"
      .. "%3A%22v26.0%5C%2F1%5C%2Fassigned_users%3Fbusiness%3D2%26appsecret_proof%3Dab01%22%2C"
      .. "%22omit_response_on_success%22%3Afalse%7D%2C%7B%22method%22%3A%22POST%22%2C"
      .. "%22relative_url%22%3A%22v26.0%5C%2F3%5C%2Fassigned_users%3Fappsecret_proof%3Dab01%22%2C"
      .. "%22body%22%3A%22user%3D1%26tasks%3D%255B%2522A%2522%255D%22%2C"
      .. "%22omit_response_on_success%22%3Afalse%7D%5D", request.body)
  end)

  it("has the version in each item's address, and asks for every reply", function()
    assert.same({
      { method = "GET", omit_response_on_success = false,
        relative_url = "v26.0/1/assigned_users?business=2&appsecret_proof=ab01" },
      { method = "POST", omit_response_on_success = false, body = "user=1&tasks=%5B%22A%22%5D",
        relative_url = "v26.0/3/assigned_users?appsecret_proof=ab01" },
    }, items_of(request))
  end)

  it("leaves the requests as they are", function()
    assert.same(get("v26.0/1/assigned_users?business=2&appsecret_proof=ab01"), PAIR[1])
  end)

end)

describe("the time of a batch", function()
  local LATE = { nil, "the timeout passed before the batch was answered", "timeout" }

  --- Sends requests, each with its timeout; `carry` passes the time until a reply comes.
  ---@return table answers and the second each came at
  ---@return table timeouts of what was sent
  local function timed(requests, carry)
    local clock = stub.clock()
    local turn = turns.new(clock.now, clock.sleep)
    local began, answers, timeouts = clock.now(), {}, {}
    local send = waba.transport.batch(function(request, timeout)
      timeouts[#timeouts + 1] = timeout
      carry(clock, turn)
      return is_batch(request) and whole { part(200, "1"), part(200, "2"), part(200, "3") }
        or stub.reply(200, "alone")
    end, turn)
    for i, request in ipairs(requests) do
      turn:begin(function()
        answers[i] = { send(request, request.timeout) }
        answers[i].at = math.floor((clock.now() - began) * 10 + 0.5) / 10
      end)
    end
    while turn.active > 0 do turn:go() end
    return answers, timeouts
  end

  local function with(timeout, token)
    local request = get("v26.0/1", token)
    request.timeout = timeout
    return request
  end

  it("is the longest of its items; one that has less is answered when that ends", function()
    local answers, timeouts = timed({ with(1), with(7), with(3) }, function(_, turn)
      turn:await({}, 5)
    end)
    assert.same({ 7 }, timeouts)
    assert.same({ LATE[1], LATE[2], LATE[3], true, at = 1.1 }, answers[1])
    assert.same({ "2", 5 }, { answers[2][1].body, answers[2].at })
    assert.same({ LATE[1], LATE[2], LATE[3], true, at = 3.1 }, answers[3])
  end)

  it("may be over before it goes: nothing is sent then", function()
    local answers, timeouts = timed({ with(20), with(3, "U"), with(2, "U"), with(9, "V") },
      function(clock) clock.sleep(5) end)
    assert.same({ 20, 4 }, timeouts)
    for i = 2, 3 do assert.same({ LATE[1], LATE[2], LATE[3], false, at = 5 }, answers[i]) end
    assert.equal("alone", answers[4][1].body)
  end)

  it("of one call is not another's", function()
    local clock = stub.clock()
    local client
    client = stub.client(function()
      client.claim.turns:await({}, 2)
      return whole { part(200, "true"), part(200, "true"), part(200, "true") }
    end, { clock = clock })
    local results, errors = client:map({ 1, 2, 3 }, function(i)
      local timeout = i == 2 and 1 or 9
      return client:assign(fleet_id(i), world.system_user, "MANAGE", { timeout = timeout })
    end, { batch = true })
    assert.same({ true, nil, true }, results)
    assert.equal("indeterminate", errors[2].kind)
  end)
end)

describe("what goes together", function()
  --- How many items each request had; 0 is a plain request.
  local function sizes(requests)
    local list = {}
    run(function(request)
      local n = is_batch(request) and #items_of(request) or 0
      list[#list + 1] = n
      if n == 0 then return stub.reply(200, "{}") end
      local parts = {}
      for i = 1, n do parts[i] = part(200, "{}") end
      return whole(parts)
    end, requests)
    return list
  end

  local function many(n)
    local requests = {}
    for i = 1, n do requests[i] = get("v26.0/" .. i) end
    return requests
  end

  for n, expected in pairs {
    [1] = { 0 }, [2] = { 2 }, [49] = { 49 }, [50] = { 50 }, [51] = { 50, 0 },
    [130] = { 50, 50, 30 },
  } do
    it(("of %d requests is %s"):format(n, table.concat(expected, ", ")), function()
      assert.same(expected, sizes(many(n)))
    end)
  end

  it("never has two tokens", function()
    local requests = {}
    for i = 1, 6 do requests[i] = get("v26.0/" .. i, "T" .. i % 2) end
    local tokens = {}
    run(function(request)
      for _, item in ipairs(items_of(request)) do
        tokens[item.relative_url] = request.headers.Authorization
      end
      return whole { part(200, "1"), part(200, "2"), part(200, "3") }
    end, requests)
    for _, request in ipairs(requests) do
      assert.equal(request.headers.Authorization, tokens[request.url:sub(#ROOT + 1)])
    end
  end)

  it("never has two proofs, or two hosts", function()
    local other = get("v26.0/4")
    other.url = other.url:gsub("graph", "grape")
    assert.same({ 0, 0, 2, 0 }, sizes { get("v26.0/1?appsecret_proof=aa"),
      get("v26.0/2?appsecret_proof=bb"), get("v26.0/3"), get("v26.0/5"), other })
  end)

  it("has the version: a request without one goes alone", function()
    assert.same({ 0, 0, 2 }, sizes { get("1"), get("me"), get("v26.0/1"), get("v26.0/2") })
  end)

  it("comes from the turns: any other request goes alone, at once", function()
    local turn = turns.new(function() return 0 end, function() end)
    local transport, requests = watched(function() return stub.reply(200, "here") end)
    local send = waba.transport.batch(transport, turn)
    assert.equal("here", send(get("v26.0/1"), 5).body)
    assert.same({ "GET", 5 }, { requests[1].method, requests[1].timeout })
  end)
end)

describe("the reply to a batch", function()
  local UNANSWERED = {
    nil, "Graph ended the batch before this request was answered", "timeout", true,
  }

  local function answers_to(reply, requests)
    return run(function() return reply end, requests or { get("v26.0/1"), get("v26.0/2") })
  end

  it("goes to each item: its status, its headers, its body", function()
    local answers = answers_to(whole({
      part(200, '{"a":1}', { { name = "ETag", value = "x" },
        { name = "X-App-Usage", value = "1" } }),
      part(404, "gone", { { name = "X", value = "y" } }),
    }, { ["x-app-usage"] = "9", etag = "whole" }))
    assert.same({ status = 200, body = '{"a":1}', headers = { etag = "x", ["x-app-usage"] = "1" } },
      answers[1][1])
    assert.same({ status = 404, body = "gone", headers = { x = "y", ["x-app-usage"] = "9" } },
      answers[2][1])
  end)

  it("says of an account what is said of it, unless its item says more", function()
    local BUC = "x-business-use-case-usage"
    local function usage_of(header, headers)
      local answers = answers_to(whole({ part(200, "{}", headers), part(200, "{}") },
        { [BUC] = header }))
      return answers[1][1].headers[BUC], answers[2][1].headers[BUC]
    end
    assert.same({ nil, '{"2":[{"call_count":7}]}' },
      { usage_of '{"2":[{"call_count":7}],"3":[{"call_count":100}]}' })
    assert.same({ "own", nil },
      { usage_of('{"1":[{"call_count":7}]}', { { name = BUC:upper(), value = "own" } }) })
    -- Where it names none of theirs, but a business, say, or nothing, it is of both.
    for _, header in ipairs { "b", "17%", "5", "[]", "[5]", "null", '{"3":5}', "{}", '{"1":' } do
      assert.same({ header, header }, { usage_of(header) })
    end
    assert.same({}, { usage_of(5) })
  end)

  it("holds nothing of an item whose time ended before it left", function()
    local fake = { time = 0 }
    local woken, item
    function fake.now() return fake.time end
    function fake.runs_here() return true end
    function fake.await(_, key)
      item = key
      fake.time = 5 -- its time is over, and nobody had it go
    end
    function fake.wake(_, key) woken = key end
    local sent = {}
    local carry = require("waba.transport.batch")(function(request)
      sent[#sent + 1] = request
      return { status = 200 }
    end, fake)
    local request = { method = "POST", url = "https://h/v26.0/1/assigned_users",
      headers = { Authorization = "Bearer T" }, body = "user=1" }
    local _, _, kind, left = carry(request, 1)
    assert.equal("timeout", kind)
    assert.is_false(left)
    fake.idle()
    assert.is_nil(woken)
    assert.is_not_nil(item)
    assert.same({}, sent)
  end)

  it("parks no account but the one that its header names", function()
    local ids = fleet(32)
    local parts = {}
    for i = 1, #ids do parts[i] = part(200, '{"data":[]}') end
    local reply = whole(parts, { ["x-business-use-case-usage"] =
      ('{"%s":[{"call_count":100,"estimated_time_to_regain_access":5}]}'):format(ids[7]) })
    local client = client_on(function() return reply end)
    client:map(ids, who(client), { batch = true })
    local parked = {}
    for id, usage in pairs(client:usage().accounts) do
      if usage.parked_seconds > 0 then parked[#parked + 1] = id end
    end
    assert.same({ ids[7] }, parked)
  end)

  for name, text in pairs {
    ["null"] = "null", ["a number"] = "5", ["true"] = "true", ["an empty object"] = "{}",
    ["an item without a code"] = '{"body":"{}"}', ["a code that is null"] = '{"code":null}',
    ["a code that is none"] = '{"code":99}', ["a code too high"] = '{"code":600}',
    ["a code with a fraction"] = '{"code":200.5}', ["a code that is an object"] = '{"code":{}}',
    ["a list"] = "[1]",
  } do
    it(("that has %s for an item leaves that one unanswered, and no other"):format(name), function()
      local answers = answers_to(whole { text, part(200, "second") })
      assert.same(UNANSWERED, { unpack(answers[1], 1, 4) })
      assert.equal("second", answers[2][1].body)
      answers = answers_to(whole { part(200, "first"), text })
      assert.equal("first", answers[1][1].body)
      assert.same(UNANSWERED, { unpack(answers[2], 1, 4) })
    end)
  end

  it("that is too short leaves the rest unanswered; too long, nobody minds", function()
    assert.same(UNANSWERED, { unpack(answers_to(whole { part(200, "a") })[2], 1, 4) })
    assert.same(UNANSWERED, { unpack(answers_to(whole {})[1], 1, 4) })
    local long = whole { part(200, "a"), part(200, "b"), part(200, "c") }
    assert.equal("b", answers_to(long)[2][1].body)
  end)

  for name, text in pairs {
    ["no body"] = '{"code":204}', ["null for a body"] = '{"code":204,"body":null,"headers":null}',
    ["an object for a body"] = '{"code":204,"body":{"a":1},"headers":{"a":1}}',
    ["broken headers"] = '{"code":204,"headers":[null,5,{"name":"a"},{"name":1,"value":"b"}]}',
    ["a code in quotes"] = '{"code":"204"}',
  } do
    it(("that has %s for an item is read as far as it goes"):format(name), function()
      assert.same({ status = 204, headers = {}, body = "" },
        answers_to(whole { text, part(200, "") })[1][1])
    end)
  end

  it("that never came is everyone's loss, told as it was", function()
    for _, answer in ipairs(run(function() return nil, "broke", "tls", false end,
      { get("v26.0/1"), post("v26.0/2", "a") })) do
      assert.same({ nil, "broke", "tls", false }, { unpack(answer, 1, 4) })
    end
  end)

  it("that is none is everyone's to complain of", function()
    for _, answer in ipairs(run(function() return 5 end, { get("v26.0/1"), get("v26.0/2") })) do
      assert.same({ 5 }, { unpack(answer, 1, 4) })
    end
  end)

  it("that a transport raises instead is raised for everyone", function()
    local answers = run(function() error("out of order", 0) end, { get("v26.0/1"), get("v26.0/2") })
    for i = 1, 2 do assert.same({ false, "out of order" }, { answers[i].sound, answers[i][1] }) end
  end)
end)

describe("a batch that fails as a whole", function()
  local ENVELOPE = '{"error":{"message":"m","code":%d}}'
  local OLD = '{"error_code":190,"error_description":"Invalid OAuth access token signature"}'
  local PAGE = "<html>away</html>"

  -- What each of them comes to: for a read, for a write.
  for _, case in ipairs {
    { "a dead token", stub.reply(400, ENVELOPE:format(190)), "auth", "auth" },
    { "a throttle", stub.reply(400, ENVELOPE:format(4)), "throttled", "throttled" },
    { "an error under a good status", stub.reply(200, ENVELOPE:format(190)), "auth", "auth" },
    { "an error of older parts of Graph", stub.reply(400, OLD), "auth", "auth" },
    { "one of those under a good status", stub.reply(200, OLD), "auth", "auth" },
    { "an error that is null", stub.reply(200, '{"error":null,"error_code":null}'),
      "network", "indeterminate" },
    { "a 404 without words", stub.reply(404, ""), "not_found", "not_found" },
    { "a 503 of Graph", stub.reply(503, ENVELOPE:format(2)), "transient", "indeterminate" },
    { "a page of a gateway", stub.reply(502, PAGE), "transient", "indeterminate" },
    { "a good status without JSON", stub.reply(200, PAGE), "network", "indeterminate" },
    { "what would be one item's success", stub.reply(200, '{"success":true}'),
      "network", "indeterminate" },
    { "a bare true", stub.reply(200, "true"), "network", "indeterminate" },
    { "what would be an empty page", stub.reply(200, '{"data":[]}'), "network", "indeterminate" },
    { "no reply", stub.lost("m", "timeout", true), "timeout", "indeterminate" },
    { "no connection", stub.lost("m", "network", false), "network", "network" },
  } do
    it(("with %s tells each call the truth"):format(case[1]), function()
      local client, requests = stub.client(case[2])
      local _, errors = client:map({ "read", "write", "read" }, function(what)
        if what == "write" then return stub.call(client, "assign") end
        return stub.call(client, "assigned_users")
      end, { batch = true })
      assert.equal(1, #requests)
      for i, kind in ipairs { case[3], case[4], case[3] } do
        assert.equal(kind, errors[i] and errors[i].kind)
      end
    end)
  end
end)

describe("map with `batch`", function()
  it("is off unless asked for", function()
    local client, requests = client_on(sandbox_with_fleet())
    client:map(fleet(10), who(client))
    assert.equal(10, #requests)
    for _, request in ipairs(requests) do assert.equal("GET", request.method) end
  end)

  it("takes nothing but a boolean", function()
    local client = client_on(sandbox_with_fleet())
    assert.error_matches(function() client:map({}, who(client), { batch = 50 }) end,
      "option 'batch' must be a boolean")
  end)

  it("gives what it gives without, in a fiftieth of the requests", function()
    local client, requests = client_on(sandbox_with_fleet())
    local plain = client:map(fleet(120), who(client))
    local before = #requests
    local results, errors, stopped = client:map(fleet(120), who(client), { batch = true })
    assert.same(plain, results)
    assert.same({}, errors)
    assert.is_nil(stopped)
    assert.equal(3, #requests - before)
  end)

  it("lets the client go back to single requests", function()
    local client, requests = client_on(sandbox_with_fleet())
    client:map(fleet(5), who(client), { batch = true })
    assert(who(client)(world.team_waba))
    assert.equal("GET", requests[#requests].method)
  end)

  it("has calls of one function in several batches", function()
    local client, requests = client_on(sandbox_with_fleet())
    local results = client:map(fleet(50), function(id)
      local users = assert(client:system_users(world.business))
      return #users + #assert(client:assigned_users(id, world.business))
    end, { batch = true })
    assert.equal(50, #results)
    assert.equal(2, #requests)
  end)

  it("follows pages", function()
    local client = client_on(sandbox_with_fleet())
    local results, errors = client:map(fleet(60), who(client, { limit = 1 }), { batch = true })
    assert.same({}, errors)
    for i = 1, 60 do assert.equal(3, #results[i]) end
  end)

  it("keeps an item's error to the item", function()
    local client = client_on(sandbox_with_fleet())
    local results, errors = client:map({ world.team_waba, "404404", world.team_waba }, function(id)
      return client:assigned_users(id, world.business)
    end, { batch = true })
    assert.equal("not_found", errors[2].kind)
    assert.is_nil(results[2])
    assert.same({ 3, 3 }, { #results[1], #results[3] })
  end)

  it("reads an unanswered item again, on its own", function()
    local sandbox = sandbox_with_fleet()
    sandbox:fault { path = "assigned_users", nth = 3, timeout = true }
    local client, requests = client_on(sandbox)
    local results, errors = client:map(fleet(10), who(client), { batch = true })
    assert.same({}, errors)
    assert.equal(10, #results)
    assert.same({ "POST", "GET" }, { requests[1].method, requests[2].method })
    assert.equal(2, #requests)
  end)

  it("reads several unanswered items again in a batch of their own", function()
    local sandbox = sandbox_with_fleet()
    sandbox:fault { path = "assigned_users", nth = 3, times = 4, timeout = true }
    local client, requests = client_on(sandbox)
    local _, errors = client:map(fleet(10), who(client), { batch = true })
    assert.same({}, errors)
    assert.equal(4, #items_of(requests[2]))
    assert.equal(2, #requests)
  end)

  it("says of an unanswered write that it may have been done, and does not repeat it", function()
    for _, applied in ipairs { true, false } do
      local sandbox = sandbox_with_fleet()
      sandbox:fault { method = "POST", path = "assigned_users", timeout = true, applied = applied }
      local client = client_on(sandbox)
      local results, errors = client:map({ world.waba, world.team_waba }, function(id)
        return client:assign(id, world.system_user, { "MANAGE" })
      end, { batch = true })
      assert.equal("indeterminate", errors[1].kind)
      assert.equal(1, errors[1].attempts)
      assert.is_true(results[2])
      local sent = 0
      for _, entry in ipairs(sandbox.log) do
        if entry.method == "POST" and entry.path:find(world.waba, 1, true) then sent = sent + 1 end
      end
      assert.equal(1, sent)
    end
  end)

  it("has one write at a time for an account, as ever", function()
    local client, requests = client_on(sandbox_with_fleet())
    local _, errors = client:map({ 1, 1, 2, 2 }, function(i)
      return client:assign(fleet_id(i), world.system_user, { "MANAGE" })
    end, { batch = true })
    assert.same({}, errors)
    assert.same({ 2, 2 }, { #items_of(requests[1]), #items_of(requests[2]) })
  end)

  it("puts no two tokens into one batch", function()
    local tokens, n = { world.admin_token, world.employee_token }, 0
    local client, requests = client_on(sandbox_with_fleet(), { access_token = function()
      n = n + 1
      return tokens[n % 2 + 1]
    end })
    local _, errors = client:map(fleet(20), who(client), { batch = true })
    assert.same({}, errors)
    assert.equal(2, #requests)
    assert.not_equal(requests[1].headers.Authorization, requests[2].headers.Authorization)
  end)

  it("proves the app secret for the whole and for each", function()
    local sandbox = sandbox_with_fleet(function(seed) seed.require_proof = true end)
    local client, requests = client_on(sandbox, { app_secret = world.app_secret })
    local _, errors = client:map(fleet(3), who(client), { batch = true })
    assert.same({}, errors)
    assert.matches("/%?appsecret_proof=%x+$", requests[1].url)
  end)

  it("works over a transport that yields", function()
    local sandbox = sandbox_with_fleet()
    local client = client_on(sandbox, { transport = function(request)
      assert.equal("an answer", coroutine.yield("a question"))
      return sandbox(request)
    end })
    local results, asked = nil, 0
    local task = coroutine.create(function()
      results = client:map(fleet(101), who(client), { batch = true })
    end)
    local _, what = coroutine.resume(task)
    while coroutine.status(task) ~= "dead" and asked < 1000 do
      assert.equal("a question", what)
      asked = asked + 1
      _, what = coroutine.resume(task, "an answer")
    end
    assert.equal(101, #results)
    assert.equal(3, asked)
  end)

  it("tells Ctrl-C from a failure, and ends", function()
    local client = stub.client(function() error("interrupted!", 0) end)
    local _, _, stopped = client:map(fleet(60), function()
      return stub.call(client, "system_users")
    end, { batch = true })
    assert.equal("interrupted!", stopped.reason)
  end)
end)

describe("random faults under a batched map", function()
  local kinds = {
    { timeout = true }, { timeout = true, applied = true }, { broken = true, sent = false },
    { status = 503, body = { error = { code = 2, message = "m", is_transient = true } } },
  }

  for seed = 1, 20 do
    it(("leave what the results claim, seed %d"):format(seed), function()
      local state = seed
      local function random(n)
        state = (state * 16807) % 2147483647
        return state % n + 1
      end
      local sandbox = sandbox_with_fleet()
      for _ = 1, 4 do
        local rule = { nth = random(12) }
        for key, value in pairs(kinds[random(#kinds)]) do rule[key] = value end
        if random(2) == 1 then rule.path = "assigned_users" end
        sandbox:fault(rule)
      end
      local client = client_on(sandbox)
      local users = { world.system_user, world.spare_user, world.admin }
      local results, errors = client:map(users, function(user)
        assert(client:system_users(world.business))
        return client:assign(world.waba, user, { "MANAGE" })
      end, { batch = true })
      local shown = {}
      sandbox.rules = {}
      for _, user in ipairs(assert(client:assigned_users(world.waba, world.business))) do
        shown[user.id] = true
      end
      for i, user in ipairs(users) do
        local err = errors[i]
        if results[i] then assert.is_true(shown[user]) end
        if type(err) == "table" and err.kind ~= "indeterminate" then assert.is_nil(shown[user]) end
        assert.is_true((results[i] == nil) ~= (err == nil))
      end
    end)
  end
end)
