--- One run of a map: workers take input after input, until there is none or no place for them.

local is_interrupt = require "waba.interrupt"
local phase = require "waba.phase"
local turns = require "waba.turns"

---@class waba.map.Job
---@field turn waba.Turns
---@field places waba.map.Places
---@field driver waba.Driver the client's, while it runs
---@field fn fun(input: any): any, any
---@field options waba.MapOptions
---@field next_input fun(): any, any
---@field total integer|nil inputs, where that is known
---@field begun integer
---@field done integer
---@field failed integer
---@field open table<table, integer> the position at which each worker is, if it is at one
---@field refused table<thread, true> workers that were refused a request, once it was broken off
---@field asking boolean|nil somebody asks for an input: never two at once
---@field over boolean|nil there are no further inputs
---@field broken boolean|nil broken off: it drains
---@field stopped waba.MapStopped|nil
local Job = {}
Job.__index = Job

local M = {}

local function is_closed(failure) return failure.kind == "closed" or failure.retryable end

--- Records that inputs are over before they should be, or all of it.
function Job:stop(reason)
  self.over = true
  if self.stopped then
    self.stopped.again = reason
    return
  end
  self.stopped = { reason = reason, begun = self.begun, total = self.total, abandoned = {} }
end

-- Its place is no longer open once there is an outcome, and not before.
local function record(self, worker, i, input, value, err)
  local cut_short = self.broken and self.refused[coroutine.running()]
  self.done = self.done + 1
  if err ~= nil then self.failed = self.failed + 1 end
  if not self.options.on_result then
    if err ~= nil then self.errors[i] = err else self.results[i] = value end
  end
  self.open[worker] = cut_short and i or false
  if self.options.on_result then self.options.on_result(input, value, err) end
  if self.options.on_progress then self.options.on_progress(self.done, self.total, self.failed) end
end

--- What `fn` returned or raised, as a value or an error.
local function outcome(sound, value, err)
  if not sound then
    err = value
  elseif value then
    return value
  elseif value == nil and err == nil then
    return true
  end
  if err == nil or err == false then err = "no reason given" end
  return nil, err
end

-- Not a tail call: what is raised where a coroutine goes on is raised in here.
local function call(fn, input)
  local value, err = fn(input)
  return value, err
end

--- Breaks the map off. Whoever has a turn before that begins nothing more.
local function raise(self, what)
  self.over = true
  error(what, 0)
end

local function carry_out(self, worker, i, input)
  local sound, value, err = pcall(call, self.fn, input)
  if not sound and is_interrupt(value) then raise(self, value) end
  local told, raised = pcall(record, self, worker, i, input, outcome(sound, value, err))
  if not told then raise(self, raised) end
end

--- The next input and its position; nothing where there is none, or nothing is to be begun.
local function ask(self, worker)
  self.asking = true
  local i = self.begun + 1 -- its place first: Ctrl-C on LuaJIT may come anywhere in here
  self.open[worker] = i
  self.begun = i
  local sound, input, failure = pcall(self.next_input)
  if not sound and is_interrupt(input) then raise(self, input) end
  local given = sound and input ~= nil and (input or failure == nil) and not self.broken
  if not given then
    self.begun = i - 1
    self.open[worker] = false
  end
  self.asking = false
  if given then return i, input end
  if not sound then raise(self, input) end
  if self.broken then return nil end
  if failure == nil then self.over = true else self:stop(failure) end
end

local function may_begin(self)
  return not (self.over or self.asking)
end

--- A worker gives the others a turn after what was done at once; else they have had theirs.
local function work(self)
  local turn, places, worker = self.turn, self.places, {}
  while may_begin(self) and places:may_go_on() do
    local round = turn.round
    local i, input = ask(self, worker)
    if i then carry_out(self, worker, i, input) end
    if turn.round == round then turn:pass() end
  end
  if not self.open[worker] then self.open[worker] = nil end
  places:leave()
end

local function manage(self)
  local turn, places = self.turn, self.places
  local function worker() work(self) end
  while true do
    places:serve()
    while may_begin(self) and places:has_room() do
      places:take()
      turn:begin(worker)
    end
    if turn.active == 0 then return end
    turn:go()
    if self.manager then coroutine.yield(turns.ASIDE) end
  end
end

local function finish(self, sound, what, ...)
  if not sound then error(what, 0) end
  if what == turns.ASIDE then return false end
  if coroutine.status(self.manager) == "dead" then return true end
  return finish(self, coroutine.resume(self.manager, coroutine.yield(what, ...)))
end

--- Ctrl-C in Lua raises an error between any two instructions of the main thread. The work is done
--- in a coroutine, so that nothing is cut in half. What a transport yields in there goes on to
--- whoever runs this map; where Ctrl-C comes between, on LuaJIT, it is as good as sent, and goes on
--- without an answer. nginx has no Ctrl-C, and crashes where a request ends whose coroutine waits.
function Job:run()
  if phase.nginx() then return manage(self) end
  repeat
    if not self.manager or coroutine.status(self.manager) == "dead" then
      self.manager = coroutine.create(function() manage(self) end)
    end
  until finish(self, coroutine.resume(self.manager))
end

--- From now on no call sends a further request, and nobody waits to send one. A refusal costs a
--- turn: should `fn` try for ever, Ctrl-C is still heard.
local function refuse_calls(self)
  local turn = self.turn
  turn.over = true
  self.places:close()
  if turn.call_off then turn.call_off() end
  function self.driver.stop(userdata, failure)
    local task = turn:whose()
    if not task then return end
    userdata:stop()
    if not (failure and is_closed(failure)) then return end
    self.refused[task] = true
    if turn:runs_here() then turn:pass() end
  end
end

--- Lets what is in flight come to its end, and begins nothing more. A second interrupt ends that
--- too, and so does a driver that only raises.
function Job:drain(reason)
  self:stop(reason)
  self.broken = true
  self.options = { on_result = self.options.on_result }
  if not self.turn.at_once then refuse_calls(self) end
  local sound, again, left
  repeat
    left = self.turn.active
    sound, again = pcall(self.run, self)
    if not sound then self.stopped.again = again end
  until sound or is_interrupt(again) or self.turn.active >= left
  self.stopped.begun = self.begun -- who was asking for an input has had none
  for _, i in pairs(self.open) do
    if i then table.insert(self.stopped.abandoned, i) end
  end
  table.sort(self.stopped.abandoned)
end

--- on_event has raised.
function Job:event_failed(raised)
  if self.broken and not is_interrupt(raised) then
    self.stopped.again = raised
  else
    self.over = true
    self.turn:raise(raised)
  end
end

---@param parts table turn, places, fn, options, next_input, total
---@return waba.map.Job
function M.new(parts)
  parts.begun, parts.done, parts.failed = 0, 0, 0
  parts.open, parts.refused, parts.results, parts.errors = {}, {}, {}, {}
  return setmetatable(parts, Job)
end

return M
