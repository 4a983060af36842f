--- Enough of nginx's Lua API to run the transports of waba.resty in a spec's own VM, and what real
--- nginx does only now and then: no state free for a thread, work that does not end.

local core = require "waba.core"

local M = {}

--- A light thread runs until it ends or yields; one that has yielded never goes on.
local threads = {}

function threads.spawn(body, ...)
  local thread = coroutine.create(body)
  local results = { coroutine.resume(thread, ...) }
  return { thread = thread, results = results }
end

local unpack = table.unpack or unpack -- luacheck: ignore

function threads.wait(...)
  for _, spawned in ipairs { ... } do
    if coroutine.status(spawned.thread) == "dead" then return unpack(spawned.results) end
  end
  error "deadlock"
end

function threads.kill() end

--- What crosses the border of a thread: a copy, of plain values only.
local function copy(value)
  local kind = type(value)
  assert(kind == "nil" or kind == "boolean" or kind == "number" or kind == "string"
    or kind == "table", "unsupported Lua type: " .. kind)
  if kind ~= "table" then return value end
  local result = {}
  for key, item in pairs(value) do result[copy(key)] = copy(item) end
  return result
end

local function copies(n, ...)
  local values = { ... }
  for i = 1, n do values[i] = copy(values[i]) end
  return unpack(values, 1, n)
end

--- A worker thread, run on the spot. What it sees of nginx is less.
local function run_worker_thread(_, module, name, ...)
  local ngx = package.loaded.ngx
  package.loaded.ngx = nil
  local results = { pcall(require(module)[name], copies(select("#", ...), ...)) }
  package.loaded.ngx = ngx
  return copies(6, unpack(results, 1, 6))
end

--- What any ngx.semaphore is here: nobody is woken, all waits are over at once. `waiters` is set.
M.semaphore = { waiters = 0, posts = 0, waits = 0 }

function M.semaphore:count() return -self.waiters end

function M.semaphore:post() self.posts = self.posts + 1 end

function M.semaphore:wait(seconds)
  self.waits = self.waits + 1
  package.loaded.ngx.slept = package.loaded.ngx.slept + seconds
  return nil, "timeout"
end

--- Puts a fake in place of nginx until `remove`; its fields may be changed.
---@param phase string
function M.install(phase)
  local ngx = { thread = threads, run_worker_thread = run_worker_thread, slept = 0 }
  ngx.now = core.clock.now
  function ngx.get_phase() return phase end
  function ngx.sleep(seconds) ngx.slept = ngx.slept + seconds end
  package.loaded.ngx = ngx
  package.loaded["ngx.semaphore"] = { new = function() return M.semaphore end }
  M.semaphore.waiters, M.semaphore.posts, M.semaphore.waits = 0, 0, 0
  return ngx
end

function M.remove()
  package.loaded.ngx, package.loaded["ngx.semaphore"] = nil, nil
end

--- Yields for good: for a light thread that does not end.
function M.hang() coroutine.yield() end

M.now = core.clock.now

return M
