--- What is remembered of budgets: the ledger in memory, and the same over a store.

local core = require "waba.core"
local dict = require "waba.dict"
local shared = require "waba.shared"

local A, B = "102290129340398", "104996122399160"

local function as_text(...)
  local out = {}
  for i = 1, select("#", ...) do
    local value = select(i, ...)
    out[i] = type(value) == "number" and ("%.14g"):format(value) or tostring(value)
  end
  return table.concat(out, " ")
end

--- What a ledger can be asked about an account, as one text.
local function told(ledger, id, now)
  local ids = ledger:ids(now)
  table.sort(ids)
  return as_text(ledger:describe(id, now)) .. " of " .. table.concat(ids, ",")
end

local function sent(ledger, id, now) return (select(2, ledger:describe(id, now))) end

local function goes(ledger, id, now, writes) return ledger:delay(id, writes, now) == 0 end

describe("a ledger", function()
  it("raises on what is no id, no number or no ledger", function()
    local ledger = core.ledger(10, 10)
    for method, args in pairs {
      close = { 1, 1 }, delay = { false, 1 }, describe = { 1 }, forgive = { 1, 1 },
      read = { 1, 1, false, 1 }, replied = { 1, 1 }, strike = { 1, 1 }, take_back = {},
    } do
      local unpack = table.unpack or unpack
      assert.has_error(function() ledger[method](ledger, {}, unpack(args)) end)
      assert.has_error(function() ledger[method]({}, A, unpack(args)) end)
      for i, arg in ipairs(args) do
        local wrong = { unpack(args) }
        wrong[i] = type(arg) == "number" and {} or arg
        local sound = pcall(ledger[method], ledger, A, unpack(wrong))
        assert.equal(type(arg) ~= "number", sound, method)
      end
    end
    assert.has_error(function() ledger:ids("now") end)
    assert.has_error(function() core.ledger(0, 1) end)
    assert.has_error(function() core.ledger(1, 0) end)
    assert.has_error(function() core.ledger() end)
  end)

  it("knows nothing of what it was not told", function()
    local ledger = core.ledger(10, 10)
    ledger:replied(A, 1, 1)
    ledger:forgive(A, 1, 1)
    ledger:take_back(A)
    assert.equal("nil 0 0 of ", told(ledger, A, 1000))
  end)

  it("knows nothing any more once it is cleared", function()
    local ledger = core.ledger(10, 10)
    for _ = 1, 10 do ledger:delay(A, false, 1000) end
    ledger:close(A, 600, 1000)
    ledger:clear()
    assert.equal("nil 0 0 of ", told(ledger, A, 1000))
    assert.equal("0 1 1 false", as_text(ledger:delay(A, false, 1000)))
  end)

  it("takes any number for a time", function()
    local ledger = core.ledger(10, 10)
    for _, now in ipairs { 0, -1e18, 1e18, 0 / 0, math.huge, -math.huge, 5 } do
      for _ = 1, 10 do ledger:delay(A, false, now) end
      ledger:read(A, 10, 96, false, now)
      assert.is_true(sent(ledger, A, now) >= 0)
      assert.is_true(ledger:delay(A, false, now) >= 0)
    end
  end)

  it("takes any text for an id", function()
    local ledger = core.ledger(10, 10)
    for i, id in ipairs { "", "\0", "\0\0", ("9"):rep(1e5), A .. "\0" } do
      for _ = 1, i do ledger:delay(id, false, 1000) end
    end
    assert.equal(5, sent(ledger, A .. "\0", 1000))
    assert.equal(2, sent(ledger, "\0", 1000))
  end)

  it("forgets the calm ones that were used longest ago", function()
    local ledger = core.ledger(10, 100)
    for i = 1, 1000 do
      ledger:delay(tostring(i), false, 1000)
      ledger:delay(A, false, 1000) -- busy from the fifth on, and used all the time
    end
    local known = 0
    for i = 1, 1000 do
      if sent(ledger, tostring(i), 1000) == 1 then known = known + 1 end
    end
    assert.equal(100, known)
    assert.equal(1, sent(ledger, "1000", 1000))
    assert.equal(0, sent(ledger, "900", 1000))
    assert.equal(1000, sent(ledger, A, 1000))
    assert.equal(2000, sent(ledger, "app", 1000))
  end)

  it("forgets of the busy ones those that were used longest ago", function()
    local ledger = core.ledger(100, 10)
    for i = 1, 1000 do
      ledger:close(tostring(i), 500, 1000)
      ledger:close("1", 500, 1000)
    end
    local function closed(id) return (select(3, ledger:describe(id, 1000))) end
    local ids = ledger:ids(1000)
    assert.is_true(#ids >= 100 and #ids <= 111, #ids)
    assert.equal(500, closed "1")
    assert.equal(500, closed "1000")
    assert.equal(0, closed "500")
  end)

  it("holds a request back for its account, or for the app", function()
    local ledger = core.ledger(10, 10)
    ledger:close(A, 10, 1000)
    assert.equal("10 false", as_text(ledger:delay(A, false, 1000)))
    assert.is_true(goes(ledger, B, 1000))
    ledger:close("app", 30, 1000)
    assert.equal("30 true", as_text(ledger:delay(A, false, 1000)))
    assert.equal("30 true", as_text(ledger:delay(B, false, 1000)))
    assert.is_true(goes(ledger, B, 1030))
    assert.equal(2, sent(ledger, B, 1030)) -- those held back do not count
  end)
end)

describe("strikes", function()
  local now

  local function over_store()
    return shared.new(dict.new { now = function() return now end }, "waba:1:")
  end

  for place, make in pairs { memory = function() return core.ledger(10, 10) end,
    store = over_store } do
    it("count where requests were taken back since, in a " .. place, function()
      now = 1000
      local ledger = make()
      for _ = 1, 30 do ledger:delay(A, false, now) end
      ledger:strike(A, 1, now)
      for _ = 1, 29 do ledger:take_back(A) end
      local function closed() return (select(3, ledger:describe(A, now))) end
      assert.equal(1, closed())
      ledger:strike(A, 2, now)
      assert.equal(2, closed())
      ledger:forgive(A, 3, 3)
      ledger:strike(A, 3, now)
      assert.equal(2, closed()) -- the first one again: a second, which is over sooner
    end)

    it("keep the gap that a request left, in a " .. place, function()
      now = 1000
      local ledger = make()
      ledger:read(A, 1, 90, false, now)
      assert.equal("0 1 1 true", as_text(ledger:delay(A, false, now)))
      ledger:replied(A, 1, 1)
      assert.equal(6, (ledger:delay(A, false, now)))
      ledger:read(A, 1, 1, false, now)
      ledger:strike(A, 1, now)
      now = 1001
      assert.is_true(goes(ledger, A, now)) -- one, to see
      ledger:replied(A, 2, 2)
      ledger:read(A, 2, 90, false, now)
      assert.equal(5, (ledger:delay(A, false, now)))
    end)
  end
end)

describe("a ledger that is listed", function()
  --- An object whose finaliser this is, on both VMs.
  local function finalised_by(fn)
    if not newproxy then return setmetatable({}, { __gc = fn }) end
    local proxy = newproxy(true)
    getmetatable(proxy).__gc = fn
    return proxy
  end

  -- When a finaliser runs is the collector's affair: it is hurried, and the sanitizers look on.
  it("may be cleared by a finaliser meanwhile", function()
    local pause, multiplier = collectgarbage("setpause", 0), collectgarbage("setstepmul", 1000)
    for _ = 1, 20 do
      local ledger = core.ledger(10000, 10)
      for i = 1, 1000 do ledger:close(("%d"):format(10 ^ 14 + i), 500, 1000) end
      finalised_by(function() ledger:clear() end)
      local ids = ledger:ids(1000)
      assert.is_true(#ids == 0 or #ids == 1000)
      for _, id in ipairs(ids) do assert.equal(15, #id) end
    end
    collectgarbage("setpause", pause)
    collectgarbage("setstepmul", multiplier)
  end)
end)

describe("a ledger over a store", function()
  it("has sent nothing, and not less, where the store has dropped what was sent", function()
    local ledger = shared.new(dict.new { now = function() return 1000 end }, "waba:1:")
    ledger:read(A, 1, 60, false, 1000)
    for _ = 1, 5 do ledger:take_back(A) end
    assert.is_true(goes(ledger, A, 1000))
    ledger:read(A, 1, 99, false, 1000)
    assert.is_false(goes(ledger, A, 1000))
    assert.equal(0, sent(ledger, A, 1000))
  end)

  local function pick(list) return list[math.random(#list)] end

  local actions = {
    function(ledger, id, now, x) return ledger:delay(id, x > 50, now) end,
    function(ledger, id, now, x) return ledger:delay(id, x > 50, now) end,
    function(ledger, id, now, x) return ledger:strike(id, x, now) end,
    function(ledger, id, _, x) return ledger:forgive(id, x, 2 * x) end,
    function(ledger, id, now) -- not back to few: where marks begin anew then, the two may differ
      local taken
      for _ = 1, 6 do taken = ledger:delay(id, false, now) end
      if taken == 0 then ledger:take_back(id) end
    end,
    function(ledger, id, now, x) return ledger:close(id, x, now) end,
    function(ledger, id, _, x) return ledger:replied(id, x, 2 * x) end,
    function(ledger, id, now, x) return ledger:read(id, x * 2, x, x % 7 == 0, now) end,
    function(ledger, id, now, x) return ledger:read(id, nil, x / 3, x % 7 == 0, now) end,
  }

  for seed = 1, 15 do
    it(("is like the one in memory, whatever happens: seed %d"):format(seed), function()
      math.randomseed(seed)
      local now = 1764028800 + seed
      local memory = core.ledger(100, 100)
      local store = shared.new(dict.new { now = function() return now end }, "waba:1:")
      for step = 1, 150 do
        local act, id, x = pick(actions), pick { A, B, "app", "-" }, math.random(100)
        for _ = 1, pick { 1, 1, 1, 20 } do
          local here, there = as_text(act(memory, id, now, x)), as_text(act(store, id, now, x))
          assert.equal(here, there, step)
        end
        assert.equal(told(memory, id, now), told(store, id, now), step)
        now = now + pick { 0, 0, 0.5, 3, 61, 600, 4000, 20000 } * math.random()
      end
    end)
  end
end)
