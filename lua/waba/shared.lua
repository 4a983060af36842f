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
local APP = "app"

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
  value = sound and tonumber(value) or nil
  return value == value and value or nil -- NaN is none
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

--- What `sent` was when a minute began: nothing went between it and the first that has a mark.
local function sent_at(self, id, minute, sent, now)
  for i = minute, minute_of(now) do
    local mark = get(self, id, "m" .. i)
    if mark then return mark end
  end
  return sent
end

--- What waba_facts in csrc/pace.h are, but for those that may take sixty looks.
local function look(self, id)
  local percent, ticket = unpack_reading(get(self, id, "reading"))
  return { first_cost = id == APP and 0 or pace.first_cost,
    sent = math.max(0, get(self, id, "sent") or 0), percent = percent, ticket = ticket,
    gate = get(self, id, "gate"), cost = get(self, id, "cost"), next = get(self, id, "next"),
    latest = get(self, id, "latest"), strikes = get(self, id, "strikes") }
end

local function add_hour(self, id, facts, now)
  local sent = facts.sent
  local few = sent <= pace.few -- there are no marks to look for
  facts.hour = few and sent
    or math.max(0, sent - sent_at(self, id, minute_of(now) - pace.window, sent, now))
  return facts
end

local function add_settled(self, id, facts, now)
  local sent, minute = facts.sent, minute_of(now)
  facts.settled = sent <= pace.few and 0
    or math.max(0, sent_at(self, id, minute - 1, sent, now)
      - sent_at(self, id, minute - pace.settled, sent, now))
  return facts
end

--- Seconds to wait, or 0, the gap where there is one, and how long none goes alone.
local function turn(self, id, writes, now)
  local facts = look(self, id)
  local wait, gap, alone = pace.turn(facts, writes, now)
  if wait then return wait, gap, alone end
  return pace.turn(add_hour(self, id, facts, now), writes, now)
end

--- Counts a request, which is about to go.
local function take(self, id, gap, alone, now)
  local ticket, few = incr(self, id, "sent", 1, 0) or 0, pace.few
  if ticket > few then
    incr(self, id, "m" .. minute_of(now), 0, ticket > few + 1 and ticket - 1 or 0, pace.kept)
  end
  if gap then
    set(self, id, "latest", ticket, alone)
    if gap > 0 then set(self, id, "next", now + gap, gap) end
  end
  return ticket
end

function Shared:delay(id, writes, now)
  local app_wait, app_gap, app_alone = turn(self, APP, writes, now)
  local wait, gap, alone = turn(self, id, writes, now)
  if app_wait > 0 or wait > 0 then return math.max(app_wait, wait), app_wait > 0 end
  local app_ticket = take(self, APP, app_gap, app_alone, now)
  return 0, take(self, id, gap, alone, now), app_ticket, (app_gap or gap) ~= nil
end

function Shared:take_back(id)
  incr(self, APP, "sent", -1, 1)
  incr(self, id, "sent", -1, 1)
end

local function replied(self, id, ticket)
  if get(self, id, "latest") == ticket then set(self, id, "latest", nil) end
end

function Shared:replied(id, ticket, app_ticket)
  replied(self, id, ticket)
  replied(self, APP, app_ticket)
end

function Shared:read(id, ticket, percent, partial, now)
  local facts = look(self, id)
  local whole, of, cost = pace.note(facts, ticket, percent, partial)
  if whole == nil then
    add_settled(self, id, add_hour(self, id, facts, now), now)
    whole, of, cost = pace.note(facts, ticket, percent, partial)
  end
  if not whole then return end -- a later one is known
  if cost then set(self, id, "cost", cost, pace.kept) end
  set(self, id, "reading", pack(whole, of), pace.fresh)
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

function Shared:strike(id, ticket, now)
  local before = get(self, id, "strikes")
  if before and ticket <= struck_at(self, id) then return end
  set(self, id, "struck", get(self, id, "sent") or 0, pace.strikes)
  set(self, id, "strikes", (before or 0) + 1, pace.strikes)
  self:close(id, pace.park(before or 0), now)
end

local function forgive(self, id, ticket)
  if not get(self, id, "strikes") then return end
  if ticket > struck_at(self, id) then set(self, id, "strikes", nil) end
end

function Shared:forgive(id, ticket, app_ticket)
  forgive(self, id, ticket)
  forgive(self, APP, app_ticket)
end

function Shared:describe(id, now)
  local facts = add_hour(self, id, look(self, id), now)
  return pace.used(facts), facts.hour, pace.closed(facts, now)
end

--- The others go on.
function Shared.clear() end

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
