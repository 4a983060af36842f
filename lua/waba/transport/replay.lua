--- A transport that answers out of a recording: no network, the same replies every time.
--
-- A request gets the answer of the same request in the file: same method, same path and query, same
-- body; see `exchange.key`. One that was recorded several times gets its answers in the order they
-- came, each of them once, so that a read before a write and the same read after it differ as they
-- did. Different requests may come in any order, as those of a map do.

local exchange = require "waba.transport.exchange"
local json = require("waba.core").json

local LOST = { network = true, timeout = true, tls = true, protocol = true, blocking = true }

local function is_text_or_nil(value) return value == nil or type(value) == "string" end

local function are_headers(headers)
  if headers ~= nil and type(headers) ~= "table" then return false end
  for name, value in pairs(headers or {}) do
    if type(name) ~= "string" or type(value) ~= "string" then return false end
  end
  return true
end

local function is_request(request)
  return type(request) == "table" and type(request.method) == "string"
    and type(request.url) == "string" and is_text_or_nil(request.body)
    and are_headers(request.headers)
end

local function is_response(response)
  local status = type(response) == "table" and response.status
  return type(status) == "number" and status >= 100 and status <= 599 and status % 1 == 0
    and type(response.body) == "string" and are_headers(response.headers)
end

local function is_loss(lost)
  return type(lost) == "table" and is_text_or_nil(lost.message)
    and (lost.kind == nil or LOST[lost.kind] == true)
    and (lost.sent == nil or type(lost.sent) == "boolean")
end

local function is_exchange(entry)
  if type(entry) ~= "table" or not is_request(entry.request) then return false end
  if entry.response ~= nil then return is_response(entry.response) and entry.lost == nil end
  return is_loss(entry.lost)
end

---@return table|nil answers lists of entries, by key
local function read(file, path)
  local answers, number = {}, 0
  for line in file:lines() do
    number = number + 1
    local entry = json.decode(line)
    if line:find("%S") and not is_exchange(entry) then
      return nil, ("%s:%d: not a recorded exchange"):format(path, number)
    end
    if entry then
      local key = exchange.key(entry.request)
      answers[key] = answers[key] or {}
      table.insert(answers[key], entry)
    end
  end
  return answers
end

local UNKNOWN = "replay: %s has no answer %s: %s"

--- Answers requests out of a file that `record` wrote. A request that is not in it, or came more
--- often than it was recorded, is the program's mistake: it raises an error that names it.
---@param path string
---@return waba.Transport|nil
---@return string|nil message why not: the file cannot be read, or a line of it is no exchange
return function(path)
  local file, message = io.open(path)
  if not file then return nil, message end
  local answers
  answers, message = read(file, path)
  file:close()
  if not answers then return nil, message end

  return function(request)
    local key = exchange.key(request)
    local known = answers[key]
    local entry = known and table.remove(known, 1)
    if not entry then
      error(UNKNOWN:format(path, known and "left for this request" or "to this request", key), 0)
    end
    local response, lost = entry.response, entry.lost
    if lost then return nil, lost.message, lost.kind, lost.sent end
    return { status = response.status, headers = response.headers or {}, body = response.body }
  end
end
