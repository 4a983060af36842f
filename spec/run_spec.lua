--- The loop that carries out a call, against a call that is made up.

local run = require("waba.run").run

--- A call that answers these steps in turn; each is { "send" } and so on, as call:step does.
local function scripted(steps)
  local call = { at = 0, given = {} }
  function call:step(now, random)
    self.at = self.at + 1
    self.given[self.at] = { now, random }
    local step = steps[self.at] or error("one step too many", 0)
    return step[1], step[2], step[3], step[4]
  end
  return call
end

local function driver(log)
  return {
    now = function() log[#log + 1] = "now" return 5 end,
    random = function() log[#log + 1] = "random" return 0.25 end,
    sleep = function(seconds) log[#log + 1] = "sleep " .. seconds end,
    exchange = function() log[#log + 1] = "exchange" end,
  }
end

describe("run", function()
  it("returns what a call is done with", function()
    for _, answer in ipairs { true, { id = "1" } } do
      local result, extra = run(scripted { { "send" }, { "done", answer } }, driver {})
      assert.equal(answer, result)
      assert.is_nil(extra)
    end
  end)

  it("returns the error of a call that failed, made to print itself", function()
    local result, err = run(scripted { { "failed", { kind = "auth", message = "m" } } }, driver {})
    assert.is_nil(result)
    assert.equal("auth: m", tostring(err))
  end)

  it("performs what a step asks for, in order, with the driver's time and chance", function()
    local log = {}
    local call = scripted { { "send" }, { "wait", 1.5 }, { "send" }, { "done" } }
    run(call, driver(log))
    local told = {}
    for _, entry in ipairs(log) do
      if entry ~= "now" and entry ~= "random" then told[#told + 1] = entry end
    end
    assert.same({ "exchange", "sleep 1.5", "exchange" }, told)
    for _, given in ipairs(call.given) do assert.same({ 5, 0.25 }, given) end
  end)

  it("joins pages, and keeps the last summary", function()
    local items, summary = run(scripted {
      { "page", { 1, 2 }, { total_count = 1 } }, { "page", {} },
      { "page", { 3 }, { total_count = 9 } },
      { "done" },
    }, driver {})
    assert.same({ 1, 2, 3 }, items)
    assert.same({ total_count = 9 }, summary)
  end)

  it("takes no step after the last page", function()
    local call = scripted {
      { "page", { 1 }, nil, false }, { "page", { 2 }, { total_count = 2 }, true },
    }
    local items, summary = run(call, driver {})
    assert.same({ 1, 2 }, items)
    assert.same({ total_count = 2 }, summary)
  end)

  it("returns an empty list for one empty page", function()
    assert.same({}, (run(scripted { { "page", {} }, { "done" } }, driver {})))
  end)

  it("gives no part of a list that fails", function()
    local call = scripted { { "page", { 1 } }, { "failed", { kind = "network" } } }
    local result, err = run(call, driver {})
    assert.is_nil(result)
    assert.equal("network", err.kind)
  end)

  it("asks the token function before every sending, and tells the call", function()
    local asked, told = 0, {}
    local call = scripted { { "send" }, { "send" }, { "done" } }
    function call.authorize(_, ...) told[#told + 1] = { ... } return true end
    local with_token = driver {}
    with_token.token = function() asked = asked + 1 return "T" .. asked, "extra" end
    run(call, with_token)
    assert.same({ { "T1", "extra" }, { "T2", "extra" } }, told)
  end)

  it("does not send where the call refuses the token", function()
    local log = {}
    local call = scripted { { "send" }, { "failed", { kind = "auth" } } }
    function call.authorize() return false end
    local with_token = driver(log)
    with_token.token = function() end
    run(call, with_token)
    for _, entry in ipairs(log) do assert.not_equal("exchange", entry) end
  end)

  it("lets errors of the driver through", function()
    local broken = driver {}
    broken.exchange = function() error("broken", 0) end
    assert.error_matches(function() run(scripted { { "send" } }, broken) end, "broken")
    broken.exchange = function() error({ table = true }) end
    local _, err = pcall(run, scripted { { "send" } }, broken)
    assert.same({ table = true }, err)
  end)
end)
