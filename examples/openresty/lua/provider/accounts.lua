--- Which accounts are shared with us, told by events that come twice, late and out of order; and
-- the work that follows, in timers, one at a time for each account.
--
-- In shared dicts, which outlive reloads. In waba_open, small, so that looking through it is quick:
--
--   <id>         "open" or "failed": there is something left to do, or it was given up
--
-- and in waba_accounts:
--
--   events:<id>  a list: what was delivered and not looked at yet, "added 1739321024"
--   state:<id>   the latest of all: "added 1739321024 open 0": what, Meta's time, whether it is
--                open, done or failed, and how often it was tried
--   busy:<id>    somebody is at it
--   later:<id>   not before this is gone, after a failure
--   due:<id>     it is in todo
--   todo         a list: accounts to look at

local M = {}

local dict, open = ngx.shared.waba_accounts, ngx.shared.waba_open

local DAY = 86400
local OLDEST = 8 * DAY -- seconds; Meta tries for 7 days, and a replay may be of any age
local KEPT = 9 * DAY   -- so that what is not too old is never taken for new
local BUSY = 300       -- seconds: longer than a policy takes; the end of one whose worker died
local DUE = 60
local SWEEP = 10       -- seconds between two looks at what is left open
local MOST_TRIES, LONGEST = 10, 3600
local MOST_PUMPS = 8   -- accounts that a worker is at, at the same time

local apply -- fun(account): any, table|nil; the second is an error

-- ---- what is known ------------------------------------------------------------------------------

local function parse(text)
  local what, time, rest = (text or ""):match "^(%l+) (%d+)(.*)$"
  if not what then return nil end
  local progress, tries = rest:match "^ (%l+) (%d+)$"
  return { what = what, time = tonumber(time), progress = progress, tries = tonumber(tries) }
end

local function read(account)
  return parse(dict:get("state:" .. account))
end

local function write(account, state)
  local text = ("%s %d %s %d"):format(state.what, state.time, state.progress, state.tries)
  dict:set("state:" .. account, text, KEPT)
end

--- The later event wins; of two at the same time, the removal.
local function is_news(event, state)
  if not state or event.time ~= state.time then return not state or event.time > state.time end
  return event.what == "removed" and state.what == "added"
end

--- Takes in what was delivered; the same state where that is no news. Only who has the account to
--- himself may.
local function merge(account, state)
  state = state or read(account)
  while true do
    local event = parse(dict:lpop("events:" .. account))
    if not event then return state end
    if is_news(event, state) then
      state = event
      state.progress, state.tries = event.what == "added" and "open" or "done", 0
      write(account, state)
      ngx.log(ngx.NOTICE, "account ", account, ": ", event.what)
    end
  end
end

-- ---- the work -----------------------------------------------------------------------------------

local schedule

--- Runs `fn` unless somebody is at this account.
---@return boolean whether it ran
function M.alone(account, fn)
  local key, mine = "busy:" .. account, ("%d %s"):format(ngx.worker.pid(), tostring(fn))
  if not dict:add(key, mine, BUSY) then return false end
  local sound, reason = pcall(fn)
  if dict:get(key) == mine then dict:delete(key) end
  -- Who came meanwhile went away again.
  if dict:llen("events:" .. account) > 0 then schedule(account) end
  if not sound then error(reason, 0) end
  return true
end

local function settle(account, state, failure)
  if not failure then
    state.progress = "done"
    write(account, state)
    return ngx.log(ngx.NOTICE, "account ", account, ": the policy is in place")
  end
  state.tries = state.tries + 1
  if state.tries >= MOST_TRIES then state.progress = "failed" end
  write(account, state)
  local wait = math.min(LONGEST, math.max(SWEEP * 2 ^ state.tries, failure.retry_after or 0))
  dict:set("later:" .. account, 1, wait)
  ngx.log(ngx.WARN, "account ", account, ", try ", state.tries, ": ", tostring(failure))
end

--- Until there is nothing left to do, or it failed. What comes meanwhile may be newer.
local function bring_up_to_date(account)
  local state = merge(account)
  while state and state.progress == "open" do
    local _, failure = apply(account)
    local latest = merge(account, state)
    if latest == state then
      settle(account, state, failure)
      break
    end
    state = latest
  end
  if state and state.progress == "failed" then
    open:set(account, "failed", KEPT)
  elseif not state or state.progress == "done" and dict:llen("events:" .. account) == 0 then
    open:delete(account)
  end
end

local function look(account)
  dict:delete("due:" .. account)
  M.alone(account, function() bring_up_to_date(account) end)
end

local pumps = 0

local function pump(premature)
  while not premature and not ngx.worker.exiting() do
    local account = dict:lpop "todo"
    if not account then break end
    local sound, reason = pcall(look, account)
    if not sound then ngx.log(ngx.ERR, "account ", account, ": ", reason) end
  end
  pumps = pumps - 1
end

local function start_pump()
  if pumps >= MOST_PUMPS or dict:llen "todo" == 0 then return end
  if ngx.timer.at(0, pump) then pumps = pumps + 1 end
end

function schedule(account)
  open:set(account, "open")
  if dict:add("due:" .. account, 1, DUE) then dict:rpush("todo", account) end
  start_pump()
end

-- ---- for others ---------------------------------------------------------------------------------

--- Takes an event: it is looked at in a timer, at once.
---@param account string
---@param what "added"|"removed"
---@param time integer Meta's, seconds
---@return "taken"|"known"|"old"|nil
---@return string|nil # why it could not be taken
function M.record(account, what, time)
  if time < ngx.time() - OLDEST then return "old" end
  local event = { what = what, time = time }
  if not is_news(event, read(account)) then return "known" end
  local length, reason = dict:rpush("events:" .. account, ("%s %d"):format(what, time))
  if not length then return nil, reason end
  schedule(account)
  return "taken"
end

--- How many accounts there is something left to do for, and how many were given up.
---@return { open: integer, failed: integer }
function M.count()
  local counts = { open = 0, failed = 0 }
  for _, account in ipairs(open:get_keys(0)) do
    local progress = open:get(account)
    if progress then counts[progress] = counts[progress] + 1 end
  end
  return counts
end

--- Looks for what is left: after a failure, a reload, or the end of a worker.
local function sweep()
  for _, account in ipairs(open:get_keys(0)) do
    local waits = open:get(account) == "failed" or dict:get("later:" .. account)
    if not waits then schedule(account) end
  end
  start_pump()
end

--- In init_worker.
---@param policy fun(account: string): any, table|nil the second is an error
function M.start(policy)
  apply = policy
  if ngx.worker.id() ~= 0 then return end
  assert(ngx.timer.at(0, sweep))
  assert(ngx.timer.every(SWEEP, sweep))
end

return M
