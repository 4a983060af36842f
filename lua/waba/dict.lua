--- A store in memory with the shape of ngx.shared.DICT, for budgets that clients of one process
-- share. Numbers and strings, each with an end to its life, and no more of them than a bound.

local memory = require "waba.memory"

---@class waba.Dict
local Dict = {}
Dict.__index = Dict

local M = {}

local COLUMN = "" -- all there is
local MOST = 400000

---@param options { now: (fun(): number), most: integer|nil } now: seconds; most: keys kept,
---  400,000 unless given
---@return waba.Dict
function M.new(options)
  return setmetatable({ now = options.now, memory = memory.new(options.most or MOST) }, Dict)
end

---@param key string
---@return number|string|boolean|nil
function Dict:get(key)
  return self.memory:get(key, COLUMN, self.now())
end

---@param key string
---@param value number|string|boolean|nil nil removes it
---@param exptime number|nil seconds; 0 or nil: for ever
---@return true
function Dict:set(key, value, exptime)
  self.memory:set(key, COLUMN, value, exptime, self.now())
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
  return self.memory:incr(key, COLUMN, n, init, init_ttl, self.now())
end

--- The keys that are alive.
---@param most integer|nil as many at most; 0: all; default 1,024
---@return string[]
function Dict:get_keys(most)
  most = most or 1024
  local keys = self.memory:rows(COLUMN, self.now())
  for i = #keys, most > 0 and most + 1 or math.huge, -1 do keys[i] = nil end
  return keys
end

return M
