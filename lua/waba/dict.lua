--- A store in memory with the shape of ngx.shared.DICT, for budgets that clients of one process
-- share. Numbers and strings, each with an end to its life, and no more of them than a bound.
--
-- They live in two generations. Whatever is used moves to the young one; once that has half as many
-- keys as there may be, the old one is dropped and the young one grows old. So what is dropped was
-- not used for at least half a bound's worth of others.

local core = require "waba.core"

---@class waba.Dict
local Dict = {}
Dict.__index = Dict

local M = {}

local MOST = 400000

---@param options { now: (fun(): number)|nil, most: integer|nil }|nil now: seconds, the system's
---  unless given; most: keys kept, 400,000 unless given
---@return waba.Dict
function M.new(options)
  options = options or {}
  return setmetatable({
    now = options.now or core.clock.now, count = 0,
    half = math.max(1, math.floor((options.most or MOST) / 2)),
    values = {}, ends = {}, old_values = {}, old_ends = {},
  }, Dict)
end

local function put(self, key, value, ends)
  if self.values[key] == nil then
    if self.count >= self.half then
      self.old_values, self.old_ends = self.values, self.ends
      self.values, self.ends, self.count = {}, {}, 0
    end
    self.count = self.count + 1
    self.old_values[key] = nil
  end
  self.values[key], self.ends[key] = value, ends
end

local function ending(self, seconds)
  if not seconds or seconds == 0 then return nil end
  return self.now() + seconds
end

---@param key string
---@return number|string|boolean|nil
function Dict:get(key)
  local value = self.values[key]
  local ends = self.ends[key]
  if value == nil then value, ends = self.old_values[key], self.old_ends[key] end
  if value == nil or ends and ends <= self.now() then return nil end
  if self.values[key] == nil then put(self, key, value, ends) end
  return value
end

---@param key string
---@param value number|string|boolean|nil nil removes it
---@param exptime number|nil seconds; 0 or nil: for ever
---@return true
function Dict:set(key, value, exptime)
  if value ~= nil then
    put(self, key, value, ending(self, exptime))
    return true
  end
  if self.values[key] ~= nil then self.count = self.count - 1 end
  self.values[key], self.ends[key] = nil, nil
  self.old_values[key] = nil
  return true
end

--- Adds to a number.
---@param key string
---@param n number
---@param init number|nil what to begin with where there is nothing
---@param init_ttl number|nil seconds that what begins then lives; 0 or nil: for ever
---@return number|nil
---@return string|nil # "not found" without init, "not a number"
function Dict:incr(key, n, init, init_ttl)
  local value = self:get(key)
  if value == nil then
    if not init then return nil, "not found" end
    put(self, key, init + n, ending(self, init_ttl))
    return init + n
  end
  if type(value) ~= "number" then return nil, "not a number" end
  self.values[key] = value + n
  return value + n
end

--- The keys that are alive.
---@param most integer|nil as many at most; 0: all; default 1,024
---@return string[]
function Dict:get_keys(most)
  most = most or 1024
  local keys, now = {}, self.now()
  for _, generation in ipairs {
    { self.values, self.ends }, { self.old_values, self.old_ends },
  } do
    for key in pairs(generation[1]) do
      local ends = generation[2][key]
      if most > 0 and #keys >= most then return keys end
      if not ends or ends > now then keys[#keys + 1] = key end
    end
  end
  return keys
end

return M
