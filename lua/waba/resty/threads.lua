--- The transport over nginx's worker threads: libcurl, off the event loop.
--
-- What crosses to the thread and back are plain tables and strings: the request, and its response
-- or why there is none. Retry, pacing and events stay here. A job that has begun comes to its end,
-- whatever becomes of the request that started it.

local core = require "waba.core"
local phase = require "waba.phase"
local within = require "waba.resty.within"

local CROSSES = { "attempt_timeout", "ca_file", "connect_timeout", "proxy", "user_agent" }

-- What nginx says where all its Lua states for threads, or all places in the pool's queue, are
-- taken: others will end, so it is tried again while there is time.
local FULL = { ["no available Lua vm"] = true, ["ngx_thread_task_post failed"] = true }

local FIRST_WAIT, LONGEST_WAIT = 0.002, 0.05 -- seconds

local NONE_FREE = "no worker thread was free before the time ran out: see "
  .. "lua_worker_thread_vm_pool_size, and the pool's threads"

-- A job ends itself in time. Should it not, nobody waits for it longer than this.
local GRACE = 5 -- seconds

local function answer(posted, response, ...)
  -- Before the job: no such pool, no threads in this nginx, the module not found.
  if not posted then return nil, "worker threads: " .. tostring(response), "blocking", false end
  return response, ...
end

--- Posts a job, again and again while all are busy.
local function post_in_time(pool, request, deadline, options)
  local run, wait = phase.nginx().run_worker_thread, FIRST_WAIT
  while true do
    local posted, response, message, kind, sent =
      run(pool, "waba.resty.job", "exchange", request, deadline, options)
    if posted or not FULL[response] then return answer(posted, response, message, kind, sent) end
    if core.clock.now() + wait >= deadline then return nil, NONE_FREE, "timeout", false end
    phase.sleep(wait)
    wait = math.min(2 * wait, LONGEST_WAIT)
  end
end

local unpack = table.unpack or unpack -- luacheck: ignore

---@param options table of a client; `thread_pool`: the name of one in nginx.conf
---@return waba.Transport
return function(options)
  local pool, crossing = options.thread_pool or "default", {}
  for _, name in ipairs(CROSSES) do crossing[name] = options[name] end
  return function(request, timeout)
    local deadline = core.clock.now() + timeout
    local outcome = within(timeout + GRACE, function()
      return post_in_time(pool, request, deadline, crossing)
    end)
    if outcome then return unpack(outcome, 1, 4) end
    return nil, "the worker thread did not answer in time", "timeout", true
  end
end
