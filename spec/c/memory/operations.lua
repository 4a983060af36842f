-- SPDX-License-Identifier: MIT
-- Objects as answers, arguments of every type, calls by path, the matrix of a business.

local kit = ...
local ACCOUNT, USER, TOKEN, SUCCESS = kit.ACCOUNT, kit.USER, kit.TOKEN, kit.SUCCESS
local core, waba, scenario, call = kit.core, kit.waba, kit.scenario, kit.call
local same, again, stub, reply = kit.same, kit.again, kit.stub, kit.reply

local LINK = '"paging":{"cursors":{"after":"c"},"next":"https://x/?access_token=' .. TOKEN .. '"}'

call("objects", {
  reply(200, '{"id":"1","name":"N","users":{"data":[],' .. LINK .. "}}"),
  reply(200, '{"id":5}'), reply(200, '{"access_token":"EAAminted0123456789012345"}'),
}, function(client)
  local account = assert(client:account(ACCOUNT, { fields = { "id", "name" } }))
  same(account.name, "N", "name")
  same(account.users.paging.next, true, "link")
  same(assert(client:create_system_user(ACCOUNT, "Frühschicht", "ADMIN")).id, "5", "id")
  local made = assert(client:create_token(USER, "1", { "a_b", "c" }, { expires = true }))
  same(made.access_token, "EAAminted0123456789012345", "token")
end)

call("arguments refused", {}, function(client)
  same(select(2, client:create_system_user(ACCOUNT, "a\n", "ADMIN")).kind, "invalid", "name")
  same(select(2, client:create_system_user(ACCOUNT, "a", "KING")).kind, "invalid", "role")
  same(select(2, client:create_token(USER, "1", { "A" })).kind, "invalid", "scopes")
  same(select(2, client:debug_token("a b")).kind, "invalid", "token")
  same(select(2, client:refresh_token("a")).kind, "invalid", "app_id")
  same(select(2, client:get("..")).kind, "invalid", "path")
  same(select(2, client:get("1", { method = "x" })).kind, "invalid", "name of a parameter")
end)

scenario("tokens", {
  prepare = function()
    return assert(waba.new { access_token = TOKEN, app_id = "1", app_secret = "s3cret",
      transport = stub(
        reply(200, '{"data":{"is_valid":true}}'),
        reply(400, '{"error":{"code":190,"message":"bad PASSED.tok"}}'),
        reply(200, '{"success":"true"}'), SUCCESS),
      clock = { now = function() return 0 end, sleep = function() end } })
  end,
  run = function(client)
    same(assert(client:debug_token("PASSED.tok")).is_valid, true, "data")
    same(select(2, client:revoke_token("PASSED.tok")).message, "bad [redacted]", "message")
    same(client:revoke_token("PASSED.tok"), true, "revoked")
  end,
  after = kit.check_client,
})

call("by path", {
  reply(200, '{"data":[{"id":1}],' .. LINK .. "}"), reply(200, "true"), reply(200, "{}"),
}, function(client)
  local page = assert(client:get(ACCOUNT .. "/x", { a = { "x", 1 }, b = true, c = "\195\169" }))
  same(page.data[1].id, "1", "id")
  same(page.paging.next, true, "link")
  same(client:post(ACCOUNT .. "/x", { a = "b" }), true, "answer")
  same(next(client:delete(ACCOUNT)), nil, "answer")
end)

scenario("an object taken again", {
  prepare = function()
    return core.calls.account(core.settings { access_token = TOKEN }, ACCOUNT)
  end,
  run = function(request)
    same(again(request.step, request, 0, 0), "send", "step")
    again(request.request, request)
    again(request.feed, request, reply(200, '{"id":"1"}'))
    local step, account = again(request.step, request, 0, 0)
    same(step, "done", "step")
    same(account.id, "1", "id")
  end,
})

local USERS = '"assigned_users":{"data":[{"id":"7","name":"N","tasks":["MANAGE"]}]}'

call("access", {
  reply(200, '{"data":[{"id":"7","name":"N"}]}'),
  reply(200, '{"data":[{"id":"1","name":"A",' .. USERS .. "}]}"),
  reply(200, '{"data":[{"id":"2","name":"B"}]}'),
  reply(200, '{"data":[{"id":"7"}]}'),
  reply(200, '{"data":[{"id":"2","tasks":["DEVELOP"]}]}'),
}, function(client)
  local access = assert(client:access(ACCOUNT))
  same(access.requests, 5, "requests")
  same(access.accounts[1].tasks["7"][1], "MANAGE", "nested")
  same(access.accounts[2].tasks["7"][1], "DEVELOP", "filled")
end)
