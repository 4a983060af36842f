--- Budgets in a store that others share, with the methods that a ledger has (csrc/lua_ledger.c).
--
-- Of each account, and of the app, it keeps these, under "<prefix><id>:<name>":
--
--   gate       closed: seconds when it opens; the key ends then
--   strikes    throttled replies in a row that gave no time; struck: what `sent` was at the latest
--   sent       requests so far; m<minute>: how many there were when that minute began, once there
--              are some
--   cost       percent that a request takes; absent where it is what is taken for it at first, and
--              little was used
--   reading    the latest, and its ticket, as `pack` has it
--   next       when the next request may go, where they are paced
--   latest     the ticket of the latest request, where they are paced, until its reply came
--
-- Whose clock ends a key's life is the store's business; that a gate opens hangs on that alone.

local is_interrupt = require "waba.interrupt"
local pace = require("waba.core").pace

---@class waba.Store anything like ngx.shared.DICT
---@field get fun(self, key: string): number|string|nil
---@field set fun(self, key: string, value: number|string|nil, exptime: number|nil)
---@field incr fun(self, key: string, n: number, init: number|nil, init_ttl: number|nil): number|nil
---@field get_keys (fun(self, most: integer): string[])|nil only for client:usage()

---@class waba.Shared
local Shared = {}
Shared.__index = Shared

local MINUTE = 60
local PERCENTS = 1024 -- more than a reading can be

local M = {}

---@param store waba.Store
---@param prefix string
---@return waba.Shared
function M.new(store, prefix)
  return setmetatable({ store = store, prefix = prefix }, Shared)
end

--- A store that fails, or holds what is no number, counts as one that knows nothing: what became of
--- a call must not hang on it.
---@return number|nil
local function ask(self, method, id, name, ...)
  local sound, value = pcall(self.store[method], self.store, self.prefix .. id .. ":" .. name, ...)
  if not sound and is_interrupt(value) then error(value, 0) end
  return sound and tonumber(value) or nil
end

local function get(self, id, name) return ask(self, "get", id, name) end

--- In ngx.shared.DICT less than a millisecond is for ever.
local function set(self, id, name, value, seconds)
  ask(self, "set", id, name, value, seconds and math.max(seconds, 0.001))
end

local function incr(self, id, name, n, init, seconds)
  return ask(self, "incr", id, name, n, init, seconds)
end

--- A reading and its ticket, which belong together, as one number.
local function pack(percent, ticket)
  return ticket * PERCENTS + percent
end

---@return number|nil percent
---@return number|nil ticket
local function unpack_reading(packed)
  if not packed then return nil end
  return packed % PERCENTS, math.floor(packed / PERCENTS)
end

local function minute_of(now) return math.floor(now / MINUTE) end

--- It takes a look to know.
function Shared.calm() return false end

function Shared:look(id)
  local percent, ticket = unpack_reading(get(self, id, "reading"))
  return get(self, id, "gate"), get(self, id, "cost"), percent, ticket, get(self, id, "sent")
end

function Shared:turn(id)
  return get(self, id, "next"), get(self, id, "latest"), get(self, id, "strikes")
end

--- What `sent` was when a minute began: nothing went between it and the first that has a mark.
local function sent_at(self, id, minute, now)
  for i = minute, minute_of(now) do
    local mark = get(self, id, "m" .. i)
    if mark then return mark end
  end
  local total = get(self, id, "sent") or 0
  return total > pace.few and total or 0
end

function Shared:hour(id, now)
  local total = get(self, id, "sent") or 0
  if total <= pace.few then return total end -- there are no marks to look for
  return math.max(0, total - sent_at(self, id, minute_of(now) - pace.window, now))
end

function Shared:settled(id, now)
  local minute = minute_of(now)
  local first = sent_at(self, id, minute - pace.settled, now)
  return math.max(0, sent_at(self, id, minute - 1, now) - first)
end

function Shared:count(id, now)
  local ticket, few = incr(self, id, "sent", 1, 0) or 0, pace.few
  if ticket > few then
    incr(self, id, "m" .. minute_of(now), 0, ticket > few + 1 and ticket - 1 or 0, pace.kept)
  end
  return ticket
end

function Shared:uncount(id) incr(self, id, "sent", -1, 1) end

function Shared:pace(id, ticket, gap, wait, now)
  set(self, id, "latest", ticket, wait)
  if gap > 0 then set(self, id, "next", now + gap, gap) end
end

function Shared:replied(id, ticket)
  if get(self, id, "latest") == ticket then set(self, id, "latest", nil) end
end

function Shared:read(id, percent, ticket, cost)
  if cost then set(self, id, "cost", cost, pace.kept) end
  set(self, id, "reading", pack(percent, ticket), pace.fresh)
end

function Shared:close(id, seconds, now)
  local gate = get(self, id, "gate")
  if not gate or gate < now + seconds then set(self, id, "gate", now + seconds, seconds) end
end

--- What `sent` was at the latest strike. Where the store has dropped `sent`, it begins anew, and
--- what was said of it says nothing.
local function struck_at(self, id)
  local struck, sent = get(self, id, "struck") or 0, get(self, id, "sent") or 0
  return struck <= sent and struck or 0
end

function Shared:strike(id, ticket)
  local before = get(self, id, "strikes")
  if before and ticket <= struck_at(self, id) then return nil end
  set(self, id, "struck", get(self, id, "sent") or 0, pace.strikes)
  set(self, id, "strikes", (before or 0) + 1, pace.strikes)
  return before or 0
end

function Shared:forgive(id, ticket)
  if not get(self, id, "strikes") then return end
  if ticket > struck_at(self, id) then set(self, id, "strikes", nil) end
end

--- Where the store can list its keys.
function Shared:ids()
  local ids, seen, from = {}, {}, #self.prefix + 1
  for _, key in ipairs(self.store.get_keys and self.store:get_keys(0) or {}) do
    if key:sub(1, from - 1) == self.prefix then
      local id, name = key:sub(from):match("^([^:]+):([^:]+)$")
      local told = name == "reading" or name == "cost" or name == "gate"
      if told and not seen[id] then
        ids[#ids + 1], seen[id] = id, true
      end
    end
  end
  return ids
end

return M
