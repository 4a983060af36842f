--- What runs in a worker thread of nginx: one exchange over libcurl.
--
-- nginx keeps the Lua states of its threads for the next job, whichever thread runs it, and so they
-- keep this module with its connections. Loading it happens on the event loop, and so does the
-- collection of garbage: neither does any I/O.

local core = require "waba.core"
local libcurl = require "waba.transport.libcurl"

local M = {}

-- Connections that one state keeps: one a host, and for clients of different settings another.
local MOST = 8

local kept = {} -- the one that was used last is the last

local function is_kept(key)
  for i, entry in ipairs(kept) do
    if entry.key == key then
      table.insert(kept, table.remove(kept, i))
      return true
    end
  end
end

local function transport_for(request, options)
  local base_url = libcurl.base_url(request)
  local words = { base_url }
  for _, name in ipairs(libcurl.OPTIONS) do words[#words + 1] = tostring(options[name]) end
  local key = table.concat(words, "\n")
  if not is_kept(key) then
    if #kept == MOST then table.remove(kept, 1).close() end
    local transport, close = libcurl.open(base_url, options)
    kept[#kept + 1] = { key = key, transport = transport, close = close }
  end
  return kept[#kept].transport
end

local function exchange(request, seconds, options)
  return transport_for(request, options)(request, seconds)
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
  return answer(pcall(exchange, request, left, options))
end

--- For waba.resty.check: the libcurl that a thread gets.
---@return { version: string, tls: string|nil }
function M.libcurl() return require("waba.curl").version() end

return M
