-- SPDX-License-Identifier: MIT
-- Replies that are errors, odd, lost or too large.

local kit = ...
local ACCOUNT, USER, TOKEN, SUCCESS, waba = kit.ACCOUNT, kit.USER, kit.TOKEN, kit.SUCCESS, kit.waba
local scenario, call, same, stub, reply = kit.scenario, kit.call, kit.same, kit.stub, kit.reply
local page, check_client = kit.page, kit.check_client

-- ---- errors -------------------------------------------------------------------------------------

local full = '{"error":{"message":"(#190) expired EAAcanarycanarycanarycanary0123456789",'
  .. '"type":"OAuthException","code":190,"error_subcode":463,"is_transient":false,'
  .. '"error_user_title":"Title","error_user_msg":"Words","fbtrace_id":"Trace"}}'

call("error, every text", { reply(400, full) }, function(client)
  local ok, err = client:assign(ACCOUNT, USER, "MANAGE")
  same(ok, nil, "result")
  same(err.kind, "auth", "kind")
  same(err.title, "Title", "title")
  same(err.user_message, "Words", "user_message")
  same(err.fbtrace_id, "Trace", "fbtrace_id")
  same(err.message, "(#190) expired [redacted]", "message")
  same(tostring(err):find("hint:", 1, true) ~= nil, true, "tostring")
end)

local function error_data(value)
  return reply(400, '{"error":{"message":"m","code":100,"error_data":' .. value .. "}}")
end

call("error_data, odd shapes", {
  error_data '{"details":"one"}', error_data '"{\\"details\\":\\"two\\"}"',
  error_data '"three"', error_data '"{four"', error_data "5", error_data "[6]",
}, function(client)
  local seen = {}
  for i = 1, 6 do
    local _, err = client:assign(ACCOUNT, USER, "MANAGE")
    same(err.kind, "invalid", "kind")
    seen[i] = tostring(err.user_message)
  end
  same(table.concat(seen, " "), "one two three {four nil nil", "user_message")
end)

call("replies, odd", {
  reply(503, "<html>", { ["retry-after"] = "7" }), reply(200, ""), reply(200, '{"success":false}'),
  reply(400, '{"error":"x","error_code":100}'), reply(302, ""),
}, function(client)
  local kinds = {}
  for i = 1, 5 do
    local _, err = client:unassign(ACCOUNT, USER)
    kinds[i] = err.kind
  end
  same(table.concat(kinds, " "), "indeterminate indeterminate refused invalid protocol", "kinds")
end)

call("lost", {
  { lost = "broke" },
  { lost = "late", kind = "timeout", sent = false },
  { lost = "no", kind = "tls" },
}, function(client)
  same(select(2, client:assign(ACCOUNT, USER, "MANAGE")).kind, "indeterminate", "sent")
  same(select(2, client:assign(ACCOUNT, USER, "MANAGE")).kind, "timeout", "not sent")
  same(select(2, client:system_users(ACCOUNT)).kind, "tls", "tls")
end)

local function endless() return reply(200, ("x"):rep(4 * 1024 * 1024 + 1)) end

call("reply too large", { endless }, function(client)
  same(select(2, client:system_users(ACCOUNT)).kind, "protocol", "kind")
end)

scenario("retries", {
  prepare = function()
    return assert(waba.new { access_token = TOKEN, max_attempts = 3,
      transport = stub(reply(503, ""), reply(503, ""), page("1"), SUCCESS),
      clock = { now = function() return 0 end, sleep = function() end } })
  end,
  run = function(client) same(#client:system_users(ACCOUNT), 1, "users") end,
  after = check_client,
})
