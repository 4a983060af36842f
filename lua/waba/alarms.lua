--- Times to come, the soonest first, of which any can be called off: a binary heap. Of equal times
-- the first is the one that was set first: who waits longest has his turn.

---@class waba.Alarm
---@field due number seconds, on the clock of whoever set it
---@field key any whom it is for
---@field at integer its place in the heap
---@field order integer how many were set before

---@class waba.Alarms the alarms in the order of a heap: the first is the soonest
---@field [integer] waba.Alarm
local Alarms = {}
Alarms.__index = Alarms

local M = {}

---@return waba.Alarms
function M.new()
  return setmetatable({ set_so_far = 0 }, Alarms)
end

local function precedes(a, b)
  return a.due < b.due or a.due == b.due and a.order < b.order
end

local function put(heap, alarm, at)
  heap[at], alarm.at = alarm, at
end

local function rise(heap, alarm, at)
  while at > 1 do
    local above = math.floor(at / 2)
    if precedes(heap[above], alarm) then break end
    put(heap, heap[above], at)
    at = above
  end
  put(heap, alarm, at)
end

local function sink(heap, alarm, at)
  local count = #heap
  while 2 * at <= count do
    local below = 2 * at
    if below < count and precedes(heap[below + 1], heap[below]) then below = below + 1 end
    if precedes(alarm, heap[below]) then break end
    put(heap, heap[below], at)
    at = below
  end
  put(heap, alarm, at)
end

---@return waba.Alarm
function Alarms:set(due, key)
  local alarm = { due = due, key = key, order = self.set_so_far, at = #self + 1 }
  self[alarm.at] = alarm -- takes memory; what follows takes none, so the heap stays one
  self.set_so_far = self.set_so_far + 1
  rise(self, alarm, alarm.at)
  return alarm
end

---@param alarm waba.Alarm one that is set
function Alarms:cancel(alarm)
  local last = table.remove(self)
  if last == alarm then return end
  if precedes(last, alarm) then rise(self, last, alarm.at) else sink(self, last, alarm.at) end
end

return M
