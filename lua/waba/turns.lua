--- Turns: many coroutines, one running at a time, each put aside while it waits for an answer or
-- for a time to come. What carries the requests meanwhile is the carrier's business.

---@class waba.Turns
---@field active integer coroutines that have begun and not ended
---@field idle fun()|nil asked when nobody can run, for what was waiting for just that
local Turns = {}
Turns.__index = Turns

-- What a coroutine yields here; any other yield is a transport's own.
local ASIDE = {}

local M = {}

---@param now fun(): number
---@param sleep fun(seconds: number) where there is nothing to do but wait
---@param carrier table|nil { in_flight = n, poll = fun(seconds): key|nil } carries requests
---@return waba.Turns
function M.new(now, sleep, carrier)
  return setmetatable({
    now = now, pause = sleep, carrier = carrier or { in_flight = 0 },
    active = 0, known = setmetatable({}, { __mode = "k" }),
    ready = {}, waiting = {}, timers = {}, foreign = {},
  }, Turns)
end

--- Whether the code that asks runs in one of these coroutines.
function Turns:runs_here()
  return self.known[coroutine.running()] == true
end

--- Begins a coroutine; it gets its first turn in `go`.
---@param body fun()
function Turns:begin(body)
  local task = coroutine.create(body)
  self.known[task], self.active = true, self.active + 1
  self.ready[#self.ready + 1] = task
end

--- Puts the running coroutine aside until `wake(key)`.
function Turns:await(key)
  self.waiting[key] = coroutine.running()
  coroutine.yield(ASIDE)
end

function Turns:wake(key)
  local task = self.waiting[key]
  self.waiting[key] = nil
  self.ready[#self.ready + 1] = task
end

--- Puts the running coroutine aside for some seconds.
function Turns:sleep(seconds)
  local timer = { due = self.now() + seconds }
  self.timers[timer] = true
  self:await(timer)
end

local function resume(self, task, ...)
  local result = { coroutine.resume(task, ...) }
  if coroutine.status(task) == "dead" then
    self.active = self.active - 1
    if not result[1] and self.raised == nil then self.raised = result[2] end
  elseif result[2] ~= ASIDE then
    self.foreign[#self.foreign + 1] = { task, result }
  end
end

local unpack = table.unpack or unpack -- luacheck: ignore

--- A transport of a coroutine here has yielded on its own account: its yield goes on to whoever
--- runs this one, and what comes back goes to it.
local function pass_on(self)
  local foreign = self.foreign
  self.foreign = {}
  for _, entry in ipairs(foreign) do
    resume(self, entry[1], coroutine.yield(unpack(entry[2], 2)))
  end
end

local function next_due(self)
  local due
  for timer in pairs(self.timers) do
    if not due or timer.due < due then due = timer.due end
  end
  return due
end

local function ring(self)
  local now = self.now()
  for timer in pairs(self.timers) do
    if timer.due <= now then
      self.timers[timer] = nil
      self:wake(timer)
    end
  end
end

local LONGEST_WAIT = 1 -- seconds without looking up, so that an interrupt is noticed

--- Nobody can run: waits for an answer, a time, or both.
local function wait(self)
  local due, carrier = next_due(self), self.carrier
  local seconds = due and math.max(0, due - self.now())
  if carrier.in_flight > 0 then
    local key = carrier.poll(math.min(seconds or LONGEST_WAIT, LONGEST_WAIT))
    while key do
      self:wake(key)
      key = carrier.in_flight > 0 and carrier.poll(0)
    end
  elseif seconds and seconds > 0 and not self.foreign[1] then
    self.pause(seconds)
  end
  ring(self)
end

--- Gives a turn to everybody who can run, or waits until somebody can. Raises what a coroutine
--- raised, once the others have had their turn.
function Turns:go()
  local ready = self.ready
  if not ready[1] and self.idle then self.idle() end
  if ready[1] then
    self.ready = {}
    for _, task in ipairs(ready) do resume(self, task) end
  else
    if self.foreign[1] then pass_on(self) end
    wait(self)
  end
  local raised = self.raised
  self.raised = nil
  if raised ~= nil then error(raised, 0) end
end

return M
