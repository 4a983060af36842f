-- SPDX-License-Identifier: MIT
-- Calls that succeed, arguments that are refused, tokens, the steps of a call.

local kit = ...
local ACCOUNT, USER, TOKEN, SUCCESS, core = kit.ACCOUNT, kit.USER, kit.TOKEN, kit.SUCCESS, kit.core
local waba, scenario, call, same, raised = kit.waba, kit.scenario, kit.call, kit.same, kit.raised
local again, stub, reply = kit.again, kit.stub, kit.reply
local page, check_client = kit.page, kit.check_client

-- ---- writes -------------------------------------------------------------------------------------

call("assign", { SUCCESS }, function(client)
  same(client:assign(ACCOUNT, USER, { "MANAGE", "DEVELOP" }, { timeout = 5 }), true, "assign")
end)

call("assign, one task", { reply(200, "true") }, function(client)
  same(client:assign(ACCOUNT, USER, "MANAGE"), true, "assign")
end)

call("unassign", { reply(200, '{"success":"true"}') }, function(client)
  same(client:unassign(ACCOUNT, USER, {}), true, "unassign")
end)

call("arguments refused", {}, function(client)
  local function kind(...)
    local ok, err = client:assign(...)
    same(ok, nil, "result")
    return err.kind
  end
  same(kind("12x", USER, "MANAGE"), "invalid", "id")
  same(kind(ACCOUNT, USER, {}), "invalid", "no task")
  same(kind(ACCOUNT, USER, { "MANAGE", "MANAGE" }), "invalid", "repeated")
  same(kind(ACCOUNT, ("1"):rep(300), "MANAGE"), "invalid", "long")
  same(select(2, client:assign(ACCOUNT, USER, "manage")).hint, "did you mean MANAGE?", "hint")
  same(kind(ACCOUNT, USER, "MANAGE", { timeout = -1 }), "invalid", "timeout")
  same(select(2, client:system_users(ACCOUNT, { limit = 0 })).kind, "invalid", "limit")
  same(select(2, client:system_users(ACCOUNT, { fields = "a b" })).kind, "invalid", "fields")
end)

call("arguments raised", {}, function(client)
  local function says(text, ...)
    local message = raised(client.assign, client, ...)
    same(message:find(text, 1, true) ~= nil, true, message)
  end
  says("quote it", 1, USER, "MANAGE")
  says("must be a string of digits", {}, USER, "MANAGE")
  says("every task", ACCOUNT, USER, { 1 })
  says("did you mean 'timeout'", ACCOUNT, USER, "MANAGE", { timeot = 1 })
  says("must be a table", ACCOUNT, USER, "MANAGE", 1)
end)

-- ---- lists --------------------------------------------------------------------------------------

call("lists, all options", { page("1", "A"), page("2", "B"), page("3") }, function(client)
  local users, summary = client:assigned_users(ACCOUNT, USER,
    { fields = { "id", "name" }, limit = 7, summary = true, timeout = 9 })
  same(#users, 3, "users")
  same(users[3].id, "3", "id")
  same(users[1].tasks[1], "MANAGE", "tasks")
  same(summary.total_count, 3, "summary")
end)

call("list, cursor in the URL", {
  reply(200, '{"data":[],"paging":{"next":"https://x/?access_token=EAAx&after=a%3Db&z"}}'),
  page("2"),
}, function(client)
  same(#client:system_users(ACCOUNT), 1, "users")
end)

call("list, a cursor twice", { page("1", "A"), page("2", "A") }, function(client)
  local users, err = client:system_users(ACCOUNT)
  same(users, nil, "users")
  same(err.kind, "protocol", "kind")
end)

-- ---- the token from a function ------------------------------------------------------------------

scenario("token function", {
  prepare = function()
    local tokens, at = { TOKEN, nil, "b ad", TOKEN }, 0
    return assert(waba.new {
      access_token = function()
        at = math.min(at + 1, 4)
        return tokens[at], "vault closed"
      end,
      app_secret = "s3cret", transport = stub(SUCCESS) })
  end,
  run = function(client)
    same(client:assign(ACCOUNT, USER, "MANAGE"), true, "assign")
    same(select(2, client:assign(ACCOUNT, USER, "MANAGE")).kind, "auth", "none")
    same(select(2, client:assign(ACCOUNT, USER, "MANAGE")).kind, "auth", "bad")
  end,
  after = check_client,
})

local full = '{"error":{"message":"(#190) expired EAAcanarycanarycanarycanary0123456789",'
  .. '"type":"OAuthException","code":190,"error_subcode":463,"is_transient":false,'
  .. '"error_user_title":"Title","error_user_msg":"Words","fbtrace_id":"Trace"}}'

-- ---- the call itself ----------------------------------------------------------------------------

scenario("steps taken again", {
  prepare = function()
    local settings = core.settings { access_token = TOKEN }
    local request = core.calls.system_users(settings, ACCOUNT)
    return { call = request, page("1", "A"), page("2", "B"), page("3") }
  end,
  run = function(context)
    local ids = {}
    for i = 1, 3 do
      same(again(context.call.step, context.call, 0, 0), "send", "step")
      again(context.call.request, context.call)
      again(context.call.feed, context.call, context[i])
      local step, users = again(context.call.step, context.call, 0, 0)
      same(step, "page", "step")
      ids[i] = users[1].id
    end
    same(again(context.call.step, context.call, 0, 0), "done", "step")
    same(table.concat(ids), "123", "ids")
  end,
})

scenario("errors taken again", {
  prepare = function()
    local settings = core.settings { access_token = TOKEN }
    return core.calls.assign(settings, ACCOUNT, USER, "MANAGE")
  end,
  run = function(request)
    same(again(request.step, request, 0, 0), "send", "step")
    again(request.feed, request, reply(400, full))
    local step, err = again(request.step, request, 0, 0)
    same(step, "failed", "step")
    same(err.kind, "auth", "kind")
    same(err.title, "Title", "title")
    same(err.message, "(#190) expired [redacted]", "message")
  end,
})

scenario("no time left", {
  prepare = function()
    local settings = core.settings { access_token = TOKEN, timeout = 1 }
    local request = core.calls.system_users(settings, ACCOUNT)
    request:step(0, 0)
    request:feed(page("1", "A"))
    request:step(0, 0)
    return request
  end,
  run = function(request)
    local step, err = again(request.step, request, 2, 0)
    same(step, "failed", "step")
    same(err.kind, "timeout", "kind")
  end,
})

scenario("closed on the way", {
  prepare = function()
    local settings = core.settings { access_token = TOKEN }
    local request = core.calls.system_users(settings, ACCOUNT)
    settings:close()
    return request
  end,
  run = function(request)
    local step, err = again(request.step, request, 0, 0)
    same(step, "failed", "step")
    same(err.kind, "closed", "kind")
  end,
})
