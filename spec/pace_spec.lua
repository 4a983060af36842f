--- The pacing rule of csrc/pace.h, number by number.

local pace = require("waba.core").pace

--- Facts in which so much is used, as counted.
local function used(percent, more)
  local facts = { first_cost = 0.5, sent = 10, ticket = 10, percent = percent, hour = 0,
    settled = 0, cost = 0.5 }
  for name, value in pairs(more or {}) do facts[name] = value end
  return facts
end

describe("pace.used", function()
  it("is the reading and what went after it", function()
    assert.equal(40 + 3 * 0.5, pace.used(used(40, { sent = 13 })))
    assert.equal(40, pace.used(used(40, { sent = 7 }))) -- it began anew
  end)

  it("is what was sent in the hour, where that is more, or there is no reading", function()
    assert.equal(50, pace.used(used(40, { hour = 100 })))
    assert.equal(50, pace.used { first_cost = 0, cost = 0.5, sent = 100, hour = 100 })
    assert.equal(0, pace.used { first_cost = 0.5, cost = 0.5 })
  end)

  it("may be all that was ever sent, where the hour is not counted", function()
    assert.equal(500, pace.used { first_cost = 0, cost = 0.5, sent = 1000 })
  end)

  it("is not known without a reading or a cost", function()
    assert.is_nil(pace.used { first_cost = 0.5, sent = 1000, hour = 1000 })
  end)

  it("raises on facts that are none", function()
    assert.has_error(function() pace.used() end)
    assert.has_error(function() pace.used { sent = "many" } end)
  end)
end)

describe("pace.turn", function()
  for _, case in ipairs {
    { 0 }, { 49.9 }, { 50, 30 / 45 }, { 74.9, 30 / 20.1 }, { 75, 30 / 20 }, { 90, 30 / 5 },
    { 94.9, 60 },
  } do
    it(("lets a read go at %g %%, and leaves a gap from 50 on"):format(case[1]), function()
      local wait, gap, alone = pace.turn(used(case[1]), false, 1000)
      assert.equal(0, wait)
      assert.near(case[2] or 0, gap or 0, 1e-9)
      assert.near(2 * (case[2] or 0), alone or 0, 1e-9)
    end)
  end

  it("lets writes go up to 90 %, more slowly", function()
    assert.near(30 / 10, (select(2, pace.turn(used(80), true, 1000))), 1e-9)
    assert.equal(20, pace.turn(used(90), true, 1000))
    assert.equal(0, (pace.turn(used(90), false, 1000)))
  end)

  it("closes from 95 % on until the next minute, and for what is no number", function()
    for _, facts in ipairs { used(95), used(100), used(144), used(math.huge),
      used(0, { cost = 0 / 0 }) } do
      for _, writes in ipairs { true, false } do
        assert.equal(20, pace.turn(facts, writes, 1000))
        assert.equal(60, pace.turn(facts, writes, 1020))
      end
    end
    for _, now in ipairs { 1e300, -1e300, math.huge, 0 / 0 } do
      local wait = pace.turn(used(99), false, now)
      assert.is_true(wait > 0 and wait <= 60)
    end
  end)

  it("needs the hour counted from 50 % on", function()
    assert.is_nil(pace.turn({ first_cost = 0.5, sent = 100, cost = 0.5 }, false, 1000))
    assert.equal(0, pace.turn({ first_cost = 0.5, sent = 99, cost = 0.5 }, false, 1000))
    assert.equal(0, pace.turn({ first_cost = 0.5, sent = 1000 }, false, 1000))
  end)

  it("waits for the gap before it, a minute at most", function()
    assert.near(0.4, pace.turn(used(60, { next = 1000.4 }), false, 1000), 1e-9)
    assert.equal(60, pace.turn(used(60, { next = 5000 }), false, 1000))
    assert.equal(0, (pace.turn(used(60, { next = 999 }), false, 1000)))
    assert.equal(0.001, pace.turn(used(60, { next = 1000 + 1e-6 }), false, 1000))
  end)

  it("looks again where a reply is waited for, from 75 % on", function()
    assert.equal(0, (pace.turn(used(74, { latest = 7 }), false, 1000)))
    assert.equal(0.25, pace.turn(used(80, { latest = 7 }), false, 1000))
    assert.near(0.01 * 60 / 15, pace.turn(used(80, { latest = 7, cost = 0.01 }), false, 1000), 1e-9)
  end)

  it("leaves no gap that the clock could not tell", function()
    assert.is_nil((select(2, pace.turn(used(60, { cost = 1e-6 }), false, 1000))))
  end)

  it("waits for a gate, whatever the clock says", function()
    assert.equal(70, pace.turn(used(0, { gate = 1070 }), false, 1000))
    assert.equal(0.25, pace.turn(used(0, { gate = 1 }), false, 1000))
  end)

  it("waits for as long as it is told to be closed", function()
    assert.equal(70, pace.closed(used(0, { gate = 1070 }), 1000))
    assert.equal(0.25, pace.closed(used(0, { gate = 1 }), 1000))
    assert.equal(0, pace.closed(used(99), 1000))
  end)

  it("sends one to see after throttled replies", function()
    local wait, gap, alone = pace.turn(used(0, { strikes = 1 }), false, 1000)
    assert.same({ 0, 0, 20 }, { wait, gap, alone })
    assert.equal(0.25, pace.turn(used(0, { strikes = 0, latest = 3 }), false, 1000))
    wait, gap, alone = pace.turn(used(60, { strikes = 1 }), false, 1000)
    assert.same({ 0, 30 / 35, 20 }, { wait, gap, alone })
  end)
end)

