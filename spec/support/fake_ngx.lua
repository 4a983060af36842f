--- As much of nginx's Lua API as the accounts of examples/openresty use, in virtual time: timers
--- are coroutines, and each step of the clock runs those that are due.

local unpack = table.unpack or unpack -- luacheck: ignore

local M = {}

local Dict = {}
Dict.__index = Dict

local function find(self, key)
  local entry = self.entries[key]
  if entry and entry.ends and entry.ends <= self.world.time then
    self.entries[key] = nil
    return nil
  end
  return entry
end

function Dict:get(key)
  local entry = find(self, key)
  return entry and entry.value
end

function Dict:set(key, value, seconds)
  self.entries[key] = { value = value, ends = seconds and self.world.time + seconds }
  return true
end

function Dict:add(key, value, seconds)
  if find(self, key) then return false, "exists" end
  return self:set(key, value, seconds)
end

function Dict:delete(key)
  self.entries[key] = nil
end

function Dict:rpush(key, value)
  if self.full then return nil, "no memory" end
  local entry = find(self, key) or { list = {} }
  self.entries[key] = entry
  table.insert(entry.list, value)
  return #entry.list
end

function Dict:lpop(key)
  local entry = find(self, key)
  local value = entry and table.remove(entry.list, 1)
  if entry and not entry.list[1] then self.entries[key] = nil end
  return value
end

function Dict:llen(key)
  local entry = find(self, key)
  return entry and #entry.list or 0
end

function Dict:get_keys()
  local keys = {}
  for key in pairs(self.entries) do
    if find(self, key) then keys[#keys + 1] = key end
  end
  table.sort(keys)
  return keys
end

---@class spec.FakeNginx
local World = {}
World.__index = World

local function resume(self, task)
  local sound, seconds = coroutine.resume(task.body, unpack(task, 1, task.n))
  assert(sound, seconds)
  task.n = 0
  if coroutine.status(task.body) ~= "dead" then
    task.due = self.time + seconds
    table.insert(self.tasks, task)
  end
end

function World:begin(seconds, body, ...)
  table.insert(self.tasks, { due = self.time + seconds, body = coroutine.create(body),
    n = select("#", ...), ... })
end

--- Runs what is due until so many seconds have passed.
function World:run(seconds)
  local ends = self.time + seconds
  while true do
    local first
    for i, task in ipairs(self.tasks) do
      if task.due <= ends and (not first or task.due < self.tasks[first].due) then first = i end
    end
    if not first then break end
    local task = table.remove(self.tasks, first)
    self.time = math.max(self.time, task.due)
    resume(self, task)
  end
  self.time = ends
end

--- A new nginx, with the API in `ngx`.
---@return spec.FakeNginx
function M.new()
  local self = setmetatable({ time = 1700000000, tasks = {}, log = {} }, World)
  local function dict() return setmetatable({ entries = {}, world = self }, Dict) end
  self.dict = dict()
  self.ngx = {
    shared = { waba_accounts = self.dict, waba_open = dict() },
    time = function() return math.floor(self.time) end,
    sleep = function(seconds) coroutine.yield(seconds) end,
    log = function(_, ...) self.log[#self.log + 1] = table.concat { ... } end,
    NOTICE = 3, WARN = 1, ERR = 2,
    worker = {
      id = function() return 0 end, pid = function() return 1 end,
      exiting = function() return false end,
    },
    timer = {
      at = function(seconds, body, ...)
        self:begin(seconds, body, false, ...)
        return true
      end,
      every = function(seconds, body)
        local function again()
          while true do
            body(false)
            coroutine.yield(seconds)
          end
        end
        self:begin(seconds, again)
        return true
      end,
    },
  }
  return self
end

return M
