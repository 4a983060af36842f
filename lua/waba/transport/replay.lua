--- A transport that answers out of a recording: no network, the same replies every time.
--
-- A request gets the answer of the same request in the file: same method, same path and query, same
-- body; see `exchange.key`. One that was recorded several times gets its answers in the order they
-- came, each of them once, so that a read before a write and the same read after it differ as they
-- did. Different requests may come in any order, as those of a map do.

local exchange = require "waba.transport.exchange"
local json = require("waba.core").json

local function check(entry)
  local request = type(entry) == "table" and entry.request
  if type(request) ~= "table" then return nil end
  if type(request.method) ~= "string" or type(request.url) ~= "string" then return nil end
  local response, lost = entry.response, entry.lost
  if type(response) == "table" then
    return type(response.status) == "number" and type(response.body) == "string"
  end
  return type(lost) == "table"
end

---@return table|nil answers lists of entries, by key
local function read(file, path)
  local answers, number = {}, 0
  for line in file:lines() do
    number = number + 1
    local entry = json.decode(line)
    if line:find("%S") and not check(entry) then
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
