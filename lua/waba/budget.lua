--- Budgets: how long a request must wait so that Graph does not throttle, for every account and for
-- the app as a whole. When to wait is decided in csrc/pace.h; here is what it is decided on.
--
-- What is known is in a ledger: the client's own, in memory (csrc/lua_ledger.c), or one over a
-- store (waba.shared) with the same methods, so that workers and machines share the budgets. This
-- runs twice for every request, so it asks for no more than it must: what was sent in the last hour
-- is counted only where it could matter.
--
-- Time is the time of day where the client's clock is the system's, because monotonic clocks of two
-- machines have nothing in common; it is looked at once and carried on monotonically, because the
-- time of day jumps.

local core = require "waba.core"
local shared = require "waba.shared"

local pace = core.pace
local PACED = pace.paced

---@class waba.Budget
local Budget = {}
Budget.__index = Budget

local MINUTE = 60
local REPLY = 2          -- gaps after which no reply is waited for: slow ones would set the pace
local PROBE = 20         -- seconds that a reply is waited for after a throttled one
local LOOK_AGAIN = 0.25  -- seconds, where a reply is waited for
local LEAST = 0.001      -- seconds: a smaller step may not move the clock on
local FULL = 95          -- percent of the app from which a throttled reply is about the app
local WORTH = 10         -- percent from which a usual cost is worth remembering
local BUSY, CALM = 10000, 2000 -- accounts kept in memory

local APP, NONE = "app", "-" -- ids that are no account's
local NOBODY = {}

local M = {}

---@param store waba.Store|nil default: in memory, the client's own
---@param options { now: (fun(): number), app_id: string|nil }
---@return waba.Budget
function M.new(store, options)
  local over_store = store and shared.new(store, ("waba:%s:"):format(options.app_id or ""))
  return setmetatable({ ledger = over_store or core.ledger(BUSY, CALM), now = options.now }, Budget)
end

--- The time of day, carried on monotonically.
---@return fun(): number seconds
function M.time_of_day()
  local now = core.clock.now
  local offset = os.time() - now()
  return function() return now() + offset end
end

--- What a request is taken to cost at first. What the app's budget holds is told nowhere.
local function first_cost(id) return id == APP and 0 or pace.first_cost end

--- What is used, in percent, of what `look` tells, and what a request costs; nil where nothing is
--- known. Where it is too little to pace by, even if all that was ever sent still counted, it may
--- be told as too much, unless `hour`, the requests of the last hour, is given.
local function meter(ledger, id, now, hour, cost, percent, ticket, sent)
  if not (cost or percent) then return nil end
  cost, sent = cost or first_cost(id), sent or 0
  local since = math.max(0, sent - (ticket or sent))
  if not hour then
    local used = pace.used(percent, since, sent, cost)
    if used < PACED then return used, cost end
    hour = ledger:hour(id, now)
  end
  return pace.used(percent, since, hour, cost), cost
end

--- Seconds until a gate opens; it is closed, whatever our clock says.
local function until_open(gate, now) return math.max(gate - now, LOOK_AGAIN) end

--- What `delay` answers for an open budget of which so much is used.
local function paced(used, cost, writes, next_at, latest, now)
  local gap, alone = pace.decide(used, cost, writes)
  if not gap then return MINUTE - now % MINUTE end -- a minute's requests drop out of the hour then
  if next_at and next_at > now then return math.min(next_at - now, MINUTE) end
  if alone and latest then return math.min(LOOK_AGAIN, gap) end
  if gap > LEAST then return 0, gap, REPLY * gap end
  return 0
end

--- Seconds until a request may draw on this budget. 0: it may go, and where requests are paced, the
--- gap to leave after it, and the seconds that none may go alone unless its reply has come.
local function delay(ledger, id, writes, now)
  if ledger:calm(id, first_cost(id), now) then return 0 end
  local gate, known, percent, ticket, sent = ledger:look(id, now)
  if gate then return until_open(gate, now) end
  local next_at, latest, strikes = ledger:turn(id, now)
  local used, cost = meter(ledger, id, now, nil, known, percent, ticket, sent)
  local wait, gap, alone = 0, nil, nil
  if used and used >= PACED then
    wait, gap, alone = paced(used, cost, writes, next_at, latest, now)
  end
  if wait > 0 or not strikes then return wait, gap, alone end
  if latest then return LOOK_AGAIN end
  return 0, gap or 0, math.max(alone or 0, PROBE) -- one goes, to see
end

