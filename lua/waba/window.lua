--- How many calls may be in flight: grows by one for every full window that went well, halves when
-- Graph throttles, gives way a little when answers become slow.

---@class waba.Window
---@field usual number|nil seconds that an attempt takes
---@field size number calls in flight at most; a fraction is on its way to the next whole
local Window = {}
Window.__index = Window

local FIRST, LEAST, MOST = 4, 1, 32
local SLOW = 2          -- times the usual duration
local MEMORY = 1 / 50   -- weight of the latest duration in the usual one

-- Failures that speak of a server or a road in trouble. The others are prompt and sound answers.
local TROUBLE = { transient = true, network = true, timeout = true, indeterminate = true }

local M = {}

---@param fixed integer|nil a size that stays; default: adaptive
---@return waba.Window
function M.new(fixed)
  return setmetatable({ size = fixed or FIRST, fixed = fixed ~= nil, credit = 0 }, Window)
end

--- Whether one more may go when so many are in flight.
function Window:has_room(in_flight)
  return in_flight + 1 <= self.size
end

function Window:shrink(factor)
  self.size, self.credit = math.max(LEAST, self.size * factor), 0
end

--- Learns from an attempt that has ended.
---@param kind string|nil of its failure
---@param seconds number how long it took
---@param in_flight integer how many there were meanwhile
function Window:ended(kind, seconds, in_flight)
  local usual = self.usual or seconds
  self.usual = usual + (seconds - usual) * MEMORY
  if self.fixed then return end
  if kind == "throttled" then
    self:shrink(0.5)
  elseif TROUBLE[kind] or seconds > SLOW * usual then
    self:shrink(0.9)
  elseif in_flight >= math.floor(self.size) then -- a window not used up proves nothing
    self.credit = self.credit + 1
    if self.credit >= self.size then
      self.size, self.credit = math.min(MOST, self.size + 1), 0
    end
  end
end

return M
