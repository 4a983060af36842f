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
--   reading    the latest, and what `sent` was for its request, as `pack` has it; it counts for a
--              minute
--   next       when the next request may go, where they are paced
--   latest     what `sent` was for the latest request, where they are paced, until its reply came
--
-- This runs twice for every request, so it looks at no more keys than it must: what was sent in the
-- last hour is counted only where it could matter.
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
local PERCENTS = 1024    -- more than a reading can be

local M = {}

--- The keys of one budget, by their short names.
local Pot = {}

function Pot.__index(pot, name) return pot.prefix .. name end

local function pot_of(prefix, id)
  local pot = { prefix = prefix .. id .. ":", first_cost = pace.first_cost, marked = false }
  return setmetatable(pot, Pot)
end

--- The app's, which are looked at for every request, are made once. What it holds nobody tells.
local function app_pot(prefix)
  local pot = pot_of(prefix, "app")
  pot.first_cost = 0
  for _, name in ipairs { "gate", "strikes", "sent", "cost", "reading", "next", "latest" } do
    pot[name] = pot[name]
  end
  return pot
end

---@param store waba.Store
---@param options { now: (fun(): number), app_id: string|nil }
---@return waba.Budget
function M.new(store, options)
  local prefix = ("waba:%s:"):format(options.app_id or "")
  return setmetatable({ store = store, now = options.now, prefix = prefix, app = app_pot(prefix) },
    Budget)
end

--- The time of day, carried on monotonically.
---@return fun(): number seconds
function M.time_of_day()
  local offset = os.time() - core.clock.now()
  return function() return core.clock.now() + offset end
end

--- A reading and its ticket, which belong together, as one number. Rather too much than too little.
local function pack(percent, ticket)
  return ticket * PERCENTS + math.ceil(percent)
end

---@return number|nil percent
---@return number|nil ticket
local function unpack_reading(packed)
  if not packed then return nil end
  return packed % PERCENTS, math.floor(packed / PERCENTS)
end

--- What `sent` was when a minute began: nothing went between it and the first that has a mark.
local function sent_at(store, pot, minute, now)
  for i = minute, math.floor(now / MINUTE) do
    local mark = store:get(pot["m" .. i])
    if mark then return mark end
  end
  return store:get(pot.sent) or 0
end

--- Requests sent in the last hour. Rather too many than too few.
local function count(store, pot, now)
  local first = sent_at(store, pot, math.floor(now / MINUTE) - WINDOW, now)
  return math.max(0, (store:get(pot.sent) or 0) - first)
end

--- Requests that a reading surely counts, also one that is a minute late.
local function count_settled(store, pot, now)
  local minute = math.floor(now / MINUTE)
  local first = sent_at(store, pot, minute - SETTLED, now)
  return math.max(0, sent_at(store, pot, minute - 1, now) - first)
end

--- What is used, in percent, and what a request costs; nil where nothing is known. Where it is too
--- little to pace by, even if all that was ever sent still counted, it may be told as too much.
local function meter(store, pot, now, exactly)
  local cost = store:get(pot.cost)
  if not cost then return nil end
  local total = store:get(pot.sent) or 0
  local percent, ticket = unpack_reading(store:get(pot.reading))
  local since = math.max(0, total - (ticket or total))
  local used = pace.used(percent, since, total, cost)
  if used < pace.paced and not exactly then return used, cost end
  return pace.used(percent, since, count(store, pot, now), cost), cost
end

local function gate(store, pot, now)
  local ends = store:get(pot.gate)
  if not ends then return nil end
  return math.max(ends - now, LOOK_AGAIN) -- the key is there: it is closed, whatever our clock says
end

--- Seconds until a request may draw on this budget; 0, and the gap to leave after it where requests
--- are paced.
local function delay(store, pot, writes, now)
  local closed = gate(store, pot, now)
  if closed then return closed end
  local used, cost = meter(store, pot, now)
  if not used or used < pace.paced then return 0, nil end
  local gap, alone = pace.decide(used, cost, writes)
  if not gap then return MINUTE - now % MINUTE end -- a minute's requests drop out of the hour then
  local next_at = store:get(pot.next)
  if next_at and next_at > now then return math.min(next_at - now, MINUTE) end
  if alone and store:get(pot.latest) then return LOOK_AGAIN end
  return 0, gap
end

--- The name of the mark of this minute.
local function mark_of(self, now)
  local minute = math.floor(now / MINUTE)
  if minute ~= self.minute then self.minute, self.mark = minute, "m" .. minute end
  return self.mark
end

