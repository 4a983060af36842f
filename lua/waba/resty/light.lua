--- Many calls at once in nginx: every exchange of a map in a light thread of its own.

local phase = require "waba.phase"
local semaphore = require "ngx.semaphore"

---@param exchange fun(call: userdata)
---@return table carrier for waba.turns
---@return fun(call: userdata, turns: table) exchange
return function(exchange)
  local carrier, ended = { in_flight = 0 }, semaphore.new()
  local queue, first, last, raised = {}, 1, 0, {} -- calls whose exchange has ended

  function carrier.poll(seconds)
    if not ended:wait(seconds or 0) then return nil end
    local call = queue[first]
    queue[first], first = nil, first + 1
    carrier.in_flight = carrier.in_flight - 1
    return call
  end

  local function carry(call)
    local sound, reason = pcall(exchange, call)
    if not sound then raised[call] = { reason } end
    last = last + 1
    queue[last] = call
    ended:post()
  end

  return carrier, function(call, turns)
    carrier.in_flight = carrier.in_flight + 1
    local threads = phase.nginx().thread
    local thread = threads.spawn(carry, call)
    turns:await(call)
    threads.wait(thread) -- it has ended; nginx keeps it until it is asked what came of it
    local failure = raised[call]
    raised[call] = nil
    if failure then error(failure[1], 0) end
  end
end
