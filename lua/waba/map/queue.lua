--- Coroutines in line: the first comes first, and whoever has waited long enough may leave.

---@class waba.map.Ticket the key by which whoever waits with it is woken
---@field waits boolean|nil
---@field come boolean|nil its turn has come

---@class waba.map.Queue
---@field count integer who wait
local Queue = {}
Queue.__index = Queue

local M = {}

---@return waba.map.Queue
function M.new()
  return setmetatable({ count = 0, first = 1, last = 0 }, Queue)
end

---@param ticket waba.map.Ticket
function Queue:join(ticket)
  self[self.last + 1] = ticket
  self.last, self.count, ticket.waits = self.last + 1, self.count + 1, true
end

--- Whoever has not joined, or whose turn has come, may leave all the same.
---@param ticket waba.map.Ticket
function Queue:leave(ticket)
  if ticket.waits then self.count, ticket.waits = self.count - 1, false end
end

--- Takes the first one out: its turn has come.
---@return waba.map.Ticket|nil
function Queue:next()
  while self.first <= self.last do
    local ticket = self[self.first]
    self[self.first], self.first = nil, self.first + 1
    if ticket.waits then
      self.count, ticket.waits, ticket.come = self.count - 1, false, true
      return ticket
    end
  end
end

return M
