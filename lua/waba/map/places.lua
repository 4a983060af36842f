--- Places at work: as many as the window has. Whoever has to wait for long gives his place to
-- others, and has one again before any new input is begun.

local queues = require "waba.map.queue"

-- Inputs that are begun and have given up their place. Each keeps a coroutine and a call.
local MOST_ASIDE = 4096

---@class waba.map.Places
---@field turn waba.Turns
---@field window waba.Window
---@field taken integer places
---@field aside integer who have given up theirs
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
    jammed = 0, back = queues.new(), waiting = {} }, Places)
end

local function room_beside(self, taken)
  return self.back.count == 0 and self.aside < MOST_ASIDE
    and self.window:has_room(taken + self.jammed)
end

--- Whether another input may be begun.
function Places:has_room() return room_beside(self, self.taken) end

--- Whether whoever has a place may begin another input in it.
function Places:may_go_on() return room_beside(self, self.taken - 1) end

function Places:take() self.taken = self.taken + 1 end

function Places:leave() self.taken = self.taken - 1 end

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

--- Waits, and then for a place, no longer than the call may last.
local function wait_aside(self, ticket, key, seconds, call)
  self:wait(key, seconds)
  if self.over or self.back.count == 0 and self.window:has_room(self.taken) then return end
  self.back:join(ticket)
  self:wait(ticket, math.max(0, call:left(self.now())))
end

--- The same as `wait`, while somebody else has the place. Whoever gets none in time goes on all the
--- same, one too many.
---@param call userdata whose time it is
---@param jams boolean|nil no input is to be begun in this place
function Places:step_aside(key, seconds, call, jams)
  local ticket, jam = {}, jams and 1 or 0
  self:leave()
  self.aside, self.jammed = self.aside + 1, self.jammed + jam
  local sound, raised = pcall(wait_aside, self, ticket, key, seconds, call)
  self.aside, self.jammed = self.aside - 1, self.jammed - jam
  if not ticket.come then
    self.back:leave(ticket)
    self:take()
  end
  if not sound then error(raised, 0) end
end

--- Broken off: ends every wait.
function Places:close()
  self.over = true
  for key in pairs(self.waiting) do self.turn:wake(key) end
end

return M
