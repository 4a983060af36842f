--- `client:map`: one function over many inputs, many calls in flight.

local batch = require "waba.transport.batch"
local callback = require "waba.transport.callback"
local libcurl = require "waba.transport.libcurl"
local phase = require "waba.phase"
local turns = require "waba.turns"
local windows = require "waba.window"

---@class waba.MapOptions
---@field concurrency integer|nil inputs at work at once, 1 to 256; default adaptive, 1 to 32
---@field on_progress fun(done: integer, total: integer|nil, failed: integer)|nil each time
---@field on_result fun(input: any, value: any, err: any)|nil gets the outcomes; none is kept
---@field batch boolean|nil requests that wait at the same time go as one; concurrency is then 50
---  unless it is given

---@class waba.MapStopped why and where a map was broken off
---@field reason any what was raised
---@field begun integer inputs that were begun, from the first one on; the others were not
---@field total integer|nil of how many, where the inputs are a list
---@field abandoned integer[] positions of those begun whose outcome is not known
---@field again any what was raised while the rest came to its end

local known = {
  concurrency = "number", on_progress = "function", on_result = "function", batch = "boolean",
}

local function check(inputs, fn, options)
  if type(inputs) ~= "table" and type(inputs) ~= "function" then
    error("map: inputs must be a list, or a function that gives the next one", 3)
  end
  if type(fn) ~= "function" then error("map: the second argument must be a function", 3) end
  if type(options) ~= "table" then error("map: options must be a table", 3) end
  for name, value in pairs(options) do
    if not known[name] then error(("map: unknown option '%s'"):format(tostring(name)), 3) end
    if type(value) ~= known[name] then
      error(("map: option '%s' must be a %s"):format(name, known[name]), 3)
    end
  end
  local n = options.concurrency
  if n and not (n >= 1 and n <= 256 and n % 1 == 0) then
    error("map: option 'concurrency' must be a whole number from 1 to 256", 3)
  end
end

