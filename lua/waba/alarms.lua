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

-- Where memory is out, any call may raise: in between, every alarm has a place.
local function swap(heap, i, j)
  local a, b = heap[i], heap[j]
  heap[i], heap[j] = b, a
  a.at, b.at = j, i
end

local function rise(heap, at)
  while at > 1 do
    local above = math.floor(at / 2)
    if not precedes(heap[at], heap[above]) then return end
    swap(heap, at, above)
    at = above
  end
end

local function sink(heap, at)
  local count = #heap
  while 2 * at <= count do
    local below = 2 * at
    if below < count and precedes(heap[below + 1], heap[below]) then below = below + 1 end
    if not precedes(heap[below], heap[at]) then return end
    swap(heap, at, below)
    at = below
  end
end

---@return waba.Alarm
function Alarms:set(due, key)
  local alarm = { due = due, key = key, order = self.set_so_far, at = #self + 1 }
  self[alarm.at] = alarm
  self.set_so_far = self.set_so_far + 1
  rise(self, alarm.at)
  return alarm
end

---@param alarm waba.Alarm one that is called off already stays so
function Alarms:cancel(alarm)
  local at, count = alarm.at, #self
  if self[at] ~= alarm then return end
  local last = self[count]
  self[at], last.at = last, at
  self[count] = nil
  if last == alarm then return end
  rise(self, at)
  sink(self, at)
end

--- Takes an alarm out if it is the first, whatever it takes for its place: on LuaJIT, Ctrl-C may
--- have come while it was moved.
---@param alarm waba.Alarm
function Alarms:drop(alarm)
  if self[1] ~= alarm then return end
  alarm.at = 1
  self:cancel(alarm)
end

return M
