--- Budgets: how long a request must wait so that Graph does not throttle, for every account and for
-- the app as a whole. When to wait is decided in csrc/pace.h; here is what it is decided on.
--
-- All of it is in the store, so that workers and machines that share one share the budgets. A
-- budget's keys, each behind "waba:<app id>:<account id>:" (or "waba:<app id>:app:"):
--
--   gate       closed: seconds (of the time below) when it opens; the key ends then
--   strikes    throttled replies in a row that gave no time
--   sent       requests so far; m<minute>: how many there were when that minute began
--   cost       percent that a request takes; there is none until a reading was seen
--   percent    the latest reading; it counts for a minute. ticket: what `sent` was for its request
--   next       when the next request may go, where they are paced
--   latest     the ticket of the latest request, until its reply has come
--
-- Time is the time of day where the client's clock is the system's, because monotonic clocks of two
-- machines have nothing in common; it is looked at once and carried on monotonically, because the
-- time of day jumps. What must not be missed, that a gate opens, hangs on the end of its key's life
-- instead, which is on one clock: the store's.

local core = require "waba.core"

local pace = core.pace

---@class waba.Store anything like ngx.shared.DICT
---@field get fun(self, key: string): number|string|nil
---@field set fun(self, key: string, value: number|string|nil, exptime: number|nil)
---@field incr fun(self, key: string, n: number, init: number|nil, init_ttl: number|nil): number|nil
---@field get_keys (fun(self, most: integer): string[])|nil only for client:usage()

---@class waba.Budget
local Budget = {}
Budget.__index = Budget

local MINUTE = 60
-- An hour, and the minute that a request may be on its way until Graph counts it.
local WINDOW = 61 -- minutes
local SETTLED = 58 -- minutes, of which the last is left out
local KEPT = (WINDOW + 2) * MINUTE
local FRESH = MINUTE     -- seconds that a reading counts
local REPLY = 30         -- seconds after which no reply is waited for
local LOOK_AGAIN = 0.25  -- seconds, where a reply is waited for
local LEAST = 0.001       -- seconds: a smaller step may not move the clock on
local STRIKES = 2 * 3600 -- seconds that they are remembered
local FULL = 95          -- percent of the app from which a throttled reply is about the app

local M = {}

---@param store waba.Store
---@param options { now: (fun(): number), app_id: string|nil }
---@return waba.Budget
function M.new(store, options)
  return setmetatable({
    store = store, now = options.now, prefix = ("waba:%s:"):format(options.app_id or ""),
    tickets = setmetatable({}, { __mode = "k" }),
  }, Budget)
end

--- The time of day, carried on monotonically.
---@return fun(): number seconds
function M.time_of_day()
  local offset = os.time() - core.clock.now()
  return function() return core.clock.now() + offset end
end

local function pots_of(self, call)
  local account, writes = call:account()
  return self.prefix .. "app:", self.prefix .. (account or "-") .. ":", writes
end

--- What `sent` was when a minute began: nothing went between it and the first that has a mark.
local function sent_at(store, pot, minute, now)
  for i = minute, math.floor(now / MINUTE) do
    local mark = store:get(pot .. "m" .. i)
    if mark then return mark end
  end
  return store:get(pot .. "sent") or 0
end

--- Requests sent in the last hour, and the latest ticket. Rather too many than too few.
local function count(store, pot, now)
  local ticket = store:get(pot .. "sent") or 0
  local first = sent_at(store, pot, math.floor(now / MINUTE) - WINDOW, now)
  return math.max(0, ticket - first), ticket
end

--- Requests that a reading surely counts, also one that is a minute late.
local function count_settled(store, pot, now)
  local minute = math.floor(now / MINUTE)
  local first = sent_at(store, pot, minute - SETTLED, now)
  return math.max(0, sent_at(store, pot, minute - 1, now) - first)
end

--- What is used, in percent, and what a request costs; nil where nothing is known.
local function meter(store, pot, now)
  local cost = store:get(pot .. "cost")
  if not cost then return nil end
  local sent, ticket = count(store, pot, now)
  local since = ticket - (store:get(pot .. "ticket") or ticket)
  return pace.used(store:get(pot .. "percent"), math.max(0, since), sent, cost), cost
end

local function gate(store, pot, now)
  local ends = store:get(pot .. "gate")
  if not ends then return nil end
  return math.max(ends - now, LOOK_AGAIN) -- the key is there: it is closed, whatever our clock says
end

--- Seconds until a request may draw on this budget; 0, and the gap to leave after it.
local function delay(store, pot, writes, now)
  local closed = gate(store, pot, now)
  if closed then return closed end
  local used, cost = meter(store, pot, now)
  if not used then return 0, 0 end
  local gap, alone = pace.decide(used, cost, writes)
  if not gap then return MINUTE - now % MINUTE end -- a minute's requests drop out of the hour then
  local next_at = gap > 0 and store:get(pot .. "next")
  if next_at and next_at > now then return math.min(next_at - now, MINUTE) end
  if alone and store:get(pot .. "latest") then return LOOK_AGAIN end
  return 0, gap
