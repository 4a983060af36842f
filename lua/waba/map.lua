--- `client:map`: one function over many inputs, many calls in flight.

local batch = require "waba.transport.batch"
local callback = require "waba.transport.callback"
local libcurl = require "waba.transport.libcurl"
local turns = require "waba.turns"
local windows = require "waba.window"

---@class waba.MapOptions
---@field concurrency integer|nil inputs at work at once, 1 to 256; default adaptive, 1 to 32
---@field on_progress fun(done: integer, total: integer|nil, failed: integer)|nil each time
---@field on_result fun(input: any, value: any, err: any)|nil gets the outcomes; none is kept
---@field batch boolean|nil requests that wait at the same time go as one; concurrency is then 50
---  unless it is given

local known = {
  concurrency = "number", on_progress = "function", on_result = "function", batch = "boolean",
}

local function check(inputs, fn, options)
  if type(inputs) ~= "table" and type(inputs) ~= "function" then
    error("map: inputs must be a list, or a function that gives the next one", 3)
  end
  if type(fn) ~= "function" then error("map: the second argument must be a function", 3) end
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

--- One write at a time for an account: Graph does not say what two at once come to.
local function writes_in_line(turn)
  local lines = {}
  return function(account, exchange)
    local line = lines[account]
    if line then
      local place = {}
      line[#line + 1] = place
      turn:await(place)
    else
      line = {}
      lines[account] = line
    end
    local sound, raised = pcall(exchange) -- a transport may raise: the line must go on
    if line[1] then
      turn:wake(table.remove(line, 1))
    else
      lines[account] = nil
    end
    if not sound then error(raised, 0) end
  end
end

--- The client's driver for the time of the map: calls made in its coroutines are put aside while
--- they wait; calls made elsewhere go as ever.
local function driver_of(base, turn, exchange, window)
  local in_line = writes_in_line(turn)
  local driver = setmetatable({}, { __index = base })
  local in_flight = 0

  local function carry(call)
    local began = base.now()
    in_flight = in_flight + 1
    local sound, raised = pcall(exchange, call, turn)
    in_flight = in_flight - 1
    if not sound then error(raised, 0) end
    window:ended(call:facts().kind, base.now() - began, in_flight + 1)
  end

  function driver.exchange(call)
    if not turn:runs_here() then return base.exchange(call) end
    local account, writes = call:account()
    if not (account and writes) then return carry(call) end
    in_line(account, function() carry(call) end)
  end

  function driver.sleep(seconds)
    if turn:runs_here() then return turn:sleep(seconds) end
    return base.sleep(seconds)
  end

  return driver
end

local FULL_BATCH = 50

--- Instead of the driver's exchange: over the client's transport, or what carries its calls.
local function batched(client, turn, exchange)
  local transport = client.transport
    or libcurl.over(client.settings, function(call) exchange(call, turn) end)
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

---@class waba.Map one run of a map
local Map = {}
Map.__index = Map

local function record(self, i, input, value, err)
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

function Map:work()
  while true do
    while not self.stopped and not self.over and self.window:has_room(self.turn.active) do
      local input = self.next_input()
      self.over = input == nil
      if self.over then break end
      self.begun = self.begun + 1
      self:begin(self.begun, input)
    end
    if self.turn.active == 0 then return end
    self.turn:go()
  end
end

--- Lets what is in flight come to its end, and begins nothing more.
function Map:drain(reason)
  self.stopped = { reason = reason, begun = self.begun, total = self.total }
  self.options = { on_result = self.options.on_result }
  while true do
    local sound, again = pcall(self.work, self)
    if sound then return end
    self.stopped.again = again
  end
end

--- Runs `fn(input)` for every input, many at a time; `fn` is plain sequential code over the
--- client, and fails by returning nil and an error. One that fails does not stop the others. An
--- error raised in a callback, or Ctrl-C, lets what is in flight come to its end and begins nothing
--- more.
---@param client waba.Client
---@param inputs any[]|fun(): any
---@param fn fun(input: any): any, any
---@param options waba.MapOptions|nil
---@return table results results[i] is what fn returned for the i-th input (true for nothing)
---@return table errors errors[i] is the error instead
---@return table|nil stopped where it was broken off: { reason, begun, total }
return function(client, inputs, fn, options)
  options = options or {}
  check(inputs, fn, options)
  if client.turns then error("map: this client is in a map already", 3) end
  local base = client.driver
  local carrier, exchange, close
  if client.many then carrier, exchange, close = client.many() end
  local window = windows.new(options.concurrency or options.batch and FULL_BATCH or nil)
  local turn = turns.new(base.now, base.sleep, carrier)
  if options.batch then exchange = batched(client, turn, exchange) end
  local next_input, total = reader(inputs)
  local self = setmetatable({
    turn = turn, window = window, fn = fn, options = options, next_input = next_input,
    total = total, begun = 0, done = 0, failed = 0, results = {}, errors = {},
  }, Map)
  client.driver = driver_of(base, turn, exchange or base.exchange, window)
  client.turns = turn
  local sound, reason = pcall(self.work, self)
  if not sound then self:drain(reason) end
  client.driver, client.turns = base, nil
  if close then close() end
  return self.results, self.errors, self.stopped
end
