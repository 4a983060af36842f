--- What is remembered of budgets: the ledger in memory, and the same over a store.

local core = require "waba.core"
local dict = require "waba.dict"
local shared = require "waba.shared"

local A, B = "102290129340398", "104996122399160"

--- What a ledger can be asked about an account, as one text.
local function told(ledger, id, now)
  local out = {}
  local function add(count, ...)
    for i = 1, count do
      local value = select(i, ...)
      out[#out + 1] = value and ("%.14g"):format(value) or "-"
    end
  end
  local gate, cost, percent, ticket, sent = ledger:look(id, now)
  add(5, gate, cost, percent, ticket, sent or 0)
  add(3, ledger:turn(id, now))
  add(2, ledger:hour(id, now), ledger:settled(id, now))
  local ids = ledger:ids(now)
  table.sort(ids)
  return table.concat(out, " ") .. " of " .. table.concat(ids, ",")
end

describe("a ledger", function()
  it("raises on what is no id or no time", function()
    local ledger = core.ledger(10, 10)
    for _, method in ipairs { "calm", "close", "count", "hour", "look", "pace", "read", "replied",
      "settled", "strike", "turn", "forgive" } do
      assert.has_error(function() ledger[method](ledger, {}, 1, 1, 1, 1) end)
      assert.has_error(function() ledger[method](ledger, A) end)
      assert.has_error(function() ledger[method]({}, A, 1, 1, 1, 1) end)
    end
    assert.has_error(function() ledger:ids("now") end)
    assert.has_error(function() core.ledger(0, 1) end)
    assert.has_error(function() core.ledger(1, 0) end)
    assert.has_error(function() core.ledger() end)
  end)

  it("knows nothing of what it was not told", function()
    local ledger = core.ledger(10, 10)
    assert.equal("- - - - 0 - - - 0 0 of ", told(ledger, A, 1000))
    assert.is_true(ledger:calm(A, 0.5, 1000))
    ledger:replied(A, 1, 1000)
    ledger:forgive(A, 1, 1000)
  end)

  it("takes any number for a time", function()
    local ledger = core.ledger(10, 10)
    for _, now in ipairs { 0, -1e18, 1e18, 0 / 0, math.huge, -math.huge, 5 } do
      for _ = 1, 10 do ledger:count(A, now) end
      assert.is_true(ledger:hour(A, now) >= 0)
      assert.is_true(ledger:settled(A, now) >= 0)
    end
  end)

  it("takes any text for an id", function()
    local ledger = core.ledger(10, 10)
    for i, id in ipairs { "", "\0", "\0\0", ("9"):rep(1e5), A .. "\0" } do
      for _ = 1, i do ledger:count(id, 1000) end
    end
    assert.equal(5, ledger:hour(A .. "\0", 1000))
    assert.equal(2, ledger:hour("\0", 1000))
  end)

  it("forgets the calm ones that were used longest ago", function()
    local ledger = core.ledger(10, 100)
    for i = 1, 1000 do
      ledger:count(tostring(i), 1000)
      ledger:count(A, 1000) -- busy from the fifth on, and used all the time
    end
    local known = 0
    for i = 1, 1000 do
      if ledger:hour(tostring(i), 1000) == 1 then known = known + 1 end
    end
    assert.equal(100, known)
    assert.equal(1, ledger:hour("1000", 1000))
    assert.equal(0, ledger:hour("900", 1000))
    assert.equal(1000, ledger:hour(A, 1000))
  end)

  it("forgets of the busy ones those that were used longest ago", function()
    local ledger = core.ledger(100, 10)
    for i = 1, 1000 do
      ledger:close(tostring(i), 500, 1000)
      ledger:close("1", 500, 1000)
    end
    local ids = ledger:ids(1000)
    assert.is_true(#ids >= 100 and #ids <= 111, #ids)
    assert.equal(1500, (ledger:look("1", 1000)))
    assert.equal(1500, (ledger:look("1000", 1000)))
    assert.is_nil((ledger:look("500", 1000)))
  end)

  it("is calm where nothing can hold a request back, and only there", function()
    local ledger = core.ledger(10, 10)
    ledger:count(A, 1000)
    ledger:read(A, 49, 1, nil, 1000)
    assert.is_true(ledger:calm(A, 0.5, 1000))
    ledger:count(A, 1000)
    ledger:count(A, 1000)
    assert.is_false(ledger:calm(A, 0.5, 1000)) -- 49 and two that cost half a percent
    assert.is_true(ledger:calm(A, 0, 1000))
    assert.is_true(ledger:calm(A, 0.5, 1060)) -- the reading is too old
    ledger:close(B, 10, 1000)
    assert.is_false(ledger:calm(B, 0, 1009))
    assert.is_true(ledger:calm(B, 0, 1010))
  end)
end)

describe("a ledger over a store", function()
  local function pick(list) return list[math.random(#list)] end

  local actions = {
    function(ledger, id, now) return ledger:count(id, now) end,
    function(ledger, id, now, x) return ledger:strike(id, x, now) end,
    function(ledger, id, now, x) return ledger:forgive(id, x, now) end,
    function(ledger, id, now) -- not back to few: where marks begin anew then, the two may differ
      for _ = 1, 6 do ledger:count(id, now) end
      return ledger:uncount(id)
    end,
    function(ledger, id, now, x) return ledger:close(id, x, now) end,
    function(ledger, id, now, x) return ledger:pace(id, x, x / 10, x / 5, now) end,
    function(ledger, id, now, x) return ledger:replied(id, x, now) end,
    function(ledger, id, now, x) return ledger:read(id, x, x * 2, x > 50 and x / 7 or nil, now) end,
  }

  for seed = 1, 30 do
    it(("is like the one in memory, whatever happens: seed %d"):format(seed), function()
      math.randomseed(seed)
      local now = 1764028800 + seed
      local memory = core.ledger(100, 100)
      local store = shared.new(dict.new { now = function() return now end }, "waba:1:")
      for step = 1, 300 do
        local act, id, x = pick(actions), pick { A, B, "app", "-" }, math.random(100)
        for _ = 1, pick { 1, 1, 1, 20 } do
          local here, there = act(memory, id, now, x), act(store, id, now, x)
          assert.equal(here, there, step)
        end
        assert.equal(told(store, id, now), told(memory, id, now), step)
        now = now + pick { 0, 0, 0.5, 3, 61, 600, 4000, 20000 } * math.random()
      end
    end)
  end
end)
