-- SPDX-License-Identifier: MIT
-- Calls through libcurl to a port where nobody listens.

local kit = ...
local ACCOUNT, USER, TOKEN, core, waba = kit.ACCOUNT, kit.USER, kit.TOKEN, kit.core, kit.waba
local scenario, same, check_client = kit.scenario, kit.same, kit.check_client

-- ---- libcurl ------------------------------------------------------------------------------------

local function unreachable()
  return assert(waba.new { access_token = TOKEN, app_secret = "s3cret",
    base_url = "http://127.0.0.1:1", ca_file = "/none", max_attempts = 1 })
end

local function check_unreachable(client)
  same(select(2, client:system_users(ACCOUNT)).kind, "network", "afterwards")
  client:close()
  check_client(client)
end

scenario("libcurl, first request", {
  prepare = unreachable,
  run = function(client) same(select(2, client:system_users(ACCOUNT)).kind, "network", "kind") end,
  after = function(client)
    -- Before Lua 5.2 `require` leaves a mark at a module whose loading failed.
    if _VERSION == "Lua 5.1" then package.loaded["waba.curl"] = nil end
    check_unreachable(client)
  end,
})

scenario("libcurl, its version", {
  prepare = function() require "waba.curl" end,
  run = function()
    same(type(require("waba.curl").version().version), "string", "version")
  end,
})

scenario("libcurl, a closed port", {
  prepare = function()
    require "waba.curl"
    return unreachable()
  end,
  run = function(client)
    local users, err = client:system_users(ACCOUNT)
    same(users, nil, "users")
    same(err.kind, "network", "kind")
    same(select(2, client:assign(ACCOUNT, USER, "MANAGE")).kind, "network", "kind")
  end,
  after = check_unreachable,
})

scenario("easy:exchange", {
  prepare = function()
    local settings = core.settings { access_token = TOKEN, base_url = "http://127.0.0.1:1",
      max_attempts = 1 }
    local request = core.calls.unassign(settings, ACCOUNT, USER)
    request:step(0, 0)
    return { request = request, settings = settings }
  end,
  run = function(context)
    context.easy = context.easy or require("waba.curl").easy(context.settings)
    context.easy:exchange(context.request)
    same(select(2, context.request:step(0, 0)).kind, "network", "kind")
    context.easy:close()
  end,
  after = function(context)
    if context.easy then context.easy:close() end
    context.settings:close()
  end,
})

-- ---- the default client -------------------------------------------------------------------------

scenario("functions of the module", {
  prepare = function()
    require "waba.curl"
    core.clock.sleep = function() end -- it is tried again, as by default
  end,
  run = function()
    local ok, err = waba.assign(ACCOUNT, USER, "MANAGE")
    same(ok, nil, "result")
    same(err.kind, "network", "kind")
    same(select(2, waba.unassign("x", USER)).kind, "invalid", "kind")
    same(select(2, waba.assigned_users(ACCOUNT, USER)).kind, "network", "kind")
    same(select(2, waba.system_users(ACCOUNT)).kind, "network", "kind")
  end,
  after = function() same(select(2, waba.system_users(ACCOUNT)).kind, "network", "afterwards") end,
})
