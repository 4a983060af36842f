--- One write at a time for an account: Graph does not say what two at once come to. The others wait
-- in line, each no longer than his call may last.

local queues = require "waba.map.queue"

local SAFE = 0.5 -- of a call's time: what a line may take; nobody knows how long a write will
local USUAL = 1  -- seconds that one takes, while nothing is known

--- Waits in line, and others have the place meanwhile: inputs not begun yet only where they could
--- all stand in this line as well, and their time would not run out there.
local function wait_in(line, ticket, call, places, now)
  local left, window = call:left(now()), places.window
  line:join(ticket)
  local longest = (line.count + window.size) * (window.usual or USUAL)
  return places:step_aside(ticket, left, call, longest > SAFE * left)
end

local function expire(call)
  call:expire()
  return false
end

---@param places waba.map.Places
---@param now fun(): number
---@return fun(call: userdata, send: function, driver: table): any, any in_line as a driver has it
return function(places, now)
  local lines, turn = {}, places.turn

  --- The line is the next one's now.
  local function leave(account, line)
    local ticket = line:next()
    if ticket then turn:wake(ticket) else lines[account] = nil end
  end

  --- Sends: a transport may raise, and the line must go on.
  local function send_first(account, line, call, send, driver)
    local sound, sent, shared = pcall(send, call, driver)
    leave(account, line)
    if not sound then error(sent, 0) end
    return sent, shared
  end

  return function(call, send, driver)
    if places.aside > 0 and turn:runs_here() then
      local left = places:regain(call) and not places.over and call:left(now()) or 0
      if left <= 0 then return expire(call) end
      call:cut(left)
    end
    local account, writes = call:account()
    if not (account and writes and turn:runs_here()) then return send(call, driver) end
    local line = lines[account]
    if not line then
      line = queues.new()
      lines[account] = line
      return send_first(account, line, call, send, driver)
    end
    local ticket = {}
    local sound, what = pcall(wait_in, line, ticket, call, places, now)
    line:leave(ticket)
    local left = ticket.come and sound and what and call:left(now()) or 0
    if left > 0 and not places.over then
      call:cut(left)
      return send_first(account, line, call, send, driver)
    end
    if ticket.come then leave(account, line) end
    if not sound then error(what, 0) end
    return expire(call)
  end
end
