--- Graph's batch endpoint: `POST /` or `POST /{version}/` with a parameter `batch`, a JSON array of
-- up to 50 requests, each answered on its own.
--
-- Documented: the parameters, the shape of the reply, that the token beside the batch is needed and
-- stands in for items without one, and that an item that was not finished in time is null. Here a
-- fault rule decides which: an item whose connection would break, or time out, is null. Assumed: a
-- proof beside the batch stands in likewise; the token may be in the header.
--
-- Not emulated: `name`, `depends_on` and references between items; attached files.

local auth = require("waba.sandbox.auth")
local json = require("waba.core").json
local params = require("waba.sandbox.params")
local refusal = require("waba.sandbox.refusal")
local reply = require("waba.sandbox.reply")
local request_reader = require("waba.sandbox.request")
local text = require("waba.sandbox.text")

local M = {}

local MOST = 50

--- Whether a call is for this endpoint.
---@param call waba.sandbox.call
function M.asked(call)
  return call.method == "POST" and not call.segments[1] and call.params.batch ~= nil
end

local function read_items(call)
  local items = call.params.batch
  if type(items) == "string" then items = json.items(items) end
  if type(items) ~= "table" or items[1] == nil then
    return nil, refusal.new("malformed_body", "batch must be a list of requests")
  end
  if #items > MOST then
    return nil, refusal.new("malformed_body", ("more than %d requests in a batch"):format(MOST))
  end
  for i, item in ipairs(items) do
    local sound = type(item) == "table" and type(item.method) == "string"
      and type(item.relative_url) == "string"
    if not sound then
      return nil, refusal.new("malformed_body", ("item %d of the batch is no request"):format(i))
    end
  end
  return items
end

-- An item as a request of its own, with what the batch lends it.
local function request_of(item, call)
  local request = {
    method = item.method, url = "/" .. item.relative_url, headers = {},
    body = type(item.body) == "string" and item.body or nil,
  }
  local own = request_reader.read(request)
  if own.token then return request end
  request.headers.authorization = "Bearer " .. call.token
  local proof = params.scalar(call.params.appsecret_proof)
  if proof and not own.params.appsecret_proof then
    local joint = request.url:find("?", 1, true) and "&" or "?"
    request.url = request.url .. joint .. "appsecret_proof=" .. params.escape(proof)
  end
  return request
end

local function header_list(headers)
  local names, list = {}, {}
  for name in pairs(headers) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do list[i] = { name = name, value = headers[name] } end
  return text.list(list)
end

local function part_of(item, response, with_headers)
  local fine = response.status >= 200 and response.status < 300
  local omitted = fine and item.omit_response_on_success == true
  if response.failure or omitted then return "null" end
  return text.encode({
    code = response.status,
    headers = with_headers and header_list(response.headers) or nil,
    body = response.body,
  })
end

--- Answers a batch. The whole is no call of its own: its items are counted, each where it belongs.
---@param world table
---@param call waba.sandbox.call
---@param answer fun(request: waba.request): waba.sandbox.response answers an item, faults included
---@return waba.response
function M.answer(world, call, answer)
  local session, refused = auth.open(world, call)
  local items
  if session then items, refused = read_items(call) end
  if not items then return reply.refuse(world, call, refused) end
  local with_headers = tostring(call.params.include_headers) ~= "false"
  local parts = {}
  for i, item in ipairs(items) do
    parts[i] = part_of(item, answer(request_of(item, call)), with_headers)
  end
  return reply.success(world, call, "[" .. table.concat(parts, ",") .. "]")
end

return M
