--- Fleets in virtual time against a Graph that limits (spec/support/hourly.lua), in small;
-- bench/simulation.lua runs the same in full.

local fleet = require "spec.support.fleet"

local function run(options)
  local result = fleet.run(options)
  local first = result.graph.throttles[1]
  return result, first and ("%d throttled, first %s: %d at %g s"):format(
    #result.graph.throttles, first.account, first.code, first.at)
end

describe("alone on the app, with more work than the budget holds,", function()
  for _, case in ipairs {
    { "reads", { kind = "reads", accounts = 5, hours = 24 } },
    { "writes", { kind = "writes", accounts = 5, hours = 24 } },
    { "both, half a minute late", { kind = "mixed", accounts = 5, hours = 24, late = 30 } },
    { "both, a minute late and half without headers, on slow lines",
      { kind = "mixed", accounts = 3, hours = 24, late = 60, missing = 0.5, latency = 8,
        workers = 8 } },
    { "reads of an active account", { kind = "reads", accounts = 2, active = 1, hours = 3 } },
    { "both of an active account, on slow lines",
      { kind = "mixed", accounts = 1, active = 1, hours = 3, late = 30, missing = 0.5, latency = 8,
        workers = 8 } },
    { "writes of an active account, late",
      { kind = "writes", accounts = 2, active = 1, hours = 3, late = 45 } },
  } do
    it(case[1] .. " are never throttled, and use 85 % or more", function()
      for seed = 1, 2 do
        case[2].seed = seed
        local result, throttled = run(case[2])
        assert.is_nil(throttled)
        assert.is_true(result.lowest >= 0.85, ("seed %d: %.3f"):format(seed, result.lowest))
      end
    end)
  end

  it("the app's own budget binds where it is the smaller one", function()
    local result, throttled = run {
      seed = 1, kind = "reads", accounts = 20, hours = 6, app_limit = 2000,
    }
    assert.is_nil(throttled)
    local used = result.graph:served("app") / (2000 * 6)
    assert.is_true(used >= 0.85, ("%.3f"):format(used))
  end)

  it("calls that others make are left room for", function()
    local spent = false
    local result, throttled = run {
      seed = 1, kind = "reads", accounts = 1, hours = 0.9, workers = 1,
      events = function(time, graph, id_of)
        time:at(1, function() graph:spend(id_of(1), 100) spent = true end)
      end,
    }
    assert.is_true(spent)
    assert.is_nil(throttled)
    assert.is_true(result.graph:served("100000000000001") > 70)
  end)
end)

describe("after an injected limit", function()
  local function injected(code, minutes, stated)
    local result = fleet.run {
      seed = code, kind = "mixed", accounts = 4, hours = 2, workers = 6, max_attempts = 4,
      events = function(time, graph, id_of)
        time:at(1000, function() graph:inject(id_of(1), minutes, code, stated) end)
      end,
    }
    return result
  end

  local function limited(result)
    local accounts = {}
    for _, throttle in ipairs(result.graph.throttles) do accounts[throttle.account] = true end
    return accounts
  end

  for _, code in ipairs { 80008, 80007, 613, 4, 17 } do
    it(("of code %d, not one request goes before the stated minute"):format(code), function()
      local result = injected(code, 37)
      assert.is_true(#result.graph.throttles >= 1)
      assert.same({}, result.graph.broken)
      assert.same({ ["100000000000001"] = true }, limited(result))
      assert.is_true(result.graph:served("100000000000001") > 100)
    end)
  end

  it("the other accounts go on as if nothing were", function()
    local result = injected(80008, 100)
    assert.is_true(result.graph:served("100000000000002") > 0.85 * 2 * 200)
  end)

  it("without a stated time, the tries grow rarer", function()
    local result = injected(80008, 37, false)
    assert.is_true(#result.graph.throttles >= 2)
    assert.is_true(#result.graph.broken <= 12 + 6, #result.graph.broken)
    assert.is_true(result.graph:served("100000000000001") > 100)
  end)
end)

describe("a Graph that tells nothing", function()
  it("slows nothing down", function()
    local result = fleet.run { seed = 1, kind = "reads", accounts = 1, active = 1, hours = 0.3,
      missing = 1.1, workers = 1, latency = 0.5 }
    -- A call takes a quarter of a second on average, so there is room for 4,320.
    assert.is_true(result.graph.calls > 3900, result.graph.calls)
    assert.same({}, result.usage.accounts)
  end)
end)
