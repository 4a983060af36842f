--- Replies as Graph sends them: status, headers, JSON body.

local text = require("waba.sandbox.text")

local M = {}

-- Minutes until calls are granted again. Without a clock: the whole rolling hour.
local REGAIN_MINUTES = 60

local function app_usage(world)
  local percent = world:usage("app")
  return text.encode({ call_count = percent, total_cputime = percent, total_time = percent })
end

local function waba_usage(world, waba_id)
  local percent = world:usage(waba_id)
  local meter = {
    type = "whatsapp_business_management",
    call_count = percent,
    total_cputime = percent,
    total_time = percent,
    estimated_time_to_regain_access = percent >= 100 and REGAIN_MINUTES or 0,
  }
  return text.encode({ [waba_id] = { meter } })
end

-- The message may echo what the caller sent, and must not end the header or its quotes.
local function challenge(fault)
  local reason = (fault.code == 190 or fault.code == 104) and "invalid_token" or "invalid_request"
  local message = fault.message:gsub("%c", " "):gsub('"', "'")
  return ('OAuth "Facebook Platform" "%s" "%s"'):format(reason, message)
end

--- A reply with the headers that every reply of Graph has.
---@param world table
---@param call waba.sandbox.call
---@param status integer
---@param body string|table JSON text, or a value to write as JSON
---@param trace? string the trace id, when the body names it already
---@return waba.response
function M.new(world, call, status, body, trace)
  return {
    status = status,
    headers = {
      ["content-type"] = "application/json; charset=UTF-8",
      ["cache-control"] = "private, no-cache, no-store, must-revalidate",
      ["facebook-api-version"] = call.version,
      ["x-fb-trace-id"] = trace or world:next_trace(),
    },
    body = type(body) == "string" and body or text.encode(body),
  }
end

-- Usage headers are the same on success and on refusal: refused calls count too.
local function add_usage(world, call, response)
  response.headers["x-app-usage"] = app_usage(world)
  if call.target and call.target.type == "WhatsAppBusinessAccount" then
    response.headers["x-business-use-case-usage"] = waba_usage(world, call.target.id)
  end
  return response
end

---@param body table
---@return waba.response
function M.success(world, call, body)
  return add_usage(world, call, M.new(world, call, 200, body))
end

---@param refused waba.sandbox.refusal
---@return waba.response
function M.refuse(world, call, refused)
  local trace, fault = world:next_trace(), refused.error
  fault.fbtrace_id = trace
  local response = M.new(world, call, refused.status, { error = fault }, trace)
  response.headers["cache-control"] = "no-store"
  response.headers["www-authenticate"] = challenge(fault)
  return add_usage(world, call, response)
end

return M
