--- Budgets: how long a request must wait so that Graph does not throttle, for every account and for
-- the app as a whole. When to wait is decided in csrc/pace.h; here is what it is decided on.
--
-- All of it is in the store, so that workers and machines that share one share the budgets. Of each
-- account, and of the app, it keeps these:
--
--   gate       closed: seconds (of the time below) when it opens; the key ends then
--   strikes    throttled replies in a row that gave no time
--   sent       requests so far; m<minute>: how many there were when that minute began, once there
--              are some
--   cost       percent that a request takes; absent where it is what is taken for it at first, and
--              little was used
--   reading    the latest, and what `sent` was for its request, as `pack` has it; it counts for a
--              minute
--   next       when the next request may go, where they are paced
--   latest     what `sent` was for the latest request, where they are paced, until its reply came
--
-- This runs twice for every request, so it looks at no more of them than it must: what was sent in
-- the last hour is counted only where it could matter.
--
-- Time is the time of day where the client's clock is the system's, because monotonic clocks of two
-- machines have nothing in common; it is looked at once and carried on monotonically, because the
-- time of day jumps. What must not be missed, that a gate opens, hangs on the end of its key's life
-- instead, which is on one clock: the store's.

local core = require "waba.core"
local memory = require "waba.memory"
local shared = require "waba.shared"

local pace = core.pace

---@class waba.Budget
local Budget = {}
Budget.__index = Budget

local MINUTE = 60
-- An hour, and the minute that a request may be on its way until Graph counts it.
local WINDOW = 61 -- minutes
local SETTLED = 58 -- minutes, of which the last is left out
local KEPT = (WINDOW + 2) * MINUTE
local FRESH = MINUTE     -- seconds that a reading counts
local REPLY = 2          -- gaps after which no reply is waited for: slow ones would set the pace
local LOOK_AGAIN = 0.25  -- seconds, where a reply is waited for
local LEAST = 0.001       -- seconds: a smaller step may not move the clock on
local STRIKES = 2 * 3600 -- seconds that they are remembered
local FULL = 95          -- percent of the app from which a throttled reply is about the app
local PERCENTS = 1024    -- more than a reading can be
local FEW = 4            -- requests that need no marks: they count as sent when the next one goes
local WORTH = 10         -- percent from which a usual cost is worth remembering
local MOST = 20000       -- accounts kept in memory; the busiest have about 70 values

local APP, NONE = "app", "-" -- rows that are no account's

local M = {}

---@param store waba.Store|nil default: in memory, the client's own
---@param options { now: (fun(): number), app_id: string|nil }
---@return waba.Budget
function M.new(store, options)
  local rows = store and shared.new(store, ("waba:%s:"):format(options.app_id or ""))
  return setmetatable({ store = rows or memory.new(MOST), now = options.now }, Budget)
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
local function sent_at(store, id, minute, now)
  for i = minute, math.floor(now / MINUTE) do
    local mark = store:get(id, "m" .. i, now)
    if mark then return mark end
  end
  local total = store:get(id, "sent", now) or 0
  return total > FEW and total or 0
end

--- Requests sent in the last hour. Rather too many than too few.
local function count(store, id, now)
  local total = store:get(id, "sent", now) or 0
  if total <= FEW then return total end -- there are no marks to look for
  return math.max(0, total - sent_at(store, id, math.floor(now / MINUTE) - WINDOW, now))
end

--- Requests that a reading surely counts, also one that is a minute late.
local function count_settled(store, id, now)
  local minute = math.floor(now / MINUTE)
  local first = sent_at(store, id, minute - SETTLED, now)
  return math.max(0, sent_at(store, id, minute - 1, now) - first)
end

--- What a request is taken to cost at first. What the app's budget holds is told nowhere.
local function first_cost(id) return id == APP and 0 or pace.first_cost end

--- What is used, in percent, and what a request costs; nil where nothing is known. Where it is too
--- little to pace by, even if all that was ever sent still counted, it may be told as too much,
--- unless `sent`, the requests of the last hour, is given.
local function meter(store, id, now, sent)
  local cost = store:get(id, "cost", now)
  local percent, ticket = unpack_reading(store:get(id, "reading", now))
  if not (cost or percent) then return nil end
  cost = cost or first_cost(id)
  local total = store:get(id, "sent", now) or 0
  local since = math.max(0, total - (ticket or total))
  local used = pace.used(percent, since, total, cost)
  if used < pace.paced and not sent then return used, cost end
  return pace.used(percent, since, sent or count(store, id, now), cost), cost
end

local function gate(store, id, now)
  local ends = store:get(id, "gate", now)
  if not ends then return nil end
  return math.max(ends - now, LOOK_AGAIN) -- the key is there: it is closed, whatever our clock says
end

--- Seconds until a request may draw on this budget; 0, and the gap to leave after it where requests
--- are paced.
local function delay(store, id, writes, now)
  local closed = gate(store, id, now)
  if closed then return closed end
  local used, cost = meter(store, id, now)
  if not used or used < pace.paced then return 0, nil end
  local gap, alone = pace.decide(used, cost, writes)
  if not gap then return MINUTE - now % MINUTE end -- a minute's requests drop out of the hour then
  local next_at = store:get(id, "next", now)
  if next_at and next_at > now then return math.min(next_at - now, MINUTE) end
  if alone and store:get(id, "latest", now) then return math.min(LOOK_AGAIN, gap) end
  return 0, gap
