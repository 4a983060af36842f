--- Lists that the client's cache remembers, and items found by their name.
--
-- What is in a cache, under "waba-cache:<app id>:<base URL and version>:<list>:<business>":
--
--   the key itself   the list as JSON, an hour: ids, names and roles, nothing else
--   key .. ":fresh"  "1", for a minute after it was read: a name that is not on the list is looked
--                    for again once this is gone
--   key .. ":changes"  a number that grows with every change that clients here make: who reads a
--                    list meanwhile may have read it as it was before
--
-- The ids of system users differ from app to app: hence the app's id, and no token.

local core = require "waba.core"
local err = require "waba.err"
local run = require "waba.run"

local M = {}

local KEPT, FRESH = 3600, 60 -- seconds

---@class waba.ListCache
local Cache = {}
Cache.__index = Cache

---@param settings userdata
---@param store waba.Cache
---@param app_id string|nil
---@return waba.ListCache
function M.cache(settings, store, app_id)
  local prefix = ("waba-cache:%s:%s:"):format(app_id or "", settings:describe())
  return setmetatable({ store = store, prefix = prefix }, Cache)
end

local function key_of(self, list, business)
  return self.prefix .. list .. ":" .. business
end

local function is_item(item)
  return type(item) == "table" and type(item.id) == "string" and item.id:find("^%d+$") ~= nil
    and (item.name == nil or type(item.name) == "string")
    and (item.role == nil or type(item.role) == "string")
end

--- The list as it is remembered; nil where it is not, or something else is there.
---@return table[]|nil items
---@return boolean|nil fresh read within the last minute
function Cache:get(list, business)
  local key = key_of(self, list, business)
  local text = self.store:get(key)
  local told = type(text) == "string" and core.json.decode(text)
  local items = type(told) == "table" and told.items
  if type(items) ~= "table" then return nil end
  local result = {}
  for i, item in ipairs(items) do
    if not is_item(item) then return nil end
    result[i] = { id = item.id, name = item.name, role = item.role }
  end
  local fresh = self.store:get(key .. ":fresh")
  return result, fresh == "1"
end

--- For whoever is about to read the list, and to `set` it.
---@return number
function Cache:changes(list, business)
  local changes = self.store:get(key_of(self, list, business) .. ":changes")
  return tonumber(changes) or 0
end

--- No cache has to know how to delete.
local function drop(self, key)
  self.store:set(key, "", 1)
  self.store:set(key .. ":fresh", "", 1)
end

--- A cache that cannot take it is no failure of the call.
---@param changes number as they were before the list was read
function Cache:set(list, business, items, changes)
  local key, kept = key_of(self, list, business), {}
  for i, item in ipairs(items) do kept[i] = { id = item.id, name = item.name, role = item.role } end
  self.store:set(key, core.json.encode { items = kept }, KEPT)
  self.store:set(key .. ":fresh", "1", FRESH)
  if self:changes(list, business) ~= changes then drop(self, key) end
end

--- The list is about to change, or has: the next who asks reads. Who reads it now, and sets it
--- after this, finds the number changed.
function Cache:forget(list, business)
  local key = key_of(self, list, business)
  self.store:set(key .. ":changes", tostring(self:changes(list, business) + 1), KEPT)
  drop(self, key)
end

--- Asks Graph, and remembers what it said.
---@param cache waba.ListCache|nil
local function read(client, cache, list, business, call)
  local changes = cache and cache:changes(list, business)
  local items, more = run.run(call, client.driver)
  if items and cache then cache:set(list, business, items, changes) end
  return items, more
end

-- ---- the list -----------------------------------------------------------------------------------

--- `client:system_users`, through the cache where there is one and the usual fields are asked for.
---@param client waba.Client
---@param business string
---@param options waba.SystemUsersOptions|nil
---@return table[]|nil, table|nil
function M.system_users(client, business, options)
  local call, reason = core.calls.system_users(client.settings, business, options)
  if not call then return nil, err.wrap(reason) end
  options = options or {}
  local usual = options.fields == nil and not options.summary
  local cache = usual and client.cache or nil
  local known = cache and not options.refresh and cache:get("system_users", business)
  if known then return known end
  return read(client, cache, "system_users", business, call)
end

