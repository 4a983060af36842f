--- The driver for many calls at once: libcurl's multi handle carries the requests of all coroutines
-- of a map, over few connections.

local load = require "waba.load"

local UNTIL_THERE_IS_ROOM = 0.05 -- seconds; a map keeps fewer in flight than there are places

---@param settings userdata
---@return table carrier for waba.turns
---@return fun(call: userdata, turns: table) exchange
---@return fun() close
return function(settings)
  local multi = load.now("waba.curl").multi(settings)
  local carrier = { in_flight = 0 }

  function carrier.poll(seconds)
    local call, slot = multi:poll(seconds)
    if not call then return nil end
    carrier.in_flight = carrier.in_flight - 1
    return slot
  end

  local function exchange(call, turns)
    local slot = multi:add(call)
    if slot == false then return call:hold(UNTIL_THERE_IS_ROOM) end
    if not slot then return end -- the call knows already
    carrier.in_flight = carrier.in_flight + 1
    turns:await(slot)
  end

  return carrier, exchange, function() multi:close() end
end
