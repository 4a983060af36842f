--- A transport that writes down what goes through another one, for `replay`.
--
-- The file is text, an exchange a line, in JSON:
--   {"request":{"body","headers","method","url"},"response":{"body","headers","status"}}
--   {"lost":{"kind","message","sent"},"request":{...}}       where no reply came
-- Authorization is left out; tokens and proofs stand as [redacted] wherever they were, and control
-- characters as spaces. What else a reply holds, names and ids say, is kept.

local exchange = require "waba.transport.exchange"
local libcurl = require "waba.transport.libcurl"

local PRIVATE = { authorization = true, cookie = true, ["set-cookie"] = true }

local function clean_headers(headers, clean)
  local result = {}
  for name, value in pairs(headers or {}) do
    local known = type(name) == "string" and not PRIVATE[name:lower()]
    if known then result[name] = clean(tostring(value)) end
  end
  return result
end

local function line_of(request, response, message, kind, sent)
  local clean = exchange.cleaner(request)
  local entry = { request = {
    method = request.method, url = clean(request.url), body = request.body and clean(request.body),
    headers = clean_headers(request.headers, clean),
  } }
  if response then
    entry.response = { status = response.status, body = clean(response.body or ""),
      headers = clean_headers(response.headers, clean) }
  else
    entry.lost = { message = clean(tostring(message or "no reply")), kind = kind or "network",
      sent = sent ~= false }
  end
  return exchange.encode(entry) .. "\n"
end

local function complain(message)
  io.stderr:write("waba.transport.record: ", message, "\n")
end

--- Records into a file, which begins anew. An exchange is in the file when the transport returns.
--- Where the file cannot be written, that is told once and the recording ends; the exchanges go on,
--- each with its own outcome.
---@param path string
---@param transport waba.Transport|nil default: libcurl
---@param on_failure fun(message: string)|nil told that writing failed; default: standard error
---@return waba.Transport|nil
---@return string|nil message why not: the file cannot be opened
return function(path, transport, on_failure)
  local file, message = io.open(path, "w")
  if not file then return nil, message end
  transport = transport or libcurl.new()

  local function write(line)
    local sound, reason = file:write(line)
    if sound then sound, reason = file:flush() end
    if sound then return end
    file:close()
    file = nil
    local told = on_failure or complain
    told(("%s: %s; the recording ends here"):format(path, tostring(reason)))
  end

  return function(request, timeout)
    local line = function(...) return line_of(request, ...) end
    local response, reason, kind, sent = transport(request, timeout)
    if file then write(line(response, reason, kind, sent)) end
    return response, reason, kind, sent
  end
end
