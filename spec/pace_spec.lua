--- The pacing rule of csrc/pace.h, number by number.

local pace = require("waba.core").pace

describe("pace.used", function()
  it("is the reading and what went after it", function()
    assert.equal(40 + 3 * 0.5, pace.used(40, 3, 10, 0.5))
  end)

  it("is what was sent, where that is more, or there is no reading", function()
    assert.equal(50, pace.used(40, 3, 100, 0.5))
    assert.equal(50, pace.used(nil, 3, 100, 0.5))
    assert.equal(0, pace.used(nil, 0, 0, 0.5))
  end)
end)

describe("the cost", function()
  it("stays without evidence", function()
    assert.equal(0.5, pace.at_most(0.5, 0, 0))
    assert.equal(0.5, pace.at_least(0.5, 80, 0))
  end)

  it("comes down to what a reading allows at most", function()
    assert.equal((2 + 1) / 100, pace.at_most(0.5, 2, 100))
    assert.equal(0.5, pace.at_most(0.5, 99, 100))
  end)

  it("rises an eighth of the way to what a reading asks for at least", function()
    assert.equal(0.5 + (0.79 - 0.5) / 8, pace.at_least(0.5, 80, 100))
    assert.equal(0.9, pace.at_least(0.9, 80, 100))
  end)

  it("of budgets of every size is found where they are paced, and then kept", function()
    for _, limit in ipairs { 40, 200, 1000, 5000 } do
      local found = pace.first_cost
      for sent = 1, math.floor(limit * 0.95) do
        local reading = math.floor(100 * sent / limit)
        found = pace.at_most(found, reading, sent)
        if reading >= pace.paced then found = pace.at_least(found, reading, sent) end
      end
      local exact = 100 / limit
      assert.is_true(math.abs(found - exact) < 0.1 * exact, ("%d: %g"):format(limit, found))
    end
  end)
end)

describe("pace.decide", function()
  local COST = 0.5

  for _, case in ipairs {
    { 0, 0, false }, { 49.9, 0, false }, { 50, 30 / 45, false }, { 74.9, 30 / 20.1, false },
    { 75, 30 / 20, true }, { 90, 30 / 5, true }, { 94.9, 60, true },
  } do
    it(("lets a read go at %g %%"):format(case[1]), function()
      local gap, alone = pace.decide(case[1], COST, false)
      assert.near(case[2], gap, 1e-9)
      assert.equal(case[3], alone)
    end)
  end

  it("lets writes go up to 90 %, more slowly", function()
    assert.near(30 / 10, (pace.decide(80, COST, true)), 1e-9)
    assert.is_nil(pace.decide(90, COST, true))
    assert.is_number(pace.decide(90, COST, false))
  end)

  it("closes from 95 % on, and for what is no number", function()
    for _, used in ipairs { 95, 100, 144, math.huge, 0 / 0 } do
      assert.is_nil(pace.decide(used, COST, false))
      assert.is_nil(pace.decide(used, COST, true))
    end
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
