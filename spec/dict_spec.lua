--- The store in memory, held against what ngx.shared.DICT's manual says.

local dict = require "waba.dict"

local function new(most)
  local time = { now = 100 }
  return dict.new { now = function() return time.now end, most = most }, time
end

describe("dict", function()
  it("has nothing of what was not put there", function()
    assert.is_nil(new():get("a"))
  end)

  it("refuses to add to what is not there, or no number", function()
    local store = new()
    local value, err = store:incr("a", 1)
    assert.is_nil(value)
    assert.equal("not found", err)
    store:set("a", "text")
    value, err = store:incr("a", 1, 0)
    assert.is_nil(value)
    assert.equal("not a number", err)
  end)

  it("keeps what is set, and forgets it with nil", function()
    local store = new()
    store:set("a", 1)
    store:set("b", "two")
    store:set("a", nil)
    assert.is_nil(store:get("a"))
    assert.equal("two", store:get("b"))
  end)

  it("forgets a key when its time has come, and not before", function()
    local store, time = new()
    store:set("a", 1, 10)
    time.now = 109.9
    assert.equal(1, store:get("a"))
    time.now = 110
    assert.is_nil(store:get("a"))
  end)

  it("has a clock of its own, where none is given", function()
    local store = dict.new()
    store:set("a", 1, 1000)
    store:set("b", 1, 1e-9)
    assert.equal(1, store:get("a"))
    assert.is_nil(store:get("b"))
  end)

  it("keeps for ever what has no time, or 0", function()
    local store, time = new()
    store:set("a", 1, 0)
    store:set("b", 1, 5)
    store:set("b", 2)
    time.now = 1e9
    assert.equal(1, store:get("a"))
    assert.equal(2, store:get("b"))
  end)

  it("adds, and gives a time only to what it begins", function()
    local store, time = new()
    assert.equal(3, store:incr("a", 1, 2, 10))
    time.now = 105
    assert.equal(4, store:incr("a", 1, 2, 10))
    time.now = 110
    assert.equal(3, store:incr("a", 1, 2, 10))
  end)

  it("adding nothing sets a first value once", function()
    local store = new()
    assert.equal(7, store:incr("a", 0, 7))
    assert.equal(7, store:incr("a", 0, 9))
  end)

  it("holds no more keys than its bound, and keeps what is used", function()
    local store = new(100)
    store:set("used", 1)
    for i = 1, 10000 do
      store:set("k" .. i, i)
      assert.equal(1, store:get("used"))
    end
    assert.is_true(#store:get_keys(0) <= 100)
    assert.equal(10000, store:get("k10000"))
    assert.is_nil(store:get("k1"))
  end)

  it("lists the keys that are alive, as many as asked for", function()
    local store, time = new()
    store:set("a", 1, 1)
    store:set("b", 1)
    store:set("c", 1)
    time.now = 102
    local keys = store:get_keys(0)
    table.sort(keys)
    assert.same({ "b", "c" }, keys)
    assert.equal(1, #store:get_keys(1))
  end)
end)
