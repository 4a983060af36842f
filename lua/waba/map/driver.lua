--- The client's driver for the time of a map: calls made in its coroutines are put aside while they
-- wait; calls made elsewhere go as ever.

local lines = require "waba.map.lines"

--- Carries requests, and tells the window how long each took.
local function carry(driver, base, places, exchange)
  local turn, in_flight = places.turn, 0
  local took -- seconds, by the attempt that has ended: `learn` is told of it next

  function driver.exchange(call)
    if not turn:runs_here() then return base.exchange(call) end
    local began = base.now()
    in_flight = in_flight + 1
    local sound, raised = pcall(exchange, call, turn)
    in_flight = in_flight - 1
    if not sound then error(raised, 0) end
    took = base.now() - began
  end

  function driver.learn(call)
    if not took then return end
    places.window:ended(call:kind(), took, in_flight + 1)
    took = nil
  end
end

local CROWD = 64 -- calls that wait for one account: more only make each other late

local function waits(driver, base, places)
  local turn, parked = places.turn, {}

  function driver.sleep(seconds)
    if turn:runs_here() then return places:wait({}, seconds) end
    return base.sleep(seconds)
  end

  --- What the app as a whole has to wait for, inputs not begun yet would wait for as well.
  function driver.park(seconds, call, shared)
    if not turn:runs_here() then return base.sleep(seconds) end
    local account = call:account() or "none"
    local count = (parked[account] or 0) + 1
    parked[account] = count
    places:step_aside({}, seconds, call, shared or count > CROWD)
    count = parked[account] - 1
    parked[account] = count > 0 and count or nil
  end
end

--- A call that a budget fails has cost no turn: should `fn` try until it is done, the others have
--- theirs, and Ctrl-C is heard.
local function failures(driver, places)
  function driver.stop(_, failure)
    if failure and places.turn:runs_here() then places.turn:pass() end
  end
end

---@param base waba.Driver
---@param places waba.map.Places
---@param exchange fun(call: userdata, turn: waba.Turns)
---@param on_failure fun(raised: any) told of what on_event raises
---@return waba.Driver
return function(base, places, exchange, on_failure)
  local driver = {}
  for name, part in pairs(base) do driver[name] = part end
  driver.in_line = lines(places, base.now)
  carry(driver, base, places, exchange)
  waits(driver, base, places)
  failures(driver, places)
  if base.emit then
    --- What on_event raises is no failure of the call it was told of.
    function driver.emit(...)
      if not places.turn:runs_here() then return base.emit(...) end
      local sound, raised = pcall(base.emit, ...)
      if not sound then on_failure(raised) end
    end
  end
  return driver
end