end

--- The name of the mark of this minute.
local function mark_of(self, now)
  local minute = math.floor(now / MINUTE)
  if minute ~= self.minute then self.minute, self.mark = minute, "m" .. minute end
  return self.mark
end

--- Counts a request, which is about to go.
local function take(store, id, mark, gap, now)
  local ticket = store:incr(id, "sent", 1, 0, nil, now)
  if ticket > FEW then store:incr(id, mark, 0, ticket > FEW + 1 and ticket - 1 or 0, KEPT, now) end
  if gap and gap > LEAST then
    store:set(id, "latest", ticket, REPLY * gap, now)
    store:set(id, "next", now + gap, gap, now)
  end
  return ticket
end

---@class waba.Receipt what `learn` wants to know of a request that went
---@field id string the account's
---@field ticket number its place among the account's requests
---@field app_ticket number and among all of the app
---@field paced boolean

--- Seconds to hold this call's request; 0: it goes now, and is counted.
---@param call userdata
---@return number
---@return waba.Receipt|nil # where it goes
function Budget:delay(call)
  local store, now = self.store, self.now()
  local id, writes = call:account()
  id = id or NONE
  local app_wait, app_gap = delay(store, APP, writes, now)
  local wait, gap = delay(store, id, writes, now)
  if app_wait > 0 or wait > 0 then return math.max(app_wait, wait, LEAST) end
  local mark = mark_of(self, now)
  return 0, { id = id, paced = app_gap ~= nil or gap ~= nil,
    app_ticket = take(store, APP, mark, app_gap, now), ticket = take(store, id, mark, gap, now) }
end

--- What a request costs after a reading.
local function cost_after(store, id, percent, ticket, partial, now)
  local cost = store:get(id, "cost", now) or first_cost(id)
  if cost * ticket > percent + 1 and not partial then
    cost = pace.at_most(cost, percent, count_settled(store, id, now))
  end
  if percent >= pace.paced then cost = pace.at_least(cost, percent, count(store, id, now)) end
  return cost
end

--- Takes a reading in.
local function note(store, id, usage, ticket, now)
  if not usage.percent then return end
  local percent, newest = unpack_reading(store:get(id, "reading", now))
  ticket = ticket or store:get(id, "sent", now) or 0
  if newest and newest > ticket then return end -- replies overtake each other
  if not usage.partial or not percent or usage.percent > percent then percent = usage.percent end
  local cost = cost_after(store, id, percent, ticket, usage.partial, now)
  if percent >= WORTH or cost ~= first_cost(id) then store:set(id, "cost", cost, KEPT, now) end
  store:set(id, "reading", pack(percent, ticket), FRESH, now)
end

local function park(store, id, seconds, now)
  local ends = store:get(id, "gate", now)
  if ends and ends >= now + seconds then return end
  store:set(id, "gate", now + seconds, seconds, now)
end

--- A reply was refused. Where it says no time, the wait grows with every such reply.
local function punish(store, id, regain, retry_after, now)
  local strikes = 0
  if regain <= 0 and retry_after <= 0 then
    strikes = (store:incr(id, "strikes", 1, 0, STRIKES, now) or 1) - 1
  end
  park(store, id, pace.park(regain, retry_after, strikes), now)
end

local function learn_throttled(store, usage, id, now)
  local throttled, said = usage.throttled, usage.accounts[id]
  local full = usage.app and (usage.app.percent or 0) >= FULL
  local whose = (full or pace.concerns_app(throttled.code)) and APP or id
  punish(store, whose, said and said.regain or 0, throttled.retry_after, now)
end

local function learn_readings(store, usage, receipt, now)
  if usage.app then note(store, APP, usage.app, receipt.app_ticket, now) end
  for id, told in pairs(usage.accounts) do
    note(store, id, told, id == receipt.id and receipt.ticket or nil, now)
    if told.regain > 0 then park(store, id, told.regain, now) end
  end
end

local function replied(store, id, ticket, now)
  if store:get(id, "latest", now) == ticket then store:set(id, "latest", nil, nil, now) end
end

--- Learns from what came of the call's request.
---@param call userdata
---@param receipt waba.Receipt
function Budget:learn(call, receipt)
  local store, now, id = self.store, self.now(), receipt.id
  if receipt.paced then
    replied(store, APP, receipt.app_ticket, now)
    replied(store, id, receipt.ticket, now)
  end
  local usage = call:usage()
  if not usage then return end
  learn_readings(store, usage, receipt, now)
  if usage.throttled then
    learn_throttled(store, usage, id, now)
  elseif not call:kind() and store:get(id, "strikes", now) then
    store:set(id, "strikes", nil, nil, now)
  end
end

local function describe(store, id, now)
  local parked = gate(store, id, now)
  local sent = count(store, id, now)
  local percent = meter(store, id, now, sent)
  return { percent = percent, sent = sent, parked_seconds = parked or 0 }
end

--- What is known of the budgets that Graph has told of.
---@return { app: table, accounts: table<string, table> } # see waba.Usage
function Budget:usage()
  local store, now, accounts = self.store, self.now(), {}
  for _, name in ipairs { "reading", "cost", "gate" } do
    for _, id in ipairs(store:rows(name, now)) do
      if id:find("^%d+$") then accounts[id] = accounts[id] or describe(store, id, now) end
    end
  end
  return { app = describe(store, APP, now), accounts = accounts }
end

return M
