--- The control plane: rules, log and reset over HTTP, beside the emulated Graph.
--
-- Its paths are under /sandbox. A path of Graph starts with a version or with digits, so the two
-- cannot meet, and what comes through the transport never gets here.

local json = require("waba.core").json
local text = require("waba.sandbox.text")

local M = {}

local function respond(status, body)
  return {
    status = status,
    headers = { ["content-type"] = "application/json; charset=UTF-8" },
    body = text.encode(body),
  }
end

local function refuse(status, message)
  return respond(status, { error = { message = message } })
end

local function add_fault(sandbox, call)
  local rule, malformed = json.decode(call.body or "")
  if type(rule) ~= "table" then
    return refuse(400, "the rule must be a JSON object: " .. tostring(malformed or type(rule)))
  end
  local done, message = sandbox:try_fault(rule)
  if not done then return refuse(400, message) end
  return respond(200, { success = true })
end

local function show_log(sandbox)
  local entries = text.list()
  for i, entry in ipairs(sandbox.log) do entries[i] = entry end
  return respond(200, { data = entries })
end

local function reset(sandbox)
  sandbox:reset()
  return respond(200, { success = true })
end

local ROUTES = {
  ["/sandbox/faults"] = { method = "POST", run = add_fault },
  ["/sandbox/log"] = { method = "GET", run = show_log },
  ["/sandbox/reset"] = { method = "POST", run = reset },
}

--- Answers a control request.
---@param sandbox waba.sandbox
---@param request waba.request
---@return waba.response? response nil when the path is not of the control plane
function M.answer(sandbox, request)
  local path = request.url:gsub("^%a[%w+.-]*://[^/?#]*", ""):match("^[^?#]*")
  if not (path .. "/"):find("^/sandbox/") then return nil end
  local route = ROUTES[path]
  if not route then return refuse(404, "no such control path: " .. path) end
  if request.method:upper() ~= route.method then
    local response = refuse(405, path .. " takes " .. route.method)
    response.headers.allow = route.method
    return response
  end
  return route.run(sandbox, request)
end

return M
