--- One request as it arrived, taken apart: path, parameters, token.

local params = require("waba.sandbox.params")

local M = {}

-- Versions that are alive. Graph answers a call without a version, or with an expired one, as the
-- oldest of them.
local OLDEST, NEWEST = 21, 26

---@class waba.sandbox.call
---@field method string upper case, after `method=` in a POST has overridden it, as Graph lets it
---@field path string still escaped, without host and query
---@field version string the version that answers, such as "v26.0"
---@field segments string[] the path after the version
---@field headers table<string, string> by lower-case name
---@field query table<string, string|table>
---@field body table<string, any>
---@field params table<string, any> both together; the body wins
---@field malformed? string what is wrong with the body
---@field token? string
---@field token_in? "header"|"query"|"body"
---@field target? { id: string, edge: string?, type: string } set when the path is found

local function lower_keys(headers)
  local result = {}
  for name, value in pairs(headers or {}) do result[name:lower()] = value end
  return result
end

local function merge(first, second)
  local result = {}
  for key, value in pairs(first) do result[key] = value end
  for key, value in pairs(second) do result[key] = value end
  return result
end

local function split_url(url)
  local rest = url:gsub("^%a[%w+.-]*://[^/?#]*", ""):gsub("#.*$", "")
  local path, query = rest:match("^([^?]*)%??(.*)$")
  return path, query
end

-- What is no version is left in the path, as the name of a node that does not exist.
local function split_path(path)
  local segments = {}
  for segment in path:gmatch("[^/]+") do segments[#segments + 1] = params.unescape(segment) end
  local number = tonumber((segments[1] or ""):match("^v(%d+%.%d+)$"))
  if not number or number > NEWEST then return ("v%d.0"):format(OLDEST), segments end
  table.remove(segments, 1)
  return ("v%.1f"):format(math.max(number, OLDEST)), segments
end

local function header_token(headers)
  local scheme, token = (headers.authorization or ""):match("^%s*(%a+)%s+(%S+)%s*$")
  scheme = scheme and scheme:lower()
  if scheme == "bearer" or scheme == "oauth" then return token end
end

-- Meta does not say which token wins when a request carries several. Here: header, query, body.
local function find_token(call)
  local token = header_token(call.headers)
  if token then return token, "header" end
  token = params.scalar(call.query.access_token)
  if token then return token, "query" end
  token = params.scalar(call.body.access_token)
  if token then return token, "body" end
end

--- Takes a request apart. It never fails: what is malformed is left for Graph to refuse.
---@param request waba.request
---@return waba.sandbox.call
function M.read(request)
  local headers = lower_keys(request.headers)
  local path, query_text = split_url(request.url)
  local query = params.decode_form(query_text)
  local body, malformed = params.decode_body(request.body, headers["content-type"])
  local call = {
    method = request.method:upper(),
    path = path,
    headers = headers,
    query = query,
    body = body or {},
    malformed = malformed,
  }
  call.version, call.segments = split_path(path)
  call.params = merge(call.query, call.body)
  call.token, call.token_in = find_token(call)
  local override = call.method == "POST" and params.scalar(call.params.method)
  if override then call.method = override:upper() end
  return call
end

return M