end

--- Counts a request, which is about to go.
local function take(store, pot, gap, now)
  local ticket = store:incr(pot .. "sent", 1, 0)
  store:incr(pot .. "m" .. math.floor(now / MINUTE), 0, ticket - 1, KEPT)
  store:set(pot .. "latest", ticket, REPLY)
  if gap > 0.001 then store:set(pot .. "next", now + gap, gap) end
  return ticket
end

--- Seconds to hold this call's request; 0: it goes now, and is counted.
---@param call userdata
---@return number
function Budget:delay(call)
  local store, now = self.store, self.now()
  local app, account, writes = pots_of(self, call)
  local app_wait, app_gap = delay(store, app, writes, now)
  local wait, gap = delay(store, account, writes, now)
  if app_wait > 0 or wait > 0 then return math.max(app_wait, wait, LEAST) end
  self.tickets[call] = { app = take(store, app, app_gap, now),
    account = take(store, account, gap, now) }
  return 0
end

--- Takes a reading in.
local function note(store, pot, usage, ticket, first_cost, now)
  if not usage.percent then return end
  local percent, newest = usage.percent, store:get(pot .. "ticket")
  local sent, total = count(store, pot, now)
  ticket = ticket or total
  if newest and newest > ticket then return end -- replies overtake each other
  if usage.partial then percent = math.max(percent, store:get(pot .. "percent") or 0) end
  local cost = store:get(pot .. "cost") or first_cost
  cost = pace.cost(percent, 0, sent, cost, count_settled(store, pot, now), usage.partial)
  store:set(pot .. "cost", cost, KEPT)
  store:set(pot .. "percent", percent, FRESH)
  store:set(pot .. "ticket", ticket, FRESH)
end

local function park(store, pot, seconds, now)
  local ends = store:get(pot .. "gate")
  if ends and ends >= now + seconds then return end
  store:set(pot .. "gate", now + seconds, seconds)
end

--- A reply was refused. Where it says no time, the wait grows with every such reply.
local function punish(store, pot, regain, retry_after, now)
  local strikes = 0
  if regain <= 0 and retry_after <= 0 then
    strikes = (store:incr(pot .. "strikes", 1, 0, STRIKES) or 1) - 1
  end
  park(store, pot, pace.park(regain, retry_after, strikes), now)
end

local function learn_throttled(self, usage, app, account, id, now)
  local throttled = usage.throttled
  local full = usage.app and (usage.app.percent or 0) >= FULL
  local pot = (full or pace.concerns_app(throttled.code)) and app or account
  local said = usage.accounts[id]
  punish(self.store, pot, said and said.regain or 0, throttled.retry_after, now)
end

local function learn_readings(self, usage, app, ticket, id, now)
  local store = self.store
  if usage.app then note(store, app, usage.app, ticket and ticket.app, 0, now) end
  for key, told in pairs(usage.accounts) do
    local pot = self.prefix .. key .. ":"
    note(store, pot, told, key == id and ticket and ticket.account, pace.first_cost, now)
    if told.regain > 0 then park(store, pot, told.regain, now) end
  end
end

local function replied(store, pot, ticket)
  if store:get(pot .. "latest") == ticket then store:set(pot .. "latest", nil) end
end

--- Learns from what came of the call's request.
---@param call userdata
function Budget:learn(call)
  local store, now, ticket = self.store, self.now(), self.tickets[call]
  local app, account = pots_of(self, call)
  if ticket then
    replied(store, app, ticket.app)
    replied(store, account, ticket.account)
    self.tickets[call] = nil
  end
  local usage = call:usage()
  if not usage then return end
  local id = call:account() or "-"
  learn_readings(self, usage, app, ticket, id, now)
  if usage.throttled then
    learn_throttled(self, usage, app, account, id, now)
  elseif not call:facts().kind and store:get(account .. "strikes") then
    store:set(account .. "strikes", nil)
  end
end

local function describe(store, pot, now)
  local parked = gate(store, pot, now)
  local percent = meter(store, pot, now)
  return { percent = percent, sent = (count(store, pot, now)), parked_seconds = parked or 0 }
end

--- What is known of the budgets that Graph has told of.
---@return { app: table, accounts: table<string, table> } # see waba.Usage
function Budget:usage()
  local store, now, accounts = self.store, self.now(), {}
  local keys = store.get_keys and store:get_keys(0) or {}
  for _, key in ipairs(keys) do
    if key:sub(1, #self.prefix) == self.prefix then
      local id, what = key:sub(#self.prefix + 1):match("^(%d+):(%a+)$")
      if id and (what == "cost" or what == "gate") then
        accounts[id] = accounts[id] or describe(store, self.prefix .. id .. ":", now)
      end
    end
  end
  return { app = describe(store, self.prefix .. "app:", now), accounts = accounts }
end

return M
