--- Which accounts are shared with us, told by events that come twice, late and out of order; and
-- the work that follows, in timers, one at a time for each account.
--
-- What is known is in shared dicts, which outlive reloads. Nothing in them is pushed out to make
-- room: where one is full an event is not taken, and Meta delivers it again. A value is as long as
-- the one in whose place it comes, so that what is known can always change.
--
--   waba_accounts  <id>        the latest event: see number_of
--   waba_open      <id>        there is something left to do: "03 1739321024", tried 3 times, not
--                              again before that second
--   waba_busy      <id>        somebody is at this account
--                  event <id>  somebody changes what is known of it

local M = {}

local latest, open, busy = ngx.shared.waba_accounts, ngx.shared.waba_open, ngx.shared.waba_busy

local DAY = 86400
local OLDEST = 8 * DAY -- seconds; Meta tries for 7 days, and a replay may be of any age
local AHEAD = DAY      -- clocks differ, though not by more
local KEPT = 10 * DAY  -- so that what is not too old is never taken for new
local BUSY = 300       -- seconds: longer than a policy takes; the end of one whose worker died
local SWEEP = 10       -- seconds between two looks at what is left open
local MOST_TRIES, LONGEST = 10, 3600
local MOST_PUMPS = 8   -- accounts that a worker is at, at the same time

local HOPELESS = { invalid = true } -- kinds of errors that no further try mends

local apply -- fun(account): any, table|nil; the second is an error

-- ---- what is known ------------------------------------------------------------------------------

--- Whether this can be the id of an account.
function M.is_id(value)
  return type(value) == "string" and #value <= 20 and value:find "^[1-9]%d*$" ~= nil
end

--- The later event has the greater number; of two at the same time, the removal.
local function number_of(what, time)
  return 2 * time + (what == "removed" and 1 or 0)
end

local function read_open(account)
  local tries, after = (open:get(account) or ""):match "^(%d+) (%d+)$"
  return tonumber(tries), tonumber(after)
end

local function write_open(account, tries, after)
  return open:safe_set(account, ("%02d %010d"):format(tries, after),
    tries >= MOST_TRIES and KEPT or 0)
end

local function is_due(account)
  local tries, after = read_open(account)
  return tries and tries < MOST_TRIES and after <= ngx.time()
end

--- Runs `fn`, which does not wait, while no other worker changes what is known of the account.
local function locked(account, fn, ...)
  local key = "event " .. account
  for _ = 1, 200 do
    local mine, reason = busy:safe_add(key, true, 1)
    if mine then
      local result, failure = fn(account, ...)
      busy:delete(key)
      return result, failure
    end
    if reason ~= "exists" then return nil, "waba_busy: " .. reason end
    ngx.sleep(0.01)
  end
  return nil, "another worker is at it"
end

local function take(account, what, time)
  local number = number_of(what, time)
  if number <= (latest:get(account) or 0) then return "known" end
  if what == "added" then
    local kept, reason = write_open(account, 0, 0)
    if not kept then return nil, "waba_open: " .. reason end
  end
  local kept, reason = latest:safe_set(account, number, KEPT)
  if what == "removed" or not kept then open:delete(account) end
  if not kept then return nil, "waba_accounts: " .. reason end
  ngx.log(ngx.NOTICE, "account ", account, ": ", what)
  return "taken"
end

--- After a try, unless a later event came meanwhile.
local function settle(account, event, failure, in_timer)
  if latest:get(account) ~= event then return end
  if not failure then
    open:delete(account)
    return ngx.log(ngx.NOTICE, "account ", account, ": the policy is in place")
  end
  local tries = read_open(account)
  if not (tries and in_timer) then return end
  tries = HOPELESS[failure.kind] and MOST_TRIES or tries + 1
  local wait = math.min(LONGEST, math.max(SWEEP * 2 ^ tries, failure.retry_after or 0))
  ngx.log(ngx.WARN, "account ", account, ", try ", tries, " of ", MOST_TRIES, ": ",
    tostring(failure))
  return write_open(account, tries, ngx.time() + math.ceil(wait))
