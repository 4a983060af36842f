--- Turns: coroutines put aside while they wait for a key, a time, or both.

local stub = require "spec.support.stub"
local turns = require "waba.turns"

local function open(carrier)
  local clock, sleeps = stub.clock()
  return turns.new(clock.now, clock.sleep, carrier), clock, sleeps
end

local function finish(turn)
  for _ = 1, 1000 do
    if turn.active == 0 then return end
    turn:go()
  end
  error("it does not end")
end

describe("turns", function()
  it("run nothing before go, then each in the order they began", function()
    local turn, order = open(), {}
    for i = 1, 3 do turn:begin(function() order[i] = #order + 1 end) end
    assert.same({}, order)
    finish(turn)
    assert.same({ 1, 2, 3 }, order)
  end)

  it("know whose code runs", function()
    local turn = open()
    local inside
    turn:begin(function() inside = turn:runs_here() end)
    finish(turn)
    assert.is_true(inside)
    assert.is_false(turn:runs_here())
    assert.is_false(coroutine.wrap(function() return turn:runs_here() end)())
  end)

  it("sleep in order of time, in slices short enough to be interrupted", function()
    local turn, clock, sleeps = open()
    local order, began = {}, clock.now()
    for _, seconds in ipairs { 3, 1, 2.5 } do
      turn:begin(function()
        turn:await({}, seconds)
        order[#order + 1] = { seconds, clock.now() - began }
      end)
    end
    finish(turn)
    assert.same({ { 1, 1 }, { 2.5, 2.5 }, { 3, 3 } }, order)
    for _, sleep in ipairs(sleeps) do assert.is_true(sleep <= 1) end
  end)

  it("have a time come and go, though Ctrl-C came while it was moved", function()
    local turn, woken, rung = open(), 0, 0
    for seconds = 1, 3 do
      turn:begin(function() turn:await({}, seconds) woken = woken + 1 end)
    end
    turn:go()
    turn.alarms[1].at = 2 -- as it is between two instructions
    local wake = turn.wake
    function turn.wake(...)
      rung = rung + 1
      assert(rung < 100, "a time that comes for ever")
      return wake(...)
    end
    finish(turn)
    assert.equal(3, woken)
  end)

  it("wake by key, once, whoever waits no more being nobody", function()
    local turn, woken = open(), 0
    local key = {}
    turn:begin(function() turn:await(key) woken = woken + 1 end)
    turn:begin(function() turn:wake(key) turn:wake(key) turn:wake("nobody") end)
    finish(turn)
    assert.equal(1, woken)
  end)

  it("await a key no longer than told", function()
    local turn, clock = open()
    local began, waited = clock.now(), {}
    local early = {}
    turn:begin(function() turn:await({}, 5) waited[1] = clock.now() - began end)
    turn:begin(function() turn:await(early, 5) waited[2] = clock.now() - began end)
    turn:begin(function() turn:await({}, 1) turn:wake(early) end)
    finish(turn)
    assert.same({ 5, 1 }, waited)
    assert.same({}, turn.due)
  end)

  it("raise what one raised, after the others had their turn, and go on", function()
    local turn, ran = open(), {}
    for i = 1, 4 do
      turn:begin(function()
        if i == 2 then error("bug", 0) end
        ran[#ran + 1] = i
      end)
    end
    local sound, message = pcall(turn.go, turn)
    assert.is_false(sound)
    assert.equal("bug", message)
    assert.same({ 1, 3, 4 }, ran)
    finish(turn)
  end)

  it("raise nil and false too", function()
    for _, what in ipairs { "nil", "false" } do
      local turn = open()
      turn:begin(function() error(what == "false" and false or nil) end)
      assert.is_false((pcall(turn.go, turn)))
      assert.equal(0, turn.active)
    end
  end)

  it("pass on a yield that is not theirs, and bring back what comes", function()
    local turn, got = open(), {}
    for i = 1, 3 do
      turn:begin(function() got[i] = { coroutine.yield("want", i, nil) } end)
    end
    local outer = coroutine.create(function() finish(turn) end)
    local answers = { {}, { "a" }, { "b", 2 }, { "c", nil, 3 } }
    for i = 1, 4 do
      local _, want, which = coroutine.resume(outer, answers[i][1], answers[i][2], answers[i][3])
      assert.equal(i < 4 and "want" or nil, want)
      assert.equal(i < 4 and i or nil, which)
    end
    assert.equal("dead", coroutine.status(outer))
    assert.same({ { "a" }, { "b", 2 }, { "c", nil, 3 } }, got)
  end)

  it("raise what one raised whose yield was answered, and wait for nothing before", function()
    local turn, _, sleeps = open()
    turn:begin(function()
      coroutine.yield()
      error("bug", 0)
    end)
    turn:begin(function() turn:await({}, 5) end)
    local outer = coroutine.wrap(function() return pcall(finish, turn) end)
    outer()
    assert.same({ false, "bug" }, { outer() })
    assert.same({}, sleeps)
  end)

  it("pass on one yield at a time: meanwhile times come, and others run", function()
    local turn, clock = open()
    local began, woken, ran = clock.now(), nil, {}
    for i = 1, 8 do
      turn:begin(function()
        coroutine.yield()
        turn:pass()
        ran[i] = clock.now() - began
      end)
    end
    turn:begin(function() turn:await({}, 1.5) woken = clock.now() - began end)
    local outer = coroutine.wrap(function() finish(turn) return "done" end)
    while outer() ~= "done" do clock.sleep(1) end
    assert.equal(2, woken)
    for i = 1, 8 do assert.is_true(ran[i] <= i + 1, ran[i]) end
  end)

  it("let no yield wait for long while others always can run", function()
    local turn, clock = open()
    local began, asked = clock.now(), nil
    turn:begin(function() coroutine.yield() asked = clock.now() - began end)
    for _ = 1, 3 do
      turn:begin(function()
        for _ = 1, 100 do
          clock.sleep(0.1)
          turn:pass()
        end
      end)
    end
    local outer = coroutine.wrap(function() finish(turn) return "done" end)
    repeat until outer() == "done"
    assert.is_true(asked <= 1, asked)
  end)

  it("ask what waits for nobody to run when nobody can, or after a while", function()
    local turn, clock = open()
    local waiting, lots = 0, {}
    function turn.idle()
      if waiting == 0 then return end
      lots[#lots + 1], waiting = waiting, 0
    end
    local function work(seconds)
      turn:begin(function()
        for _ = 1, 50 do
          clock.sleep(seconds)
          waiting = waiting + 1
          turn:pass()
        end
      end)
    end
    work(0.001)
    finish(turn)
    turn:go()
    assert.same({ 50 }, lots)
    work(0.03)
    finish(turn)
    for i = 2, #lots do assert.is_true(lots[i] <= 20, lots[i]) end
  end)

  it("ask the carrier for answers, and for no longer than the next time that is due", function()
    local asked, keys = {}, { "a", "b" }
    local carrier = { in_flight = 2 }
    local turn, clock = open(carrier)
    function carrier.poll(seconds)
      asked[#asked + 1] = seconds or "at once"
      if seconds then clock.sleep(seconds) end
      if #asked < 4 then return nil end
      carrier.in_flight = carrier.in_flight - 1
      return table.remove(keys)
    end
    turn:begin(function() turn:await("a") end)
    turn:begin(function() turn:await("b") end)
    turn:begin(function() turn:await({}, 0.25) end)
    finish(turn)
    assert.same({ 0.25, 1, 1, 1, "at once" }, asked)
  end)

  it("say so, rather than spin, where nothing is left to wait for", function()
    local turn = open()
    turn:begin(function() turn:await({}) end)
    turn:go()
    assert.has_error(function() turn:go() end, "map: nothing is left to wait for")
  end)

  it("leave no coroutine behind that could go on", function()
    local turn, tasks = open(), {}
    for i = 1, 3 do turn:begin(function() tasks[i] = coroutine.running() end) end
    finish(turn)
    turn:finish()
    for i = 1, 3 do assert.equal("dead", coroutine.status(tasks[i])) end
    local ran
    turn:begin(function() ran = true end)
    finish(turn)
    assert.is_true(ran)
  end)

  it("let nobody's time pass while others always can run", function()
    local carrier = { in_flight = 1 }
    function carrier.poll()
      carrier.in_flight = 0
      return "key"
    end
    local turn, clock = open(carrier)
    local began, woken, over = clock.now(), {}, 0
    turn:begin(function()
      turn:await({}, 3)
      woken.time, over = clock.now() - began, over + 1
    end)
    turn:begin(function()
      turn:await("key")
      woken.key, over = clock.now() - began, over + 1
    end)
    turn:begin(function()
      repeat
        clock.sleep(0.5) -- as a transport that blocks
        turn:pass()
      until over == 2 or clock.now() - began > 100
    end)
    finish(turn)
    assert.is_true(woken.key <= 1.5)
    assert.is_true(woken.time <= 4)
  end)

  it("raise a yield that nobody takes where it was, and only there", function()
    local turn = open()
    turn.alone = true
    local raised, ended = {}, 0
    for i = 1, 3 do
      turn:begin(function()
        if i == 2 then raised[1] = { pcall(function() return (coroutine.yield("stray")) end) } end
        if i == 3 then
          for n = 2, 4 do raised[n] = { pcall(function() coroutine.yield() return 5 end) } end
        end
        ended = ended + 1
      end)
    end
    finish(turn)
    assert.equal(3, ended)
    assert.equal(4, #raised)
    for _, outcome in ipairs(raised) do
      assert.is_false(outcome[1])
      assert.matches("turns_spec.lua:%d+: attempt to yield where nobody takes it", outcome[2])
    end
    assert.is_nil((debug.gethook()))
  end)

  it("survive what the carrier or the clock raises", function()
    local carrier, times = { in_flight = 1 }, 0
    local turn = open(carrier)
    function carrier.poll()
      times = times + 1
      if times < 3 then error("no memory", 0) end
      carrier.in_flight = 0
      return "key"
    end
    turn:begin(function() turn:await("key") end)
    turn:go()
    for _ = 1, 2 do assert.has_error(function() turn:go() end, "no memory") end
    finish(turn)
  end)
end)
