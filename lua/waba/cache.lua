--- Caches for scripts: what `waba.new { cache = ... }` takes besides an ngx.shared.DICT. Any cache
-- has get(self, key) and set(self, key, value, seconds). waba.names says what is in it.

local core = require "waba.core"
local dict = require "waba.dict"

local M = {}

---@class waba.Cache anything like ngx.shared.DICT
---@field get fun(self, key: string): string|number|nil
---@field set fun(self, key: string, value: string|number, exptime: number)

local MOST_KEYS = 10000
local MOST_BYTES = 4 * 1024 * 1024 -- of a file: what core.json reads

--- The clock that `options` asks for, or the usual one.
local function clock_of(what, options, usual)
  if options == nil then return usual end
  if type(options) ~= "table" then
    error(("%s: options must be a table, got a %s"):format(what, type(options)), 3)
  end
  for name, value in pairs(options) do
    if name ~= "now" then
      error(("%s: unknown option '%s'; there is: now"):format(what, tostring(name)), 3)
    elseif type(value) ~= "function" then
      error(("%s: option 'now' must be a function, got a %s"):format(what, type(value)), 3)
    end
  end
  return options.now or usual
end

--- A cache that ends with the process.
---@param options { now: (fun(): number)|nil }|nil now: seconds, for specs
---@return waba.Cache
function M.memory(options)
  local now = clock_of("cache.memory", options, core.clock.now)
  return dict.new { now = now, most = MOST_KEYS }
end

---@class waba.FileCache
local File = {}
File.__index = File

--- The time of day may have been set back since: what was written later than now is dead too.
local function is_alive(entry, now)
  return type(entry) == "table" and type(entry.set) == "number" and type(entry.ends) == "number"
    and entry.set <= now and now < entry.ends
end

--- What is in the file and alive; nothing where it is not there, not ours, or garbage.
local function load(self)
  local text = core.file.read(self.path, MOST_BYTES)
  local entries = text and core.json.decode(text)
  local alive, now = {}, self.now()
  for key, entry in pairs(type(entries) == "table" and entries or {}) do
    if type(key) == "string" and is_alive(entry, now) then alive[key] = entry end
  end
  return alive
end

---@param key string
---@return string|number|nil
function File:get(key)
  local entry = load(self)[key]
  return entry and entry.value
end

--- Writes the whole file anew. Where two processes do so at once, one's entry is lost, and will be
--- asked for again.
---@param key string
---@param value string|number
---@param exptime number seconds
---@return true|nil
---@return string|nil message why it could not be written
function File:set(key, value, exptime)
  local entries, now = load(self), self.now()
  entries[key] = { value = value, set = now, ends = now + exptime }
  local text = core.json.encode(entries)
  if #text > MOST_BYTES then text = core.json.encode { [key] = entries[key] } end
  if #text > MOST_BYTES then return nil, "too much for a cache" end
  return core.file.replace(self.path, text)
end

--- A cache in a file that is this user's only (0600). It may be deleted at any time.
---@param path string
---@param options { now: (fun(): number)|nil }|nil now: seconds, for specs
---@return waba.Cache
function M.file(path, options)
  if type(path) ~= "string" then
    error(("cache.file: path must be a string, got a %s"):format(type(path)), 2)
  end
  local now = clock_of("cache.file", options, os.time)
  return setmetatable({ path = path, now = now }, File)
end

return M
