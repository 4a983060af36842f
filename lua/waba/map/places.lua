--- Places at work: as many as the window has. Whoever has to wait for long gives his place to
-- others, and has one again before any new input is begun.

local queues = require "waba.map.queue"

-- Inputs that are begun and have given up their place. Each keeps a coroutine and a call. It is no
-- power of two: so many keys fill a table to the last, and Lua looks for room anew for each.
local MOST_ASIDE = 4000

---@class waba.map.Places
---@field turn waba.Turns
---@field window waba.Window
---@field taken integer places
---@field without table<thread, true> who have given up theirs, and not got one again
---@field aside integer how many they are
---@field jammed integer of those: for each, one input less may be begun
---@field over boolean|nil broken off: nobody waits any more
local Places = {}
Places.__index = Places

local M = {}

---@param turn waba.Turns
---@param window waba.Window
---@param now fun(): number
---@return waba.map.Places
function M.new(turn, window, now)
  return setmetatable({ turn = turn, window = window, now = now, taken = 0, aside = 0,
    without = {}, jammed = 0, back = queues.new(), waiting = {} }, Places)
end

local function room_beside(self, taken)
  return self.back.count == 0 and self.aside < MOST_ASIDE
    and self.window:has_room(taken + self.jammed)
end

--- Whether another input may be begun.
function Places:has_room() return room_beside(self, self.taken) end

--- Whether the running coroutine has a place, and may begin another input in it.
function Places:may_go_on()
  return (self.aside == 0 or not self.without[coroutine.running()])
    and room_beside(self, self.taken - 1)
end

function Places:take() self.taken = self.taken + 1 end

--- The running coroutine has done its work.
function Places:leave()
  local task = coroutine.running()
  if self.without[task] then
    self.without[task], self.aside = nil, self.aside - 1
  else
    self.taken = self.taken - 1
  end
end

--- Gives places to those who want theirs back.
function Places:serve()
  while self.back.count > 0 and self.window:has_room(self.taken) do
    self:take()
    self.turn:wake(self.back:next())
  end
end

--- Puts the running coroutine aside until `key` is woken, or for so many seconds. Nothing of its is
--- in flight: where the map is broken off it waits no longer.
function Places:wait(key, seconds)
  if self.over then return end
  self.waiting[key] = true
  self.turn:await(key, seconds)
  self.waiting[key] = nil
end

local function give_up(self)
  local task = coroutine.running()
  if self.without[task] then return end
  self.without[task], self.aside, self.taken = true, self.aside + 1, self.taken - 1
end

local function wait_in_line(self, ticket, seconds)
  if seconds <= 0 then return true end
  self.back:join(ticket)
  local sound, raised = pcall(self.wait, self, ticket, seconds)
  self.back:leave(ticket)
  return sound, raised
end

--- Gives the running coroutine a place, if it has none. It waits no longer than the call may last.
--- Whoever finds none in time goes on without, and may not send.
---@param call userdata
---@return boolean|nil # whether it has one
function Places:regain(call)
  local task, ticket, sound, raised = coroutine.running(), {}, true, nil
  if not self.without[task] then return true end
  if self.back.count == 0 and self.window:has_room(self.taken) then
    self:take()
    ticket.come = true
  else
    sound, raised = wait_in_line(self, ticket, call:left(self.now()))
  end
  if ticket.come then self.without[task], self.aside = nil, self.aside - 1 end
  if not sound then error(raised, 0) end
  return ticket.come
end

local function wait_aside(self, key, seconds, call)
  self:wait(key, seconds)
  return self:regain(call)
end

--- The same as `wait`, while somebody else has the place; then waits for one.
---@param call userdata whose time it is
---@param jams boolean|nil no input is to be begun in this place
---@return boolean|nil # whether it has a place again
function Places:step_aside(key, seconds, call, jams)
  local jam = jams and 1 or 0
  give_up(self)
  self.jammed = self.jammed + jam
  local sound, what = pcall(wait_aside, self, key, seconds, call)
  self.jammed = self.jammed - jam
  if not sound then error(what, 0) end
  return what
end

--- Ends every wait: whoever waited to send finds that he cannot.
function Places:rouse()
  for key in pairs(self.waiting) do self.turn:wake(key) end
end

--- Broken off: nobody waits from now on.
function Places:close()
  self.over = true
  self:rouse()
end

return M
