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

local function has_room(self)
  local n = 0
  for key in pairs(self.entries) do n = n + (find(self, key) and 1 or 0) end
  return n < self.room
end

local function length(value)
  return type(value) == "string" and #value or 8
end

--- A value of the same length takes the old one's place. For any other the old one goes first, and
--- is lost where there is no room: in nginx that depends on what lies next to it, here on `room`.
function Dict:safe_set(key, value, seconds)
  local old, room = find(self, key), has_room(self)
  if not (old and length(old.value) == length(value)) then
    self.entries[key] = nil
    if not room then return nil, "no memory" end
  end
  local ends = seconds and seconds > 0 and self.world.time + seconds or nil
  self.entries[key] = { value = value, ends = ends }
  return true
end

function Dict:safe_add(key, value, seconds)
  if find(self, key) then return false, "exists" end
  return self:safe_set(key, value, seconds)
end

function Dict:delete(key)
  self.entries[key] = nil
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

--- The API as one worker sees it.
function World:worker(pid)
  return {
    shared = self.shared,
    time = function() return math.floor(self.time) end,
    sleep = function(seconds) coroutine.yield(seconds) end,
    log = function(_, ...) self.log[#self.log + 1] = table.concat { ... } end,
    NOTICE = 3, WARN = 1, ERR = 2,
    worker = {
      pid = function() return pid end,
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
end

--- A new nginx. Its dicts have room for any number of keys, until `room` of one is set.
---@return spec.FakeNginx
function M.new()
  local self = setmetatable({ time = 1700000000, tasks = {}, log = {}, shared = {} }, World)
  for _, name in ipairs { "accounts", "open", "busy" } do
    self.shared["waba_" .. name] = setmetatable(
      { entries = {}, world = self, room = math.huge }, Dict)
  end
  return self
end

return M
