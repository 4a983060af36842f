--- The retry quota: a server in trouble meets fewer requests, not more.

local sandboxes = require "waba.sandbox"
local stub = require "spec.support.stub"
local waba = require "waba"

local AWAY = stub.reply(503, '{"error":{"code":2}}')
local THROTTLED = stub.graph_error(400, { code = 80008 })
local DONE = stub.reply(200, '{"data":[]}')

--- A client whose transport answers what `current` holds and only counts.
local function counting(options)
  local state = { sent = 0 }
  local settings = { access_token = "x", clock = (stub.clock()), transport = function()
    state.sent = state.sent + 1
    return state.answer
  end }
  for key, value in pairs(options or {}) do settings[key] = value end
  local client = assert(waba.new(settings))
  client.driver.budget = nil -- pacing would keep even more of them back
  return client, state
end

local function send(client, state, answer, n)
  local before = state.sent
  state.answer = answer
  for _ = 1, n do client:system_users("1") end
  return state.sent - before - n
end

describe("the retry quota", function()
  it("makes a storm impossible: 10,000 calls that fail send 35 extra requests", function()
    for attempts = 2, 10, 4 do
      local client, state = counting { max_attempts = attempts }
      assert.equal(35, send(client, state, AWAY, 10000))
    end
  end)

  it("does so in a map as well", function()
    local client, state = counting()
    state.answer = AWAY
    local given = 0
    client:map(function()
      given = given + 1
      return given <= 10000 or nil
    end, function() return client:system_users("1") end, { on_result = function() end })
    assert.equal(10035, state.sent)
  end)

  it("lets a throttled call try 100 times: that costs 5, a failure 14", function()
    local client, state = counting()
    assert.equal(100, send(client, state, THROTTLED, 1000))
  end)

  it("fills by one for every clean success, and not beyond full", function()
    local client, state = counting { max_attempts = 2 }
    send(client, state, AWAY, 100)
    assert.equal(0, send(client, state, AWAY, 10)) -- 10 are left of 500
    send(client, state, DONE, 3)
    assert.equal(0, send(client, state, AWAY, 10))
    send(client, state, DONE, 1)
    assert.equal(1, send(client, state, AWAY, 10))
    send(client, state, DONE, 10000)
    assert.equal(35, send(client, state, AWAY, 100))
  end)

  it("gets back what a retry took, where that succeeds", function()
    local client, state = counting { max_attempts = 2 }
    for _ = 1, 200 do
      state.answer = AWAY
      client.driver.sleep = function() state.answer = DONE end
      assert.is_truthy(client:system_users("1"))
    end
    client.driver.sleep = function() end
    assert.equal(35, send(client, state, AWAY, 100))
  end)

  it("is each client's own", function()
    local client, state = counting()
    send(client, state, AWAY, 100)
    client, state = counting()
    assert.equal(35, send(client, state, AWAY, 100))
  end)

  it("also bounds the writes of unknown fate that ensure sends again", function()
    local world = sandboxes.world
    local posts = 0
    local client = assert(waba.new { access_token = "x", clock = (stub.clock()),
      transport = function(r)
      if r.method == "GET" then return DONE end
      posts = posts + 1
      return nil, "reset", "network", true
    end })
    for _ = 1, 1000 do
      local _, err = client:ensure("12", "1", "MANAGE", { business = world.business })
      assert.equal("indeterminate", err.kind)
    end
    -- Each of the 1,000 earns seven with its reads, and spends two times 14 as long as it can.
    assert.is_true(posts > 1000 and posts <= 1000 + (500 + 1000 * 13) / 14)
  end)
end)