--- Counts a request, which is about to go.
local function take(store, pot, mark, gap, now)
  local ticket = store:incr(pot.sent, 1, 0)
  if pot.marked ~= mark then store:incr(pot[mark], 0, ticket - 1, KEPT) end
  if gap then
    store:set(pot.latest, ticket, REPLY)
    if gap > LEAST then store:set(pot.next, now + gap, gap) end
  end
  return ticket
end

---@class waba.Receipt what `learn` wants to know of a request that went
---@field pot table the account's
---@field ticket number its place among the account's requests
---@field app_ticket number and among all of the app
---@field paced boolean

--- Seconds to hold this call's request; 0: it goes now, and is counted.
---@param call userdata
---@return number
---@return waba.Receipt|nil # where it goes
function Budget:delay(call)
  local store, now, app = self.store, self.now(), self.app
  local id, writes = call:account()
  local pot = pot_of(self.prefix, id or "-")
  local app_wait, app_gap = delay(store, app, writes, now)
  local wait, gap = delay(store, pot, writes, now)
  if app_wait > 0 or wait > 0 then return math.max(app_wait, wait, LEAST) end
  local mark = mark_of(self, now)
  local app_ticket = take(store, app, mark, app_gap, now)
  app.marked = mark
  return 0, { pot = pot, ticket = take(store, pot, mark, gap, now), app_ticket = app_ticket,
    paced = app_gap ~= nil or gap ~= nil }
end

--- What a request costs after a reading.
local function cost_after(store, pot, percent, ticket, partial, now)
  local cost = store:get(pot.cost) or pot.first_cost
  if cost * ticket > percent + 1 and not partial then
    cost = pace.at_most(cost, percent, count_settled(store, pot, now))
  end
  if percent >= pace.paced then cost = pace.at_least(cost, percent, count(store, pot, now)) end
  return cost
end

--- Takes a reading in.
local function note(store, pot, usage, ticket, now)
  if not usage.percent then return end
  local percent, newest = unpack_reading(store:get(pot.reading))
  ticket = ticket or store:get(pot.sent) or 0
  if newest and newest > ticket then return end -- replies overtake each other
  if not usage.partial or not percent or usage.percent > percent then percent = usage.percent end
  store:set(pot.cost, cost_after(store, pot, percent, ticket, usage.partial, now), KEPT)
  store:set(pot.reading, pack(percent, ticket), FRESH)
end

local function park(store, pot, seconds, now)
  local ends = store:get(pot.gate)
  if ends and ends >= now + seconds then return end
  store:set(pot.gate, now + seconds, seconds)
end

--- A reply was refused. Where it says no time, the wait grows with every such reply.
local function punish(store, pot, regain, retry_after, now)
  local strikes = 0
  if regain <= 0 and retry_after <= 0 then
    strikes = (store:incr(pot.strikes, 1, 0, STRIKES) or 1) - 1
  end
  park(store, pot, pace.park(regain, retry_after, strikes), now)
end

local function learn_throttled(self, usage, pot, id, now)
  local throttled = usage.throttled
  local full = usage.app and (usage.app.percent or 0) >= FULL
  if full or pace.concerns_app(throttled.code) then pot = self.app end
  local said = usage.accounts[id]
  punish(self.store, pot, said and said.regain or 0, throttled.retry_after, now)
end

local function learn_readings(self, usage, receipt, id, now)
  local store = self.store
  if usage.app then note(store, self.app, usage.app, receipt.app_ticket, now) end
  for key, told in pairs(usage.accounts) do
    local own = key == id
    local pot = own and receipt.pot or pot_of(self.prefix, key)
    note(store, pot, told, own and receipt.ticket or nil, now)
    if told.regain > 0 then park(store, pot, told.regain, now) end
  end
end

local function replied(store, pot, ticket)
  if store:get(pot.latest) == ticket then store:set(pot.latest, nil) end
end

--- Learns from what came of the call's request.
---@param call userdata
---@param receipt waba.Receipt
function Budget:learn(call, receipt)
  local store, now, pot = self.store, self.now(), receipt.pot
  if receipt.paced then
    replied(store, self.app, receipt.app_ticket)
    replied(store, pot, receipt.ticket)
  end
  local usage = call:usage()
  if not usage then return end
  local id = call:account() or "-"
  learn_readings(self, usage, receipt, id, now)
  if usage.throttled then
    learn_throttled(self, usage, pot, id, now)
  elseif not call:kind() and store:get(pot.strikes) then
    store:set(pot.strikes, nil)
  end
end

local function describe(store, pot, now)
  local parked = gate(store, pot, now)
  local percent = meter(store, pot, now, true)
  return { percent = percent, sent = count(store, pot, now), parked_seconds = parked or 0 }
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
        accounts[id] = accounts[id] or describe(store, pot_of(self.prefix, id), now)
      end
    end
  end
  return { app = describe(store, self.app, now), accounts = accounts }
end

return M