end

-- ---- the work -----------------------------------------------------------------------------------

-- Of this worker. What is in it is open as well: a sweep finds it when the worker has died.
local queue, first, last, queued, pumps = {}, 1, 0, {}, 0

local function pop()
  local account = queue[first]
  if not account then return nil end
  queue[first], queued[account], first = nil, nil, first + 1
  return account
end

local function pump(premature)
  local account = not premature and pop()
  while account do
    M.attempt(account, true)
    account = not ngx.worker.exiting() and pop()
  end
  pumps = pumps - 1
end

local function schedule(account)
  if not queued[account] then
    last = last + 1
    queue[last], queued[account] = account, true
  end
  if pumps < MOST_PUMPS and ngx.timer.at(0, pump) then pumps = pumps + 1 end
end

local Raised = { __tostring = function(self) return self.kind .. ": " .. self.message end }

local function try(account)
  local sound, results, failure = pcall(apply, account)
  if sound then return results, failure end
  return nil, setmetatable({ kind = "raised", message = tostring(results) }, Raised)
end

--- For who has the account to himself.
local function work(account, event, in_timer)
  if in_timer and not is_due(account) then return nil end
  local results, failure = try(account)
  local _, reason = locked(account, settle, event, failure, in_timer)
  if reason then ngx.log(ngx.ERR, "account ", account, " stays open: ", reason) end
  return results, failure
end

local attempts = 0

--- Puts the policy in place on an account, unless somebody is at it. Then nothing is left to do.
---@param account string
---@param in_timer boolean|nil only where it is due; and a failure is one of its tries
---@return boolean whether nobody was at it
---@return any results of the policy; nil: it raised
---@return table|nil failure
function M.attempt(account, in_timer)
  attempts = attempts + 1
  local mine = ("%d %d"):format(ngx.worker.pid(), attempts)
  local free, reason = busy:safe_add(account, mine, BUSY)
  if not free then
    if reason ~= "exists" then ngx.log(ngx.ERR, "account ", account, ": waba_busy: ", reason) end
    return false
  end
  local event = latest:get(account)
  local results, failure = work(account, event, in_timer)
  if busy:get(account) == mine then busy:delete(account) end
  -- Who came meanwhile went away again.
  if latest:get(account) ~= event and is_due(account) then schedule(account) end
  return true, results, failure
end

--- Looks for what is left: after a failure, a reload, or the end of a worker.
local function sweep()
  for _, account in ipairs(open:get_keys(0)) do
    if is_due(account) then schedule(account) end
  end
end

-- ---- for others ---------------------------------------------------------------------------------

--- Takes an event: it is looked at in a timer, at once.
---@param account string
---@param what "added"|"removed"
---@param time integer Meta's, seconds
---@return "taken"|"known"|"old"|"ahead"|nil
---@return string|nil # why it could not be taken
function M.record(account, what, time)
  if time < ngx.time() - OLDEST then return "old" end
  if time > ngx.time() + AHEAD then return "ahead" end
  local result, reason = locked(account, take, what, time)
  if result == "taken" and what == "added" then schedule(account) end
  return result, reason
end

--- How many accounts there is something left to do for, and how many were given up.
---@return { open: integer, failed: integer }
function M.count()
  local counts = { open = 0, failed = 0 }
  for _, account in ipairs(open:get_keys(0)) do
    local tries = read_open(account)
    local progress = tries and (tries < MOST_TRIES and "open" or "failed")
    if progress then counts[progress] = counts[progress] + 1 end
  end
  return counts
end

--- In init_worker.
---@param policy fun(account: string): any, table|nil the second is an error
function M.start(policy)
  apply = policy
  assert(ngx.timer.at(0, sweep))
  assert(ngx.timer.every(SWEEP, sweep))
end

return M
