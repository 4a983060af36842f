--- libcurl as a transport: for what is put on top of one, batches and recordings. Calls themselves
-- go through the drivers, which keep requests and replies in C.
--
-- Of a request's headers the bearer token goes out as it is; the others are what every client here
-- sends (User-Agent, Accept, and a form's Content-Type where there is a body).

local core = require "waba.core"
local load = require "waba.load"
local phase = require "waba.phase"

local M = {}

--- Over a client's own settings, and whatever driver carries its calls.
---@param settings userdata
---@param exchange fun(call: userdata)
---@return waba.Transport
function M.over(settings, exchange)
  return function(request, timeout)
    if settings:closed() then return nil, "the client was closed", "network", false end
    local call = core.exchange(settings, request, timeout)
    exchange(call)
    return call:outcome()
  end
end

local function open(base_url, options)
  local settings, reason = core.settings {
    access_token = function() end, -- each request brings its own
    base_url = base_url,
    attempt_timeout = options.attempt_timeout,
    ca_file = options.ca_file,
    proxy = options.proxy,
    connect_timeout = options.connect_timeout,
    user_agent = options.user_agent,
  }
  if not settings then
    return function() return nil, reason.message, "network", false end
  end
  local easy
  return M.over(settings, function(call)
    easy = easy or load.now("waba.curl").easy(settings)
    easy:exchange(call)
  end)
end

--- Without a client: one kept connection for every host that requests go to. It blocks, and refuses
--- to where that stops an event loop.
---@param options table|nil attempt_timeout, ca_file, connect_timeout, proxy, user_agent: as those
---  of a client
---@return waba.Transport
function M.new(options)
  local hosts = {}
  return function(request, timeout)
    local reason = phase.refuses_to_block()
    if reason then return nil, reason, "blocking", false end
    local base_url = request.url:match("^%a+://[^/?#]+") or request.url
    hosts[base_url] = hosts[base_url] or open(base_url, options or {})
    return hosts[base_url](request, timeout)
  end
end

return M
