--- Turns: many coroutines, one running at a time, each put aside while it waits for an answer or
-- for a time to come. What carries the requests meanwhile is the carrier's business.

local alarms = require "waba.alarms"
local unpack = require "waba.unpack"

---@class waba.Turns
---@field active integer coroutines that have begun and not ended
---@field round integer which `go` it is
---@field idle fun()|nil asked when nobody can run, and not seldom where somebody always can
---@field alone boolean|nil nobody takes what is yielded to whoever runs this
local Turns = {}
Turns.__index = Turns

-- What a coroutine yields here; any other yield is a transport's own.
local ASIDE = {}
-- What one yields that has done its work, and can be given other work.
local SPARE = {}

local M = { ASIDE = ASIDE }

---@param now fun(): number
---@param sleep fun(seconds: number) where there is nothing to do but wait
---@param carrier table|nil { in_flight = n, poll = fun(seconds?): key|nil } carries requests
---@return waba.Turns
function M.new(now, sleep, carrier)
  return setmetatable({
    now = now, pause = sleep, carrier = carrier or { in_flight = 0 },
    active = 0, round = 0, known = {}, bodies = {}, spare = {}, asks = -math.huge,
    ready = { first = 1, last = 0 }, foreign = { first = 1, last = 0 },
    waiting = {}, due = {}, alarms = alarms.new(),
  }, Turns)
end

--- For where there are no coroutines to be had: each body has its turn when it begins.
function M.at_once()
  local function nothing() end
  return { at_once = true, active = 0, round = 0,
    begin = function(_, body) body() end, pass = nothing, finish = nothing }
end

--- Whether the code that asks runs in one of these coroutines.
function Turns:runs_here()
  return self.known[coroutine.running()] == true
end

--- The one of these coroutines whose code this is, be it in a coroutine of its own making.
---@return thread|nil
function Turns:whose()
  local running = coroutine.running()
  if self.known[running] then return running end
  for task in pairs(self.known) do
    if coroutine.status(task) == "normal" then return task end
  end
end

-- Of a queue, what is taken is out before it is used: nothing is used twice, whatever is raised.
local function add(queue, item)
  queue[queue.last + 1] = item
  queue.last = queue.last + 1
end

local function is_empty(queue) return queue.first > queue.last end

local function work(body)
  while body do
    body()
    body = coroutine.yield(SPARE)
  end
end

--- Begins a coroutine, or gives one that has done its work another; it gets its first turn in `go`.
---@param body fun()
function Turns:begin(body)
  local task = table.remove(self.spare) or coroutine.create(work)
  self.known[task], self.bodies[task], self.active = true, body, self.active + 1
  add(self.ready, task)
end

--- Ends the coroutines that have done their work. nginx does not end a request or timer in which
--- one lives on that has begun light threads.
function Turns:finish()
  for i, task in ipairs(self.spare) do
    self.spare[i] = nil
    local sound, raised = coroutine.resume(task)
    if not sound then error(raised, 0) end -- Ctrl-C on LuaJIT
  end
end

--- Puts the running coroutine aside until `wake(key)`, or for so many seconds.
---@param key any
---@param seconds number|nil
function Turns:await(key, seconds)
  if seconds then self.due[key] = self.alarms:set(self.now() + seconds, key) end
  self.waiting[key] = coroutine.running()
  coroutine.yield(ASIDE)
end

function Turns:wake(key)
  local task, alarm = self.waiting[key], self.due[key]
  self.waiting[key] = nil -- first: nobody is woken twice
  if task then add(self.ready, task) end
  if alarm then
    self.alarms:cancel(alarm)
    self.due[key] = nil
  end
end

--- Puts the running coroutine behind all those that can run.
function Turns:pass()
  add(self.ready, coroutine.running())
  coroutine.yield(ASIDE)
end

--- Has `go` raise this, as if a coroutine had.
function Turns:raise(what)
  self.raised = self.raised or { what }
end

