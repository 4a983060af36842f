--- Numbers and strings in memory, by row and column, each with an end to its life, and no more rows
-- than a bound.
--
-- They live in two generations. Whatever is used moves to the young one; once a column of that has
-- half as many rows as there may be, the old one is dropped and the young one grows old. So what is
-- dropped was not used for at least half a bound's worth of others.

---@class waba.Memory
local Memory = {}
Memory.__index = Memory

local M = {}

local function counts() return setmetatable({}, { __index = function() return 0 end }) end

local columns_mt = {}

function columns_mt.__index(columns, name)
  columns[name] = {}
  return columns[name]
end

local function columns() return setmetatable({}, columns_mt) end

---@param most integer rows kept
---@return waba.Memory
function M.new(most)
  return setmetatable({
    half = math.max(1, math.floor(most / 2)), counts = counts(),
    values = columns(), ends = columns(), old_values = columns(), old_ends = columns(),
  }, Memory)
end

local function put(self, row, column, value, ends)
  if self.values[column][row] == nil then
    if self.counts[column] >= self.half then
      self.old_values, self.old_ends = self.values, self.ends
      self.values, self.ends, self.counts = columns(), columns(), counts()
    end
    self.counts[column] = self.counts[column] + 1
    self.old_values[column][row] = nil
  end
  self.values[column][row], self.ends[column][row] = value, ends
end

local function ending(seconds, now)
  if not seconds or seconds == 0 then return nil end
  return now + seconds
end

---@param now number seconds
---@return number|string|boolean|nil
function Memory:get(row, column, now)
  local value = self.values[column][row]
  if value == nil then
    value = self.old_values[column][row]
    if value == nil then return nil end
    put(self, row, column, value, self.old_ends[column][row])
  end
  local ends = self.ends[column][row]
  if ends and ends <= now then return nil end
  return value
end

---@param value number|string|boolean|nil nil removes it
---@param seconds number|nil that it lives; 0 or nil: for ever
---@param now number seconds
function Memory:set(row, column, value, seconds, now)
  if value ~= nil then return put(self, row, column, value, ending(seconds, now)) end
  if self.values[column][row] ~= nil then self.counts[column] = self.counts[column] - 1 end
  self.values[column][row], self.ends[column][row] = nil, nil
  self.old_values[column][row] = nil
end

--- Adds to a number.
---@param n number
---@param init number|nil what to begin with where there is nothing
---@param seconds number|nil that what begins then lives; 0 or nil: for ever
---@param now number seconds
---@return number|nil
---@return string|nil # "not found" without init, "not a number"
function Memory:incr(row, column, n, init, seconds, now)
  local value = self:get(row, column, now)
  if value == nil then
    if not init then return nil, "not found" end
    put(self, row, column, init + n, ending(seconds, now))
    return init + n
  end
  if type(value) ~= "number" then return nil, "not a number" end
  self.values[column][row] = value + n
  return value + n
end

--- The rows that have something alive in a column.
---@param column string
---@param now number seconds
---@return string[]
function Memory:rows(column, now)
  local rows = {}
  for _, generation in ipairs {
    { self.values[column], self.ends[column] }, { self.old_values[column], self.old_ends[column] },
  } do
    for row in pairs(generation[1]) do
      local ends = generation[2][row]
      if not ends or ends > now then rows[#rows + 1] = row end
    end
  end
  return rows
end

return M
