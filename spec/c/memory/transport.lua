-- SPDX-License-Identifier: MIT
-- What transports are built of: the redactor, lists with their nulls, exchanges.

local kit = ...
local TOKEN, core, scenario, same, raised = kit.TOKEN, kit.core, kit.scenario, kit.same, kit.raised

scenario("redact", {
  prepare = function() require "waba.core" end,
  run = function()
    same(core.redact("a " .. TOKEN .. " b x", TOKEN, nil, "x"), "a [redacted] b [redacted]", "text")
    same(core.redact "", "", "nothing")
  end,
})

scenario("signature", {
  prepare = function() require "waba.core" end,
  run = function()
    local signed = core.signature.sign("s3cret", "body")
    same(#signed, 71, "sign")
    same(core.signature.verify("s3cret", "body", signed), true, "verify")
    same(core.signature.verify("s3cret", "body"), false, "no header")
  end,
})

scenario("json.items", {
  prepare = function() require "waba.core" end,
  run = function()
    local list = assert(core.json.items '[null,{"code":200},null]')
    same(#list, 3, "items")
    same(list[1], false, "null")
    same(list[2].code, 200, "code")
    same(core.json.items "5", nil, "no list")
  end,
})

scenario("exchange", {
  prepare = function()
    return core.settings { access_token = TOKEN, base_url = "http://127.0.0.1:1" }
  end,
  run = function(settings)
    local request = { method = "POST", url = "http://127.0.0.1:1/", body = ("b"):rep(5000),
      headers = { Authorization = "Bearer " .. TOKEN } }
    local call = core.exchange(settings, request, 1)
    call:feed { status = 200, headers = { ["X-A"] = "b" }, body = ("c"):rep(5000) }
    local response = call:outcome()
    same(response.headers["x-a"], "b", "header")
    same(#response.body, 5000, "body")
    call = core.exchange(settings, request, 1)
    require("waba.curl").easy(settings):exchange(call)
    local none, _, kind, sent = call:outcome()
    same(none, nil, "response")
    same(kind, "network", "kind")
    same(sent, false, "sent")
    request.url = "http://elsewhere/"
    local message = raised(core.exchange, settings, request, 1)
    same(message:find("exchange: ", 1, true) ~= nil, true, "url")
  end,
  after = function(settings) settings:close() end,
})
