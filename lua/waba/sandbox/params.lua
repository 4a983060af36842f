--- Parameters of a request: query, urlencoded, multipart and JSON.
--
-- Graph reads the same parameter from any of them, and its clients do use all of them. The rules
-- for repeated and bracketed keys are PHP's, which Graph's parser follows.

local json = require("waba.core").json

local M = {}

local function unescape(text)
  text = text:gsub("+", " ")
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

M.unescape = unescape

--- Percent-encodes all but the unreserved characters.
function M.escape(text)
  return (text:gsub("[^%w._~-]", function(char) return ("%%%02X"):format(char:byte()) end))
end

-- `key=value` sets, the last one wins; `key[]=` and `key[0]=` append; `key[name]=` sets a member.
local function store(params, key, value)
  local name, index = key:match("^([^%[]+)%[([^%]]*)%]$")
  if not name then
    params[key] = value
    return
  end
  if type(params[name]) ~= "table" then params[name] = {} end
  local at = index:find("^%d*$") and #params[name] + 1 or index
  params[name][at] = value
end

--- Decodes a query string or an urlencoded body.
---@param text string
---@return table<string, string|table> params
function M.decode_form(text)
  local params = {}
  for pair in text:gmatch("[^&]+") do
    local key, value = pair:match("^([^=]*)=?(.*)$")
    if key ~= "" then store(params, unescape(key), unescape(value)) end
  end
  return params
end

-- Every part runs from one delimiter line to the next. The last delimiter ends in `--`.
local function decode_multipart(text, content_type)
  local boundary = content_type:match('boundary="([^"]+)"')
    or content_type:match("boundary=([^%s;]+)")
  if not boundary then return nil, "multipart without a boundary" end
  local params, delimiter = {}, "\r\n--" .. boundary
  text = "\r\n" .. text
  local _, stop = text:find(delimiter, 1, true)
  while stop do
    local start = stop + 1
    local next_start, next_stop = text:find(delimiter, start, true)
    if not next_start then break end
    local head, value = text:sub(start, next_start - 1):match("^(.-)\r\n\r\n(.*)$")
    local name = head and head:match('[^%w]name="([^"]*)"')
    if name then store(params, name, value) end
    stop = next_stop
  end
  return params
end

local function decode_json(text)
  local value = json.decode(text)
  if type(value) ~= "table" then return nil, "not a JSON object" end
  return value
end

local DECODERS = {
  ["application/json"] = decode_json,
  ["application/x-www-form-urlencoded"] = M.decode_form,
  ["multipart/form-data"] = decode_multipart,
}

--- Decodes a body by its content type. One without a type is a form; of an unknown type, ignored.
---@param text? string
---@param content_type? string
---@return table? params
---@return string? message
function M.decode_body(text, content_type)
  if not text or text == "" then return {} end
  content_type = content_type or "application/x-www-form-urlencoded"
  local decode = DECODERS[content_type:lower():match("^[^;%s]*")]
  if not decode then return {} end
  return decode(text, content_type)
end

-- Up to here every whole number is exact, also where numbers are doubles only.
local EXACT = 2 ^ 53

--- An id or a number as text: JSON bodies carry ids as strings or as numbers.
---@return string? text nil for a table, an empty string or an inexact number
function M.scalar(value)
  if type(value) == "number" and value % 1 == 0 and math.abs(value) < EXACT then
    return ("%d"):format(value)
  end
  if type(value) == "string" and value ~= "" then return value end
end

local function list_from_array(text)
  local single_quoted = text:gsub("'", '"')
  return json.decode(text) or json.decode(single_quoted)
end

local function list_from_words(text)
  local words = {}
  for word in text:gmatch("[^,]+") do words[#words + 1] = word:match("^%s*(.-)%s*$") end
  return words
end

--- A list of words in any of the forms that clients send to Graph: `["A","B"]`, `['A', 'B']`,
-- `A`, `A,B`, or a table that was decoded already.
---@param value string|table
---@return string[]? list nil when it is not a list of strings
function M.list(value)
  local list = value
  if type(value) == "string" then
    local read = value:find("^%s*%[") and list_from_array or list_from_words
    list = read(value)
  end
  if type(list) ~= "table" then return nil end
  for key, item in pairs(list) do
    if type(key) ~= "number" or type(item) ~= "string" then return nil end
  end
  return list
end

return M
