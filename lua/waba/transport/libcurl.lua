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

--- The options of a client that are about libcurl.
M.OPTIONS = { "attempt_timeout", "ca_file", "connect_timeout", "proxy", "user_agent" }

--- What a request's connection is to.
---@param request table
---@return string
function M.base_url(request)
  return request.url:match("^%a+://[^/?#]+") or request.url
end

--- Without a client: one kept connection to one host. It blocks.
---@param base_url string
---@param options table those of M.OPTIONS
---@return waba.Transport
---@return fun() close
function M.open(base_url, options)
  -- Each request brings its own token.
  local own = { access_token = function() end, base_url = base_url }
  for _, name in ipairs(M.OPTIONS) do own[name] = options[name] end
  local settings, reason = core.settings(own)
  if not settings then
    return function() return nil, reason.message, "network", false end, function() end
  end
  local easy
  local function exchange(call)
    easy = easy or load.now("waba.curl").easy(settings)
    easy:exchange(call)
  end
  return M.over(settings, exchange), function()
    if easy then easy:close() end
  end
end

--- Without a client: one kept connection for every host that requests go to. It blocks, and refuses
--- to where that stops an event loop.
---@param options table|nil those of M.OPTIONS
---@return waba.Transport
function M.new(options)
  local hosts = {}
  return function(request, timeout)
    local reason = phase.refuses_to_block()
    if reason then return nil, reason, "blocking", false end
    local base_url = M.base_url(request)
    hosts[base_url] = hosts[base_url] or M.open(base_url, options or {})
    return hosts[base_url](request, timeout)
  end
end

return M
