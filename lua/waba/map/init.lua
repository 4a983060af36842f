--- `client:map`: one function over many inputs, many calls in flight. Who does what:
--
--   init.lua    puts the rest together, and has the client use the map's driver (claim.lua)
--   job.lua     one run: a manager begins a worker for every place, and gives them turns; a worker
--               takes input after input and calls `fn`. How it is broken off
--   turns.lua   (in waba) workers are coroutines: who waits is put aside until he is woken, by the
--               carrier with his answer, by another worker, or when his time has come (alarms.lua)
--   places.lua  who is at work: as many as window.lua says. Who waits for long steps aside, and
--               stands in line (queue.lua) for a place after that
--
-- A call in `fn` is carried out by run.lua, as any other, over what driver.lua gives it: `exchange`
-- leaves the request to the carrier, `sleep` waits in a place and `park` beside it, and `in_line`
-- lets one write at a time go to an account (lines.lua).

local batch = require "waba.transport.batch"
local callback = require "waba.transport.callback"
local claims = require "waba.map.claim"
local drivers = require "waba.map.driver"
local inputs_of = require "waba.map.inputs"
local jobs = require "waba.map.job"
local libcurl = require "waba.transport.libcurl"
local phase = require "waba.phase"
local placing = require "waba.map.places"
local turns = require "waba.turns"
local windows = require "waba.window"

---@class waba.MapOptions
---@field concurrency integer|nil inputs at work at once, 1 to 256; default adaptive, 1 to 32
---@field on_progress fun(done: integer, total: integer|nil, failed: integer)|nil each time
---@field on_result fun(input: any, value: any, err: any)|nil gets the outcomes; none is kept
---@field batch boolean|nil requests that wait at the same time go as one; concurrency is then 50
---  unless it is given

---@class waba.MapStopped why and where a map was broken off, or its inputs ended early
---@field reason any what was raised, or the inputs' error
---@field begun integer inputs that were begun, from the first one on; the others were not
---@field total integer|nil of how many, where the inputs are a list
---@field abandoned integer[] positions of those begun that did not come to their end
---@field again any what was raised while the rest came to its end

local known = {
  concurrency = "number", on_progress = "function", on_result = "function", batch = "boolean",
}

local function check(fn, options)
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

local FULL_BATCH = 50

--- Instead of the driver's exchange: over what carries its calls, or the client's transport.
local function batched(client, turn, exchange)
  local transport = exchange
    and libcurl.over(client.settings, function(call) exchange(call, turn) end) or client.transport
  return callback(batch(transport, turn))
end

--- Whether somebody could take what is yielded here.
local function can_yield()
  if coroutine.isyieldable then return coroutine.isyieldable() end
  local running, main = coroutine.running()
  return running ~= nil and not main
end

--- What the job needs to run in, and what closes that.
local function set_up(job, client)
  local base, window = client.driver, windows.new(job.options.concurrency
    or job.options.batch and FULL_BATCH or nil)
  if not phase.has_coroutines() then
    job.turn, job.driver = turns.at_once(), base
    job.places = placing.new(job.turn, window, base.now)
    return nil
  end
  local carrier, exchange, close
  if client.many then carrier, exchange, close = client.many() end
  job.turn = turns.new(base.now, base.sleep, carrier)
  job.turn.alone = not can_yield()
  job.places = placing.new(job.turn, window, base.now)
  if job.options.batch then exchange = batched(client, job.turn, exchange) end
  job.driver = drivers(base, job.places, exchange or base.exchange, function(raised)
    job:event_failed(raised)
  end)
  return close
end

--- A map that was dropped half-way is over once its garbage is collected.
local function is_taken(client)
  if not claims.taken(client) then return false end
  collectgarbage()
  return claims.taken(client)
end

--- The client is given back first: that takes no memory.
local function tidy_up(job, client, claim, close)
  claims.give_back(client, claim)
  job.turn:finish()
  if close then close() end
end

--- Runs `fn(input)` for every input, many at a time; `fn` is plain sequential code over the
--- client, and fails by returning nil and an error. One that fails does not stop the others. An
--- error raised in a callback, or Ctrl-C, lets the requests in flight come to their end and sends
--- nothing more; Ctrl-C once more ends at once.
---@param client waba.Client
---@param inputs any[]|fun(): any, any
---@param fn fun(input: any): any, any
---@param options waba.MapOptions|nil
---@return table results results[i] is what fn returned for the i-th input (true for nothing)
---@return table errors errors[i] is the error instead
---@return waba.MapStopped|nil stopped where it was broken off
return function(client, inputs, fn, options)
  if options == nil then options = {} end
  local next_input, total = inputs_of(inputs)
  check(fn, options)
  if is_taken(client) then error("map: this client is in a map already", 3) end
  local job = jobs.new { fn = fn, options = options, next_input = next_input, total = total }
  local close = set_up(job, client)
  local claim = claims.take(client, job.driver, job.places)
  local sound, reason = pcall(job.run, job)
  if not sound then sound, reason = pcall(job.drain, job, reason) end
  local tidy, interrupt = pcall(tidy_up, job, client, claim, close)
  if not tidy then -- Ctrl-C when all is done: what was done is told all the same
    tidy_up(job, client, claim, close)
    job:stop(interrupt)
  end
  if not sound then error(reason, 0) end -- no memory to tell of it, or Ctrl-C once more
  return job.results, job.errors, job.stopped
end
