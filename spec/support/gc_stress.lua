--- One case of gc_spec.lua, with a full collection after every few instructions:
-- `lua spec/support/gc_stress.lua case`. Writes "survived".

local core = require "waba.core"
local stub = require "spec.support.stub"
local waba = require "waba"

local cases = {}

function cases.success()
  for _, operation in ipairs(stub.OPERATIONS) do
    local body = operation:find("users") and '{"data":[{"id":"1","tasks":["A","B"]}]}' or "true"
    assert(stub.outcome(operation, stub.reply(200, body)))
  end
end

function cases.failure()
  for _, operation in ipairs(stub.OPERATIONS) do
    local err = stub.failure(operation, stub.graph_error(400, { message = "a message", code = 100,
      error_subcode = 33, error_user_title = "a title", error_data = '{"details":"details"}' }))
    assert(err.message == "a message" and err.title == "a title")
    assert(err.user_message == "details" and err.kind == "not_found" and err.hint)
  end
end

function cases.pages()
  local users, summary = stub.outcome("system_users", {
    stub.reply(200, '{"data":[{"id":"1"}],"paging":{"cursors":{"after":"a"},"next":"x"}}'),
    stub.reply(200, '{"data":[{"id":"2"}],"paging":{"next":"https:\\/\\/x\\/?after=b%3D"}}'),
    stub.reply(200, '{"data":[{"id":"3"}],"summary":{"total_count":3}}'),
  })
  assert(#users == 3 and users[3].id == "3" and summary.total_count == 3)
end

function cases.refusal()
  local client = stub.client(stub.reply(200, "true"))
  local _, err = client:assign("1", "2", { "MANAGE", "no" })
  assert(err.kind == "invalid")
  assert(not pcall(client.assign, client, "1", "2", { "MANAGE", 5 }))
  assert(not pcall(client.system_users, client, "1", { fields = { "a", 5 } }))
  assert(not waba.new { access_token = "a b", app_secret = "x", api_version = "v25.0" })
  assert(not pcall(waba.new, { access_token = "x", app_secret = "x", proxy = 5 }))
end

function cases.retry()
  local count = 0
  assert(stub.outcome("assign", {
    stub.graph_error(503, { code = 2 }), stub.graph_error(400, { code = 4 }),
    stub.reply(200, "true"),
  }, { max_attempts = 3, app_secret = "secret", access_token = function()
    count = count + 1
    return "TOKEN" .. count
  end }))
  assert(count == 3)
end

-- As when its owner, garbage after a tail call, closes it: making a Lua string may run that. The
-- request must be sound, or not be sent.
function cases.closed_by_a_finaliser()
  local function finalised(action)
    if not newproxy then return setmetatable({}, { __gc = action }) end -- luacheck: ignore
    local proxy = newproxy(true) -- luacheck: ignore
    getmetatable(proxy).__gc = action
    return proxy
  end
  local token = "EAATEST" .. ("t"):rep(3000)
  local function transport(request)
    assert(request.headers.Authorization == "Bearer " .. token)
    return stub.reply(200, '{"data":[]}')
  end
  for i = 1, 500 do
    local client = assert(waba.new { access_token = token, transport = transport })
    finalised(function() client:close() end)
    for _ = 1, i % 60 do stub.reply(200, "") end -- garbage, so that the collector's turn moves
    client:system_users("123")
    assert(type(tostring(client)) == "string")
  end
end

function cases.json()
  local value = assert(core.json.decode('{"a":[null,{"id":12345,"b":null}],"c":"\\u00e9"}'))
  assert(value.a[1].id == "12345" and value.c == "é")
  assert(core.json.decode(core.json.encode(value)))
end

collectgarbage("setpause", 0)
collectgarbage("setstepmul", 1000000)
if rawget(_G, "jit") then require("jit").off() end -- or traces would not run the hook
debug.sethook(function() collectgarbage() end, "", 7)
assert(cases[arg[1]], "no such case")()
debug.sethook()
print "survived"