describe("pace.note", function()
  --- What a request costs after a reading of so much, where so many were sent.
  local function cost_after(percent, hour, settled, cost, partial)
    local facts = { first_cost = 0.5, sent = 1000, hour = hour, settled = settled, cost = cost }
    return (select(3, pace.note(facts, 1000, percent, partial)))
  end

  it("keeps the cost without evidence", function()
    assert.equal(0.5, cost_after(20, 0, 0))
    assert.equal(0.5, cost_after(80, 0, 0))
  end)

  it("brings it down to what a reading allows at most", function()
    assert.equal((2 + 1) / 100, cost_after(2, 100, 100))
    assert.equal(0.5, cost_after(99, 0, 100))
    assert.equal(0.5, cost_after(12, 100, 100, nil, true)) -- there may be less left than it says
  end)

  it("raises it an eighth of the way to what a reading asks for at least", function()
    assert.equal(0.5 + (0.79 - 0.5) / 8, cost_after(80, 100, 0))
    assert.equal(0.9, cost_after(80, 100, 0, 0.9))
  end)

  it("of budgets of every size is found where they are paced, and then kept", function()
    for _, limit in ipairs { 40, 200, 1000, 5000 } do
      local found
      for sent = 1, math.floor(limit * 0.95) do
        found = cost_after(math.floor(100 * sent / limit), sent, sent, found) or found
      end
      local exact = 100 / limit
      assert.is_true(math.abs(found - exact) < 0.1 * exact, ("%d: %g"):format(limit, found))
    end
  end)

  it("does not tell a usual cost below 10 %", function()
    local facts = { first_cost = 0.5, sent = 1 }
    assert.same({ 9, 1 }, { pace.note(facts, 1, 9, false) })
    assert.same({ 10, 1, 0.5 }, { pace.note(facts, 1, 10, false) })
  end)

  it("rounds up, and keeps what is more where a meter was missing", function()
    local facts = { first_cost = 0.5, sent = 3, percent = 9, ticket = 2 }
    assert.same({ 8, 3 }, { pace.note(facts, 3, 7.2, false) })
    assert.same({ 9, 3 }, { pace.note(facts, 3, 7.2, true) })
    assert.same({ 8, 3 }, { pace.note(facts, nil, 7.2, false) }) -- to no request of ours
  end)

  it("says nothing where a later one is known, unless counting began anew", function()
    local facts = { first_cost = 0.5, sent = 9, percent = 5, ticket = 8 }
    assert.is_false(pace.note(facts, 7, 3, false))
    facts.sent = 7
    assert.equal(3, (pace.note(facts, 7, 3, false)))
  end)

  it("needs the hour counted where it could matter", function()
    assert.is_nil(pace.note({ first_cost = 0.5, sent = 10 }, 10, 50, false))
    assert.is_nil(pace.note({ first_cost = 0.5, sent = 10 }, 10, 3, false))
    assert.equal(3, (pace.note({ first_cost = 0.5, sent = 10 }, 10, 3, true)))
  end)
end)

describe("pace.park", function()
  it("is a second, doubled with every strike, up to an hour", function()
    local list = {}
    for strikes = 0, 13 do list[#list + 1] = pace.park(strikes) end
    assert.same({ 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600 }, list)
  end)
end)

describe("pace.concerns_app", function()
  it("is said of the app's and the token's codes, and of no other", function()
    for _, code in ipairs { 4, 17, 341 } do assert.is_true(pace.concerns_app(code)) end
    for _, code in ipairs { -1, 0, 32, 613, 80007, 80008, 130429 } do
      assert.is_false(pace.concerns_app(code))
    end
  end)
end)
