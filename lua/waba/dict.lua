--- A store in memory with the shape of ngx.shared.DICT: what keeps the budgets where no other store
-- is given. Numbers and strings, each with an end to its life, and no more of them than a bound.

---@class waba.Dict
local Dict = {}
Dict.__index = Dict

local M = {}

local MOST = 400000 -- keys; an account that is busy all the time has about 70

--- Keys live in two generations. Whatever is used moves to the young one; once that holds half of
--- the bound, the old one is dropped and the young one grows old. So what is dropped was not used
--- for at least half a bound's worth of others.
---@param options { now: (fun(): number), most: integer|nil } now: seconds; most: keys kept
---@return waba.Dict
function M.new(options)
  return setmetatable({
    now = options.now, half = math.max(1, math.floor((options.most or MOST) / 2)),
    young = {}, old = {}, count = 0,
  }, Dict)
end

local function put(self, key, entry)
  if not self.young[key] then
    if self.count >= self.half then self.old, self.young, self.count = self.young, {}, 0 end
    self.count = self.count + 1
  end
  self.young[key] = entry
end

--- The entry that is alive, or nil.
local function find(self, key)
  local entry = self.young[key]
  if not entry then
    entry = self.old[key]
    if not entry then return nil end
    self.old[key] = nil
    put(self, key, entry)
  end
  if entry.ends and entry.ends <= self.now() then return nil end
  return entry
end

local function ending(self, exptime)
  if not exptime or exptime == 0 then return nil end
  return self.now() + exptime
end

---@param key string
---@return number|string|boolean|nil
function Dict:get(key)
  local entry = find(self, key)
  return entry and entry.value
end

---@param key string
---@param value number|string|boolean|nil nil removes it
---@param exptime number|nil seconds; 0 or nil: for ever
---@return true
function Dict:set(key, value, exptime)
  if value == nil then
    if self.young[key] then self.young[key], self.count = nil, self.count - 1 end
    self.old[key] = nil
  else
    self.old[key] = nil
    put(self, key, { value = value, ends = ending(self, exptime) })
  end
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
  local entry = find(self, key)
  if entry then
    if type(entry.value) ~= "number" then return nil, "not a number" end
    entry.value = entry.value + n
    return entry.value
  end
  if not init then return nil, "not found" end
  self:set(key, init + n, init_ttl)
  return init + n
end

--- The keys that are alive.
---@param most integer|nil as many at most; 0: all; default 1,024
---@return string[]
function Dict:get_keys(most)
  most = most or 1024
  local keys, now = {}, self.now()
  for _, generation in ipairs { self.young, self.old } do
    for key, entry in pairs(generation) do
      if most > 0 and #keys >= most then return keys end
      if not entry.ends or entry.ends > now then keys[#keys + 1] = key end
    end
  end
  return keys
end

return M