--- Counts a request, which is about to go.
local function take(ledger, id, now, gap, alone)
  local ticket = ledger:count(id, now)
  if gap then ledger:pace(id, ticket, gap, alone, now) end
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
---@return boolean|nil # where it is held: whether all that the app sends is
function Budget:delay(call)
  local ledger, now = self.ledger, self.now()
  local id, writes = call:account()
  id = id or NONE
  local app_wait, app_gap, app_alone = delay(ledger, APP, writes, now)
  local wait, gap, alone = delay(ledger, id, writes, now)
  if app_wait > 0 or wait > 0 then return math.max(app_wait, wait, LEAST), nil, app_wait > 0 end
  return 0, { id = id, paced = app_gap ~= nil or gap ~= nil,
    app_ticket = take(ledger, APP, now, app_gap, app_alone),
    ticket = take(ledger, id, now, gap, alone) }
end

--- What a request costs after a reading; nil where that is not worth remembering.
local function cost_after(ledger, id, known, percent, ticket, partial, now)
  local first = first_cost(id)
  local cost = known or first
  if cost * ticket > percent + 1 and not partial then
    cost = pace.at_most(cost, percent, ledger:settled(id, now))
  end
  if percent >= PACED then cost = pace.at_least(cost, percent, ledger:hour(id, now)) end
  return (percent >= WORTH or cost ~= first) and cost or nil
end

--- Takes a reading in; rather too much than too little.
local function note(ledger, id, percent, partial, ticket, now)
  local _, cost, before, newest, sent = ledger:look(id, now)
  ticket = ticket or sent or 0
  if before then
    if newest > ticket and newest <= (sent or 0) then return end -- replies overtake each other
    if partial and before > percent then percent = before end
  end
  cost = cost_after(ledger, id, cost, percent, ticket, partial, now)
  ledger:read(id, math.ceil(percent), ticket, cost, now)
end

--- A reply was refused. Where it says no time, the wait grows with every such reply.
local function punish(ledger, id, ticket, stated, now)
  if stated > 0 then return ledger:close(id, stated, now) end
  local strikes = ledger:strike(id, ticket, now)
  if strikes then ledger:close(id, pace.park(strikes), now) end
end

--- What a reply says of a budget.
local function heed(ledger, id, percent, regain, partial, ticket, now)
  if percent then note(ledger, id, percent, partial, ticket, now) end
  if regain > 0 then ledger:close(id, regain, now) end
end

--- A request that was counted has not gone.
local function take_back(ledger, receipt)
  ledger:uncount(APP)
  ledger:uncount(receipt.id)
end

-- Failures that do not show whether there is budget left. Any other answer does.
local NO_PROOF = { throttled = true, transient = true, indeterminate = true, protocol = true }

--- Learns from what came of the call's request.
---@param call userdata
---@param receipt waba.Receipt
function Budget:learn(call, receipt)
  local ledger, now, id = self.ledger, self.now(), receipt.id
  local ticket, app_ticket = receipt.ticket, receipt.app_ticket
  if receipt.paced then
    ledger:replied(APP, app_ticket, now)
    ledger:replied(id, ticket, now)
  end
  local app, app_regain, app_partial, percent, regain, partial, others = call:usage()
  if not regain then -- no reply
    if not call:sent() then take_back(ledger, receipt) end
    return
  end
  heed(ledger, APP, app, app_regain, app_partial, app_ticket, now)
  heed(ledger, id, percent, regain, partial, ticket, now)
  for other, told in pairs(others or NOBODY) do
    if other:find("^%d+$") then
      heed(ledger, other, told.percent, told.regain, told.partial, nil, now)
    end
  end
  local kind = call:kind()
  if kind == "throttled" then
    local code, stated = call:throttled()
    local whole = (app or 0) >= FULL or pace.concerns_app(code)
    punish(ledger, whole and APP or id, whole and app_ticket or ticket, stated, now)
  elseif not (kind and NO_PROOF[kind]) then
    ledger:forgive(APP, app_ticket, now)
    ledger:forgive(id, ticket, now)
  end
end

local function describe(ledger, id, now)
  local gate, cost, percent, ticket, sent = ledger:look(id, now)
  local hour = ledger:hour(id, now)
  return { percent = meter(ledger, id, now, hour, cost, percent, ticket, sent), sent = hour,
    parked_seconds = gate and until_open(gate, now) or 0 }
end

--- What is known of the budgets that Graph has told of.
---@return { app: table, accounts: table<string, table> } # see waba.Usage
function Budget:usage()
  local ledger, now, accounts = self.ledger, self.now(), {}
  for _, id in ipairs(ledger:ids(now)) do
    if id:find("^%d+$") then accounts[id] = describe(ledger, id, now) end
  end
  return { app = describe(ledger, APP, now), accounts = accounts }
end

return M
