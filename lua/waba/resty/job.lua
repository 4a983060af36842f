--- What runs in a worker thread of nginx: one exchange over libcurl.
--
-- nginx keeps the Lua states of its threads for the next job, whichever thread runs it, and so they
-- keep this module with its connections. Loading it happens on the event loop, and so does the
-- collection of garbage: neither does any I/O.

local core = require "waba.core"
local libcurl = require "waba.transport.libcurl"

local M = {}

-- Clients of different settings that one state keeps connections for.
local MOST = 8

local NAMES = { "attempt_timeout", "ca_file", "connect_timeout", "proxy", "user_agent" }

local transports, count = {}, 0

local function transport_for(options)
  local words = {}
  for i, name in ipairs(NAMES) do words[i] = tostring(options[name]) end
  local key = table.concat(words, "\n")
  if not transports[key] then
    if count == MOST then transports, count = {}, 0 end
    transports[key], count = libcurl.new(options), count + 1
  end
  return transports[key]
end

local function failed(reason)
  return nil, "the worker thread failed: " .. tostring(reason), "network", true
end

local function answer(sound, response, ...)
  if not sound then return failed(response) end
  return response, ...
end

--- A transport, but for the deadline: what a job has waited for its thread is part of its time.
---@param request table
---@param deadline number on the monotonic clock, which all threads share
---@param options table of a client, those about libcurl
function M.exchange(request, deadline, options)
  local left = deadline - core.clock.now()
  if left < 0.001 then
    return nil, "no worker thread was free before the time ran out", "timeout", false
  end
  return answer(pcall(transport_for(options), request, left))
end

--- For waba.resty.check: the libcurl that a thread gets.
---@return { version: string, tls: string|nil }
function M.libcurl() return require("waba.curl").version() end

return M