local function after(self, task, sound, what, ...)
  if not sound then
    self.known[task], self.active = nil, self.active - 1
    self:raise(what)
  elseif what == SPARE then
    self.spare[#self.spare + 1], self.active = task, self.active - 1
  elseif what ~= ASIDE then
    add(self.foreign, { task, select("#", ...) + 1, what, ... })
  end
end

local function resume(self, task, ...)
  after(self, task, coroutine.resume(task, ...))
end

local NOBODY = "attempt to yield where nobody takes it: a transport that yields, or fn, needs a "
  .. "scheduler around the map"

--- Raises in a coroutine that has yielded: dropped, it would keep its line and its place. There is
--- no other way in than a hook.
local function refuse(self, task)
  debug.sethook(task, function()
    if coroutine.running() ~= task then return end -- LuaJIT has one hook for all
    debug.sethook(task)
    error(NOBODY, 2)
  end, "", 1)
  resume(self, task)
end

--- A transport of a coroutine here has yielded on its own account: its yield goes on to whoever
--- runs this one, and what comes back goes to it.
local function pass_on(self)
  local queue = self.foreign
  local entry = queue[queue.first]
  queue[queue.first], queue.first = nil, queue.first + 1
  if self.alone then return refuse(self, entry[1]) end
  resume(self, entry[1], coroutine.yield(unpack(entry, 3, entry[2] + 2)))
  self.busy = true -- time has passed
end

local function run_ready(self)
  local queue = self.ready
  for i = queue.first, queue.last do -- those who become ready meanwhile have their turn next time
    local task = queue[i]
    queue[i], queue.first = nil, i + 1
    -- One that Ctrl-C has ended where it went to wait may still be woken.
    if self.known[task] then
      local body = self.bodies[task]
      self.bodies[task] = nil
      resume(self, task, body)
    end
  end
  if is_empty(queue) then -- the same places again: new ones cost a table its memory
    queue.first = 1 -- this first: places without anybody do no harm
    queue.last = 0
  end
end

local function ring(self)
  local now, alarm = self.now(), self.alarms[1]
  while alarm and alarm.due <= now do
    self:wake(alarm.key)
    self.alarms:drop(alarm) -- should nobody wait for it any more
    alarm = self.alarms[1]
  end
end

local LONGEST_WAIT = 1 -- seconds without looking up, so that an interrupt is noticed

--- Waits for an answer, a time, or both.
---@param most number seconds
local function wait(self, most)
  local alarm, carrier = self.alarms[1], self.carrier
  local seconds = alarm and math.min(math.max(0, alarm.due - self.now()), most) or most
  if carrier.in_flight > 0 then
    local key = carrier.poll(seconds)
    while key do
      self:wake(key)
      key = carrier.in_flight > 0 and carrier.poll() -- what has been answered already
    end
  elseif alarm and seconds > 0 then
    self.pause(seconds)
  elseif most > 0 and not alarm and self.active > 0 then
    error("map: nothing is left to wait for", 0) -- an interrupt has hit where it does most harm
  end
  if alarm then ring(self) end
end

local PATIENCE = 0.5 -- seconds for which `idle` is not asked while somebody can run

local function ask_idle(self)
  local now = self.now()
  if not is_empty(self.ready) and now < self.asks then return end
  self.asks = now + PATIENCE
  self.idle()
end

--- Gives a turn to everybody who can run, or waits until somebody can; then, by turns with these,
--- passes one yield on. Raises what a coroutine raised, once the others have had their turn.
function Turns:go()
  self.round = self.round + 1
  if self.idle then ask_idle(self) end
  if not is_empty(self.foreign) and (self.busy or is_empty(self.ready)) then pass_on(self) end
  if is_empty(self.ready) then
    self.busy = false
    wait(self, is_empty(self.foreign) and not self.raised and LONGEST_WAIT or 0)
  else
    -- Those who always can run must not keep the others from their answers and times.
    if self.busy then wait(self, 0) end
    self.busy = true
    run_ready(self)
  end
  local raised = self.raised
  self.raised = nil
  if raised then error(raised[1], 0) end
end

return M
