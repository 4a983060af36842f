--- Work with an end to its time, in light threads.

local phase = require "waba.phase"

--- What `work` returns, in a list; nil where it was ended because it took too long. Meanwhile there
--- is a timer: a worker that is to end, after a reload say, waits for its timers, and not for its
--- threads.
---@param seconds number
---@param work fun(): any
---@return table|nil
return function(seconds, work)
  local threads, outcome = phase.nginx().thread, nil
  local worker = threads.spawn(function() outcome = { work() } end)
  local clock = threads.spawn(phase.nap, seconds)
  local sound, raised = threads.wait(worker, clock)
  threads.kill(worker)
  threads.kill(clock)
  if not sound then error(raised, 0) end
  return outcome
end