--- One write at a time for an account: Graph does not say what two at once come to. Who waits in
--- line waits no longer than his call may last.
local function lines_of(turn, now)
  local lines = {}

  --- Whether its turn has come, and not the end of its time before.
  local function waits_in(line, call)
    local place = {}
    line[#line + 1] = place
    turn:await(place, call:left(now()))
    for i, other in ipairs(line) do
      if other == place then
        table.remove(line, i)
        if call:left(now()) > 0 then call:hold(0) end -- by a rounding; the next step decides
        return false
      end
    end
    return true
  end

  local function leave(account, line)
    if line[1] then
      turn:wake(table.remove(line, 1)) -- the line is the next one's now
    else
      lines[account] = nil
    end
  end

  return function(call, send, driver)
    local account, writes = call:account()
    if not (account and writes and turn:runs_here()) then return send(call, driver) end
    local line = lines[account]
    if line then
      if not waits_in(line, call) then return false end
      if call:left(now()) <= 0 then
        leave(account, line)
        return false
      end
    else
      line = {}
      lines[account] = line
    end
    local sound, sent = pcall(send, call, driver) -- a transport may raise: the line must go on
    leave(account, line)
    if not sound then error(sent, 0) end
    return sent
  end
end

local MOST_PARKED = 256
local ROOM_AGAIN = 0.1 -- seconds until one whose wait is over looks for room in the window again

--- The client's driver for the time of the map: calls made in its coroutines are put aside while
--- they wait; calls made elsewhere go as ever.
local function driver_of(base, turn, exchange, window)
  local driver = { in_line = lines_of(turn, base.now) }
  for name, part in pairs(base) do driver[name] = part end
  local in_flight, took = 0, {}
  turn.parked = 0

  function driver.exchange(call)
    if not turn:runs_here() then return base.exchange(call) end
    local began = base.now()
    in_flight = in_flight + 1
    local sound, raised = pcall(exchange, call, turn)
    in_flight = in_flight - 1
    if not sound then error(raised, 0) end
    took[call] = base.now() - began
  end

  function driver.learn(call)
    if not took[call] then return end
    window:ended(call:kind(), took[call], in_flight + 1)
    took[call] = nil
  end

  function driver.sleep(seconds)
    if turn:runs_here() then return turn:sleep(seconds) end
    return base.sleep(seconds)
  end

  --- Who waits for an account's budget is not at work: others take the place meanwhile.
  function driver.park(seconds)
    if not turn:runs_here() or turn.parked >= MOST_PARKED then return driver.sleep(seconds) end
    turn.parked = turn.parked + 1
    repeat
      turn:sleep(seconds)
      seconds = ROOM_AGAIN
    until window:has_room(turn.active - turn.parked)
    turn.parked = turn.parked - 1
  end

  return driver
end

local FULL_BATCH = 50

--- Instead of the driver's exchange: over what carries its calls, or the client's transport.
local function batched(client, turn, exchange)
  local transport = exchange
    and libcurl.over(client.settings, function(call) exchange(call, turn) end) or client.transport
  return callback(batch(transport, turn))
end

local function reader(inputs)
  if type(inputs) == "function" then return inputs, nil end
  local at = 0
  return function()
    at = at + 1
    return inputs[at]
  end, #inputs
end

local function is_interrupt(raised)
  return type(raised) == "string" and raised:find("interrupted!$") ~= nil
end

--- The client's driver for the time of the map, and its turns.
local function set_up(client, window, options)
  local base = client.driver
  if not phase.has_coroutines() then return base, turns.at_once() end
  local carrier, exchange, close
  if client.many then carrier, exchange, close = client.many() end
  local turn = turns.new(base.now, base.sleep, carrier)
  if options.batch then exchange = batched(client, turn, exchange) end
  return driver_of(base, turn, exchange or base.exchange, window), turn, close
end

---@class waba.Map one run of a map
local Map = {}
Map.__index = Map

local function record(self, i, input, value, err)
  self.open[i] = nil
  self.done = self.done + 1
  if err ~= nil then self.failed = self.failed + 1 end
  if self.options.on_result then
    self.options.on_result(input, value, err)
  elseif err ~= nil then
    self.errors[i] = err
  else
    self.results[i] = value
  end
  if self.options.on_progress then self.options.on_progress(self.done, self.total, self.failed) end
end

--- What `fn` returned or raised, as a value or an error.
local function outcome(sound, value, err)
  if not sound then return nil, value end
  if value == nil and err == nil then return true end
  if value == nil or value == false then return nil, err == nil and "no reason given" or err end
  return value
end

function Map:begin(i, input)
  self.turn:begin(function()
    local sound, value, err = pcall(self.fn, input)
    if not sound and is_interrupt(value) then error(value, 0) end
    value, err = outcome(sound, value, err)
    record(self, i, input, value, err)
  end)
end

function Map:begin_next()
  local input = self.next_input()
  self.over = input == nil
  if self.over then return end
  self.begun = self.begun + 1
  self.open[self.begun] = true
  self:begin(self.begun, input)
end

local function work(self)
  while true do
    while not (self.stopped or self.over)
        and self.window:has_room(self.turn.active - self.turn.parked) do
      self:begin_next()
    end
    if self.turn.active == 0 then return end
    self.turn:go()
    if self.worker then coroutine.yield(turns.ASIDE) end
  end
end

local function finish(self, sound, what, ...)
  if not sound then
    self.worker = nil
    error(what, 0)
  end
  if coroutine.status(self.worker) == "dead" then return true end
  if what == turns.ASIDE then return false end
  return finish(self, coroutine.resume(self.worker, coroutine.yield(what, ...)))
end

--- Ctrl-C in Lua raises an error between any two instructions of the main thread. The work is done
--- in a coroutine, so that nothing is cut in half. What a transport yields in there goes on to
--- whoever runs this map. nginx has no Ctrl-C, and crashes where a request ends whose coroutine
--- waits.
function Map:run()
  if phase.nginx() then return work(self) end
  repeat
    self.worker = self.worker or coroutine.create(work)
  until finish(self, coroutine.resume(self.worker, self))
end

--- Lets what is in flight come to its end, and begins nothing more. A second interrupt ends that
--- too, and so does a driver that only raises.
function Map:drain(reason)
  self.stopped = { reason = reason, begun = self.begun, total = self.total, abandoned = {} }
  self.options = { on_result = self.options.on_result }
  local sound, again, left
  repeat
    left = self.turn.active
    sound, again = pcall(self.run, self)
    if not sound then self.stopped.again = again end
  until sound or is_interrupt(again) or self.turn.active >= left
  for i in pairs(self.open) do table.insert(self.stopped.abandoned, i) end
  table.sort(self.stopped.abandoned)
end

--- Runs `fn(input)` for every input, many at a time; `fn` is plain sequential code over the
--- client, and fails by returning nil and an error. One that fails does not stop the others. An
--- error raised in a callback, or Ctrl-C, lets what is in flight come to its end and begins nothing
--- more; Ctrl-C once more ends at once.
---@param client waba.Client
---@param inputs any[]|fun(): any
---@param fn fun(input: any): any, any
---@param options waba.MapOptions|nil
---@return table results results[i] is what fn returned for the i-th input (true for nothing)
---@return table errors errors[i] is the error instead
---@return waba.MapStopped|nil stopped where it was broken off
return function(client, inputs, fn, options)
  options = options or {}
  check(inputs, fn, options)
  if client.turns then error("map: this client is in a map already", 3) end
  local base = client.driver
  local window = windows.new(options.concurrency or options.batch and FULL_BATCH or nil)
  local driver, turn, close = set_up(client, window, options)
  local next_input, total = reader(inputs)
  local self = setmetatable({
    turn = turn, window = window, fn = fn, options = options, next_input = next_input,
    total = total, begun = 0, done = 0, failed = 0, open = {}, results = {}, errors = {},
  }, Map)
  client.driver, client.turns = driver, turn
  local sound, reason = pcall(self.run, self)
  if not sound then sound, reason = pcall(self.drain, self, reason) end
  turn:finish()
  client.driver, client.turns = base, nil
  if close then close() end
  if not sound then error(reason, 0) end -- no memory to tell of it
  return self.results, self.errors, self.stopped
end
