--- on_event: what is told, in what order, and that no secret is in it.

local core = require "waba.core"
local sandboxes = require "waba.sandbox"
local stub = require "spec.support.stub"
local waba = require "waba"

local EMPTY = stub.reply(200, '{"data":[]}')

local function watch(answers, options)
  local events = {}
  options = options or {}
  options.on_event = function(event) events[#events + 1] = event end
  return stub.client(answers, options), events
end

local function types(events)
  local list = {}
  for i, event in ipairs(events) do list[i] = event.type end
  return table.concat(list, " ")
end

describe("events", function()
  it("tell nothing of a call that sends nothing", function()
    local client, events = watch(EMPTY)
    client:system_users("x")
    client:close()
    client:system_users("1")
    assert.same({}, events)
  end)

  it("are request, response, page for a list", function()
    local client, events = watch(stub.reply(200, '{"data":[{"id":"5"},{"id":"6"}]}'))
    client:assigned_users("12", "1")
    assert.equal("request response page", types(events))
    local path = "/v26.0/12/assigned_users"
    assert.same({ type = "request", operation = "assigned_users", method = "GET", account = "12",
      path = path, attempt = 1, time = 1000 }, events[1])
    assert.same({ type = "response", operation = "assigned_users", method = "GET", account = "12",
      path = path, attempt = 1, time = 1000, status = 200, seconds = 0 }, events[2])
    assert.equal(2, events[3].items)
  end)

  it("have a path without its query, and without secrets", function()
    local token = "EAA" .. ("x9"):rep(15)
    local client, events = watch(EMPTY, { access_token = "A_TOKEN", app_secret = "A_SECRET" })
    client:get("1/A_SECRET/" .. token .. "/x", { q = "CANARY", after = "CANARY" })
    assert.equal("/v26.0/1/[redacted]/[redacted]/x", events[1].path)
    local tokens = { "FIRST", "SECOND" }
    client, events = watch(EMPTY, { access_token = function() return table.remove(tokens, 1) end })
    client:get("1/FIRST")
    client:get("1/SECOND")
    for _, event in ipairs(events) do assert.equal("/v26.0/1/[redacted]", event.path) end
  end)

  it("have no path once the client has forgotten what to hide", function()
    local client, events
    client, events = watch(function()
      client:close()
      return EMPTY
    end)
    client:get("1/x")
    assert.equal("request response", types(events))
    assert.same({ "/v26.0/1/x" }, { events[1].path, events[2].path })
  end)

  it("tell of a failure, the wait and the next attempt", function()
    local client, events = watch({ stub.reply(503, '{"error":{"code":2}}'), EMPTY },
      { max_attempts = 2 })
    client:system_users("1")
    assert.equal("request response retry request response page", types(events))
    assert.equal("transient", events[2].kind)
    assert.equal(503, events[2].status)
    assert.equal(0.25, events[3].wait)
    assert.equal(2, events[4].attempt)
    assert.is_nil(events[4].status)
    assert.is_nil(events[5].kind)
    assert.is_nil(events[1].account)
  end)

  it("tell a throttle twice: as a response, and as what it is", function()
    local client, events = watch(stub.graph_error(400, { code = 80008 }))
    client:assign("12", "1", "MANAGE")
    assert.equal("request response throttle", types(events))
    assert.equal("12", events[3].account)
    assert.equal("throttled", events[3].kind)
    assert.not_equal(events[2], events[3])
  end)

  it("tell a throttle whatever the listener makes of the response", function()
    local told = {}
    local client = stub.client(stub.graph_error(400, { code = 80008 }), {
      on_event = function(event)
        told[#told + 1] = event.type .. " " .. tostring(event.kind)
        for key in pairs(event) do event[key] = nil end
      end,
    })
    client:assign("12", "1", "MANAGE")
    assert.same({ "request nil", "response throttled", "throttle throttled" }, told)
  end)

  it("tell of a lost reply: a kind and no status", function()
    local client, events = watch(stub.lost("reset", "network", true))
    client:assign("12", "1", "MANAGE")
    assert.equal("request response", types(events))
    assert.is_nil(events[2].status)
    assert.equal("indeterminate", events[2].kind)
  end)

  it("tell park where the budget makes it wait, and no request before", function()
    local client, events = watch(EMPTY)
    local first = true
    client.driver.budget = {
      delay = function() local delay = first and 7 or 0 first = false return delay end,
      learn = function() end,
    }
    client:system_users("1")
    assert.equal("park request response page", types(events))
    assert.equal(7, events[1].wait)
    assert.equal(1007, events[2].time)
  end)

  it("time the request of a write from its turn in line", function()
    local events, clock = {}, stub.clock()
    local client = stub.client(function()
      coroutine.yield()
      clock.sleep(1)
      return stub.reply(200, "true")
    end, { clock = clock, on_event = function(event) events[#events + 1] = event end })
    local outer = coroutine.create(function()
      client:map({ "1", "2" }, function(user) return client:assign("12", user, "MANAGE") end)
    end)
    repeat assert(coroutine.resume(outer)) until coroutine.status(outer) == "dead"
    assert.equal("request response request response", types(events))
    assert.equal(1, events[2].seconds)
    assert.equal(1, events[4].seconds)
  end)

  it("raise what on_event raises", function()
    local client = stub.client(EMPTY, { on_event = function() error("a bug", 0) end })
    assert.has_error(function() client:assign("12", "1", "MANAGE") end, "a bug")
  end)

  it("hold no secret, whatever happens", function()
    local world = sandboxes.world
    local texts = {}
    local client = assert(waba.new { access_token = world.admin_token, max_attempts = 2,
      app_secret = world.app_secret, transport = sandboxes.new(), clock = (stub.clock()),
      on_event = function(event) texts[#texts + 1] = core.json.encode(event) end })
    client:system_users(world.business)
    client:assign(world.waba, world.system_user, "MANAGE")
    client:assign(world.partner_waba, world.system_user, "MANAGE")
    local text = table.concat(texts)
    assert.is_true(#texts > 5)
    for _, secret in ipairs { world.admin_token, world.app_secret, "30557eacfb2d5d8a" } do
      assert.is_nil(text:find(secret, 1, true))
    end
  end)
end)
