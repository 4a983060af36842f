--- The transport over nginx's worker threads: libcurl, off the event loop.
--
-- What crosses to the thread and back are plain tables and strings: the request, and its response
-- or why there is none. Retry, pacing and events stay here. A job that has begun comes to its end,
-- whatever becomes of the request that started it.

local core = require "waba.core"
local libcurl = require "waba.transport.libcurl"
local phase = require "waba.phase"
local unpack = require "waba.unpack"
local within = require "waba.resty.within"

-- What nginx says where all its Lua states for threads, or all places in the pool's queue, are
-- taken: others will end, so it is tried again while there is time.
local FULL = { ["no available Lua vm"] = true, ["ngx_thread_task_post failed"] = true }

-- A job of waba's that ends wakes who has waited longest. This is for all other jobs.
local LONGEST_WAIT, LEAST = 0.25, 0.001 -- seconds

local NONE_FREE = "no worker thread was free before the time ran out: see "
  .. "lua_worker_thread_vm_pool_size, and the pool's threads"

-- A job ends itself in time. Should it not, nobody waits for it longer than this.
local GRACE = 5 -- seconds

local function answer(posted, response, ...)
  -- Before the job: no such pool, no threads in this nginx, the module not found.
  if not posted then return nil, "worker threads: " .. tostring(response), "blocking", false end
  return response, ...
end

local ended -- a semaphore: who finds no thread free waits on it, in turn; made when first needed

local function wait_for_an_end(seconds)
  ended = ended or require("ngx.semaphore").new()
  ended:wait(seconds)
end

local function somebody_waits()
  return ended ~= nil and ended:count() < 0
end

--- Posts a job, again and again while all are busy. Nobody goes past who waits.
local function post_in_time(pool, request, deadline, options)
  local run, waits = phase.nginx().run_worker_thread, somebody_waits()
  while true do
    if not waits then
      local posted, response, message, kind, sent =
        run(pool, "waba.resty.job", "exchange", request, deadline, options)
      if posted or not FULL[response] then
        if somebody_waits() then ended:post() end
        return answer(posted, response, message, kind, sent)
      end
    end
    local left = deadline - core.clock.now()
    if left < LEAST then return nil, NONE_FREE, "timeout", false end
    wait_for_an_end(math.min(left, LONGEST_WAIT))
    waits = false
  end
end

---@param options table of a client; `thread_pool`: the name of one in nginx.conf
---@return waba.Transport
return function(options)
  local pool, crossing = options.thread_pool or "default", {}
  for _, name in ipairs(libcurl.OPTIONS) do crossing[name] = options[name] end
  return function(request, timeout)
    local deadline = core.clock.now() + timeout
    local outcome = within(timeout + GRACE, function()
      return post_in_time(pool, request, deadline, crossing)
    end)
    if outcome then return unpack(outcome, 1, 4) end
    return nil, "the worker thread did not answer in time", "timeout", true
  end
end
