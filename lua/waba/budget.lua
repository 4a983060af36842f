--- Budgets: how long a request must wait so that Graph does not throttle, for every account and for
-- the app as a whole. When to wait is decided in csrc/pace.h; here is what is learnt from replies.
--
-- What is known is in a ledger: the client's own, in memory (csrc/lua_ledger.c), or one over a
-- store (waba.shared) with the same methods, so that workers and machines share the budgets.
--
-- Time is the time of day where the client's clock is the system's, because monotonic clocks of two
-- machines have nothing in common; it is looked at once and carried on monotonically, because the
-- time of day jumps.

local core = require "waba.core"
local shared = require("waba.load").later "waba.shared"

local concerns_app = core.pace.concerns_app

---@class waba.Budget
local Budget = {}
Budget.__index = Budget

local FULL = 95 -- percent of the app from which a throttled reply is about the app
-- Accounts kept in memory. Where more than these are worked on by turns, what each has sent is
-- forgotten before its next request, and nothing paces it until its readings are high.
local BUSY, CALM = 10000, 10000

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
  local id, writes = call:account()
  id = id or NONE
  local wait, ticket, app_ticket, paced = self.ledger:delay(id, writes, self.now())
  if wait > 0 then return wait, nil, ticket end
  return 0, { id = id, ticket = ticket, app_ticket = app_ticket, paced = paced }
end

--- A request that was counted has not gone.
---@param receipt waba.Receipt
function Budget:take_back(receipt) self.ledger:take_back(receipt.id) end

--- What a reply says of a budget.
local function heed(ledger, id, ticket, percent, regain, partial, now)
  if percent then ledger:read(id, ticket, percent, partial, now) end
  if regain > 0 then ledger:close(id, regain, now) end
end

--- A reply was refused. Where it says no time, the wait grows with every such reply.
local function punish(ledger, id, ticket, stated, now)
  if stated > 0 then ledger:close(id, stated, now) else ledger:strike(id, ticket, now) end
end

-- Failures that do not show whether there is budget left. Any other answer does.
local NO_PROOF = { throttled = true, transient = true, indeterminate = true, protocol = true }

--- Learns from what came of the call's request.
---@param call userdata
---@param receipt waba.Receipt
function Budget:learn(call, receipt)
  local ledger, now, id = self.ledger, self.now(), receipt.id
  local ticket, app_ticket = receipt.ticket, receipt.app_ticket
  if receipt.paced then ledger:replied(id, ticket, app_ticket) end
  local app, app_regain, app_partial, percent, regain, partial, others = call:usage()
  if not regain then -- no reply
    if not call:sent() then self:take_back(receipt) end
    return
  end
  heed(ledger, APP, app_ticket, app, app_regain, app_partial, now)
  heed(ledger, id, ticket, percent, regain, partial, now)
  for other, told in pairs(others or NOBODY) do
    if other:find("^%d+$") then
      heed(ledger, other, nil, told.percent, told.regain, told.partial, now)
    end
  end
  local kind = call:kind()
  if kind == "throttled" then
    local code, stated = call:throttled()
    local whole = (app or 0) >= FULL or concerns_app(code)
    punish(ledger, whole and APP or id, whole and app_ticket or ticket, stated, now)
  elseif not (kind and NO_PROOF[kind]) then
    ledger:forgive(id, ticket, app_ticket)
  end
end

--- Forgets all of it, but for what others share.
function Budget:forget() self.ledger:clear() end

local function describe(ledger, id, now)
  local percent, sent, parked = ledger:describe(id, now)
  return { percent = percent, sent = sent, parked_seconds = parked }
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
