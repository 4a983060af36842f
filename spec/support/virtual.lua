--- Virtual time: coroutines that sleep, woken in the order of their times. Nothing really waits.

local M = {}

---@class spec.Virtual
local Virtual = {}
Virtual.__index = Virtual

function M.new()
  return setmetatable({ time = 0, size = 0, heap = {}, turn = 0 }, Virtual)
end

local function before(a, b)
  return a.at < b.at or a.at == b.at and a.turn < b.turn
end

local function push(self, entry)
  local heap, i = self.heap, self.size + 1
  self.size = i
  while i > 1 and before(entry, heap[math.floor(i / 2)]) do
    heap[i] = heap[math.floor(i / 2)]
    i = math.floor(i / 2)
  end
  heap[i] = entry
end

local function pop(self)
  local heap, first, last = self.heap, self.heap[1], self.heap[self.size]
  heap[self.size] = nil
  self.size = self.size - 1
  local i = 1
  while i * 2 <= self.size do
    local child = i * 2
    if child < self.size and before(heap[child + 1], heap[child]) then child = child + 1 end
    if not before(heap[child], last) then break end
    heap[i] = heap[child]
    i = child
  end
  if self.size > 0 then heap[i] = last end
  return first
end

--- Begins a coroutine at a time.
function Virtual:at(time, body)
  self.turn = self.turn + 1
  push(self, { at = time, turn = self.turn, task = coroutine.create(body) })
end

--- A clock for a client whose calls are made in these coroutines.
function Virtual:clock(random)
  return {
    now = function() return self.time end,
    sleep = function(seconds) coroutine.yield(seconds) end,
    random = random,
  }
end

--- Runs until nobody is left, or until `stop`, in seconds.
function Virtual:run(stop)
  while self.size > 0 and self.heap[1].at <= stop do
    local entry = pop(self)
    self.time = entry.at
    local sound, seconds = coroutine.resume(entry.task)
    if not sound then error(seconds, 0) end
    if coroutine.status(entry.task) ~= "dead" then
      self.turn = self.turn + 1
      entry.at, entry.turn = self.time + math.max(0, seconds), self.turn
      push(self, entry)
    end
  end
  self.time = stop
end

--- A generator of its own (Park and Miller), so that a seed means the same on every VM.
function M.random(seed)
  local state = seed % 2147483646 + 1
  return function()
    state = state * 48271 % 2147483647
    return (state - 1) / 2147483646
  end
end

return M
