--- One recorded exchange: how it is written, and how a request finds the one that answers it.

local core = require "waba.core"
local unpack = require "waba.unpack"

local M = {}

local encode

local function encode_object(object)
  local keys = {}
  for key in pairs(object) do keys[#keys + 1] = key end
  table.sort(keys)
  for i, key in ipairs(keys) do keys[i] = core.json.encode(key) .. ":" .. encode(object[key]) end
  return "{" .. table.concat(keys, ",") .. "}"
end

--- JSON with sorted keys, and slashes as they are: lines that people read, and that stay the same.
function encode(value)
  if type(value) == "table" then return encode_object(value) end
  return (core.json.encode(value):gsub("\\/", "/"))
end

M.encode = encode

local function token_char(digits)
  local char = string.char(tonumber(digits, 16))
  return char:find("[%w_|.%%-]") and char or nil
end

-- Graph writes `%` in its links as \u0025. A secret must not hide behind that, nor behind the
-- backslashes that each further layer of JSON adds.
local function unmask(text)
  return (text:gsub("\\+u00(%x%x)", token_char))
end

local function bearer(headers)
  for name, value in pairs(headers or {}) do
    if type(name) == "string" and name:lower() == "authorization" then
      return value:match("^%s*%S+%s+(%S+)") or value
    end
  end
end

-- What a body may carry: the app's secret, and tokens beside the one of the header.
local IN_BODY = { "client_secret", "input_token", "fb_exchange_token", "revoke_token" }

local function unescape(text)
  return (text:gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

--- A function that takes the secrets of a request out of texts.
---@param request table
---@return fun(text: string): string
function M.cleaner(request)
  local secrets = { bearer(request.headers) or "",
    request.url:match("appsecret_proof=(%x+)") or "" }
  for i, name in ipairs(IN_BODY) do
    local value = ("&" .. (request.body or "")):match("&" .. name .. "=([^&]*)")
    secrets[2 + i] = unescape(value or "")
  end
  return function(text) return core.redact(unmask(text), unpack(secrets)) end
end

--- What a request is known by: method, path with query, body. The host does not count, so that a
--- recording of one server answers for another; nor does the proof, which an app secret adds.
---@param request table
---@return string
function M.key(request)
  local clean = M.cleaner(request)
  local path = clean(request.url):gsub("^%a+://[^/?#]*", "")
  path = path:gsub("([?&])appsecret_proof=[^&]*&?", "%1"):gsub("[?&]$", "")
  return ("%s %s %s"):format(request.method, path, clean(request.body or ""))
end

return M
