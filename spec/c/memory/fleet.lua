-- SPDX-License-Identifier: MIT
-- Budgets, iterators, ensure and revoke, maps over every driver, batches, events, recordings.

local kit = ...
local ACCOUNT, USER, TOKEN, SUCCESS, waba = kit.ACCOUNT, kit.USER, kit.TOKEN, kit.SUCCESS, kit.waba
local scenario, call, same, stub, reply = kit.scenario, kit.call, kit.same, kit.stub, kit.reply
local page, client_of, check_client = kit.page, kit.client_of, kit.check_client

local BUSINESS = "9876543210987654"

--- What came of each input, or the kind of its error. Out of memory goes on, as from any call.
local function outcomes(results, errors, stopped)
  for i = 1, 2 do
    if type(errors[i]) == "string" then error(errors[i], 0) end
  end
  if stopped then error(stopped.reason, 0) end
  for i = 1, 2 do
    if results[i] == nil then results[i] = errors[i].kind end
  end
  return results[1], results[2]
end

-- ---- budgets ------------------------------------------------------------------------------------

local function used(app, accounts)
  return reply(200, '{"success":true}', { ["x-app-usage"] = app,
    ["x-business-use-case-usage"] = accounts })
end

call("usage headers", {
  used('{"call_count":28,"total_time":25,"total_cputime":9.5}',
    ('{"%s":[{"type":"messages","call_count":11},{"call_count":"12%%","total_time":-1}],"7":[]}')
      :format(ACCOUNT)),
  used("17%", '[{"call_count":1}]'), used("{", "{{"), used("5", "6%"),
}, function(client)
  for _ = 1, 4 do same(client:assign(ACCOUNT, USER, "MANAGE"), true, "assign") end
  same(client:usage().accounts[ACCOUNT].percent > 0, true, "percent")
end)

scenario("throttled", {
  prepare = function()
    return client_of(reply(400, '{"error":{"message":"m","code":80008}}',
      { ["x-business-use-case-usage"] =
        ('{"%s":[{"call_count":100,"estimated_time_to_regain_access":19}]}'):format(ACCOUNT) }))
  end,
  run = function(client)
    same(select(2, client:assign(ACCOUNT, USER, "MANAGE")).kind, "throttled", "kind")
    same(client:usage().accounts[ACCOUNT].parked_seconds, 1140, "parked")
  end,
  after = function(client) -- whichever call came to the reply, it stands
    same(select(2, client:unassign(ACCOUNT, USER)).kind, "throttled", "afterwards")
  end,
})

-- ---- iterators, ensure, revoke ------------------------------------------------------------------

call("each", { page("1", "A"), page("2"), reply(500, "") }, function(client)
  local seen = {}
  for user in client:each("assigned_users", ACCOUNT, BUSINESS) do seen[#seen + 1] = user.id end
  same(table.concat(seen, " "), "1 2", "users")
  local user, err = client:each("system_users", BUSINESS)()
  same(user, false, "failure")
  same(err.kind, "transient", "kind")
end)

call("ensure", { reply(200, '{"data":[]}'), SUCCESS, page(USER), page(USER) }, function(client)
  same(client:ensure(ACCOUNT, USER, "MANAGE", { business = BUSINESS }), "assigned", "first")
  same(client:ensure(ACCOUNT, USER, "MANAGE", { business = BUSINESS }), "unchanged", "again")
end)

call("ensure, unverified", {
  reply(200, '{"data":[]}'), { lost = "broke" }, reply(403, '{"error":{"code":200,"message":"m"}}'),
}, function(client)
  local _, err = client:ensure(ACCOUNT, USER, { "MANAGE" }, { business = BUSINESS, exact = true })
  same(err.kind, "indeterminate", "kind")
  same(err.hint, "reading back failed: permission: m", "hint")
end)

call("revoke", { page(USER), SUCCESS, page("1"), page("1") }, function(client)
  same(client:revoke(ACCOUNT, USER, { business = BUSINESS }), "revoked", "first")
  same(client:revoke(ACCOUNT, USER, { business = BUSINESS }), "unchanged", "again")
end)

-- ---- maps ---------------------------------------------------------------------------------------

--- It lets the client go, whatever happened.
local function check_map(client)
  same(client.claim, nil, "in a map")
  check_client(client)
end

local function map_twice(client)
  return outcomes(client:map({ ACCOUNT, "x" }, function(account)
    return client:assign(account, USER, "MANAGE")
  end))
end

call("map", {}, function(client)
  local one, two = map_twice(client)
  same(one, true, "result")
  same(two, "invalid", "error")
end, check_map)

call("map, callbacks", {}, function(client)
  local done = 0
  local _, _, stopped = client:map({ ACCOUNT, ACCOUNT }, function(account)
    return client:assign(account, USER, "MANAGE")
  end, {
    on_result = function(_, value, err) if value == nil then error(err, 0) end end,
    on_progress = function(n) done = n end,
  })
  if stopped then error(stopped.reason, 0) end
  same(done, 2, "done")
end, check_map)

scenario("map, libcurl", {
  prepare = function()
    require "waba.curl"
    return assert(waba.new { access_token = TOKEN, base_url = "http://127.0.0.1:1",
      max_attempts = 1 })
  end,
  run = function(client)
    local one, two = map_twice(client)
    same(one, "network", "result")
    same(two, "invalid", "error")
  end,
  after = function(client)
    same(select(2, client:unassign(ACCOUNT, USER)).kind, "network", "afterwards")
    client:close()
    check_map(client)
  end,
})

call("map, batch", {
  reply(200, '[{"code":200,"headers":[{"name":"X-App-Usage","value":"{}"}],'
    .. '"body":"{\\"data\\":[]}"},null]'),
}, function(client)
  local one, two = outcomes(client:map({ ACCOUNT, USER }, function(account)
    return client:assigned_users(account, BUSINESS)
  end, { batch = true }))
  same(#one, 0, "answered")
  same(two, "timeout", "left out")
end, check_map)

-- ---- events, recordings -------------------------------------------------------------------------

scenario("events", {
  prepare = function()
    local types = {}
    return { types = types, client = assert(waba.new { access_token = TOKEN,
      transport = stub(reply(503, ""), page("1"), SUCCESS), on_event = function(event)
        types[#types + 1] = event.type
      end, clock = { now = function() return 0 end, sleep = function() end } }) }
  end,
  run = function(context)
    same(#context.client:system_users(BUSINESS), 1, "users")
    same(table.concat(context.types, " "), "request response retry request response page", "types")
  end,
  after = function(context) check_client(context.client) end,
})

scenario("recorded, replayed", {
  prepare = function()
    local path = os.tmpname()
    return { path = path, client = client_of(SUCCESS) }
  end,
  run = function(context)
    local transports = require "waba.transport"
    local request = { method = "GET", url = "https://graph.facebook.com/v26.0/1/system_users",
      headers = { Authorization = "Bearer " .. TOKEN } }
    local record = assert(transports.record(context.path, function()
      return reply(200, '{"token":"' .. TOKEN .. '"}')
    end))
    same(record(request, 1).status, 200, "recorded")
    record = nil -- luacheck: ignore
    local replay = assert(transports.replay(context.path))
    same(replay(request).body, '{"token":"[redacted]"}', "replayed")
  end,
  after = function(context)
    os.remove(context.path)
    check_client(context.client)
  end,
})