local function forget_after(cache, business, sound, ...)
  cache:forget("system_users", business)
  if not sound then error((...), 0) end
  return ...
end

--- Runs a call that changes the system users of a business. They are forgotten whatever comes of
--- it, and before it too, should the process end meanwhile.
---@param client waba.Client with a cache
---@param call userdata
---@param business string
function M.change(client, call, business)
  client.cache:forget("system_users", business)
  return forget_after(client.cache, business, pcall(run.run, call, client.driver))
end

-- ---- by name ------------------------------------------------------------------------------------

local FIELDS = { owned_accounts = "id,name", client_accounts = "id,name" }

---@class waba.NamedOptions
---@field refresh boolean|nil ask Graph, whatever the cache says
---@field timeout number|nil seconds for each list that is read; default the client's

--- One list, remembered or read.
---@return table[]|nil items
---@return boolean|waba.Error stale it was read more than a minute ago; or the error
local function load(client, list, business, options, refresh)
  options = { fields = FIELDS[list], timeout = options.timeout }
  local call, reason = core.calls[list](client.settings, business, options)
  if not call then return nil, err.wrap(reason) end
  local cache = client.cache
  if cache and not refresh then
    local known, fresh = cache:get(list, business)
    if known then return known, not fresh end
  end
  local items, failure = read(client, cache, list, business, call)
  if not items then return nil, failure end
  return items, false
end

--- What has the name on any of the lists, each id once.
---@return table[]|nil found
---@return boolean|waba.Error stale
local function look(client, lists, business, name, options, refresh)
  local found, seen, stale = {}, {}, false
  for _, list in ipairs(lists) do
    local items, more = load(client, list, business, options, refresh)
    if not items then return nil, more end
    stale = stale or more
    for _, item in ipairs(items) do
      if item.name == name and not seen[item.id] then
        seen[item.id], found[#found + 1] = true, item
      end
    end
  end
  return found, stale
end

local function fail(method, kind, message, hint)
  return nil, err.wrap {
    kind = kind, message = message, hint = hint, retryable = false, attempts = 0,
    operation = method,
  }
end

local function check_text(method, what, value)
  if type(value) == "string" then return end
  error(("%s: %s must be a string, got a %s"):format(method, what, type(value)), 3)
end

local KNOWN = { refresh = "boolean", timeout = "number" }

local function check_options(method, options)
  if type(options) ~= "table" then
    error(("%s: options must be a table, got a %s"):format(method, type(options)), 3)
  end
  for name, value in pairs(options) do
    if not KNOWN[name] then
      error(("%s: unknown option '%s'"):format(method, tostring(name)), 3)
    elseif type(value) ~= KNOWN[name] then
      error(("%s: option '%s' must be a %s, got a %s"):format(
        method, name, KNOWN[name], type(value)), 3)
    end
  end
end

--- The one item of that name.
local function named(client, method, kind, business, name, options)
  check_text(method, "business", business)
  check_text(method, "name", name)
  options = options or {}
  check_options(method, options)
  local found, stale = look(client, kind.lists, business, name, options, options.refresh)
  if found and #found ~= 1 and stale then
    found, stale = look(client, kind.lists, business, name, options, true)
  end
  if not found then return nil, stale end
  if found[1] and not found[2] then return found[1] end
  local shown = name:gsub("%c", "?")
  if not found[1] then
    return fail(method, "not_found", ("business %s has no %s of the name '%s'"):format(
      business, kind.noun, shown), "a name is compared to the letter, and in full")
  end
  local ids = {}
  for i, item in ipairs(found) do ids[i] = item.id end
  return fail(method, "refused", ("business %s has %d %ss of the name '%s'"):format(
    business, #found, kind.noun, shown), "name one by its id: " .. table.concat(ids, ", "))
end

local ACCOUNT = { noun = "account", lists = { "owned_accounts", "client_accounts" } }
local SYSTEM_USER = { noun = "system user", lists = { "system_users" } }

---@return table|nil, waba.Error|nil
function M.system_user(client, business, name, options)
  return named(client, "system_user_named", SYSTEM_USER, business, name, options)
end

---@return table|nil, waba.Error|nil
function M.account(client, business, name, options)
  return named(client, "account_named", ACCOUNT, business, name, options)
end

return M
