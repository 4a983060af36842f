--- Alarms: the soonest is always the first, whatever is called off.

local alarms = require "waba.alarms"

--- Park and Miller's minimal standard: the same on every VM.
local function generator(seed)
  local state = seed
  return function(n)
    state = state * 16807 % 2147483647
    return state % n + 1
  end
end

describe("alarms", function()
  it("are none at first", function()
    assert.is_nil(alarms.new()[1])
  end)

  it("come in order of time, one that is called off not at all", function()
    for seed = 1, 50 do
      local random, heap, set = generator(seed), alarms.new(), {}
      for i = 1, random(60) do set[i] = heap:set(random(20), i) end
      for _ = 1, random(#set) - 1 do heap:cancel(table.remove(set, random(#set))) end
      table.sort(set, function(a, b)
        return a.due < b.due or a.due == b.due and a.key < b.key
      end)
      for _, alarm in ipairs(set) do
        assert.equal(alarm, heap[1])
        heap:cancel(heap[1])
      end
      assert.is_nil(heap[1])
    end
  end)

  it("come to an end, though Ctrl-C came while they were moved", function()
    local sethook, jit = debug.sethook, rawget(_G, "jit")
    if jit then jit.off() end -- compiled code knows no hooks
    for n = 1, 200 do
      local heap = alarms.new()
      for i = 1, 9 do heap:set(i, i) end
      pcall(function()
        sethook(function()
          sethook()
          error("interrupted!", 0)
        end, "", n)
        heap:cancel(heap[1])
        heap:set(0, 0)
        sethook()
      end)
      sethook()
      for _ = 1, 11 do
        if heap[1] then heap:drop(heap[1]) end
      end
      assert.is_nil(heap[1], n)
    end
    if jit then jit.on() end
  end)
end)
