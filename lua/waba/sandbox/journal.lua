--- The log of requests, without the tokens they carried.

local M = {}

--- What the log keeps of one request.
---@class waba.sandbox.entry
---@field method string
---@field path string
---@field query table<string, string|table>
---@field body table<string, any>
---@field token? string a mark that is the same for the same token, and not the token
---@field token_in? "header"|"query"|"body"
---@field status? integer nil where no whole reply was sent
---@field fault? string the way it failed by rule: "status", "timeout", "broken" or a wire fault

-- Tells tokens apart without showing any part of them.
local function mark_of(token)
  if type(token) ~= "string" then return "token:malformed" end
  local sum = 5381
  for i = 1, #token do sum = (sum * 33 + token:byte(i)) % 2 ^ 32 end
  return ("token:%08x"):format(sum)
end

-- Found as plain text: a token may hold any bytes, and patterns of LuaJIT end at a NUL.
local function cut(text, token, mark)
  local parts, from = {}, 1
  local at, stop = text:find(token, 1, true)
  while at do
    parts[#parts + 1] = text:sub(from, at - 1) .. mark
    from = stop + 1
    at, stop = text:find(token, from, true)
  end
  return table.concat(parts) .. text:sub(from)
end

local SECRET = {
  access_token = true, input_token = true, fb_exchange_token = true, revoke_token = true,
  client_secret = true,
}

-- A copy without the token, wherever it stands. A request may carry a second token besides the one
-- that was used, so the parameter itself is always covered.
local function redact(value, token, mark)
  if type(value) == "string" then return token and cut(value, token, mark) or value end
  if type(value) ~= "table" then return value end
  local result = {}
  for key, item in pairs(value) do
    local hidden = SECRET[key] and mark_of(item)
    result[redact(key, token, mark)] = hidden or redact(item, token, mark)
  end
  return result
end

--- Makes an entry of a call and of what was answered.
---@param call waba.sandbox.call
---@param response waba.sandbox.response
---@param fault? string
---@return waba.sandbox.entry
function M.entry(call, response, fault)
  local mark = call.token and mark_of(call.token)
  local function clean(value) return redact(value, call.token, mark) end
  return {
    method = call.method,
    path = clean(call.path),
    query = clean(call.query),
    body = clean(call.body),
    token = mark,
    token_in = call.token_in,
    status = not response.failure and response.status or nil,
    fault = fault,
  }
end

return M
