--- Starts raw_server.lua and talks to it: what it shall answer, what it saw.

local socket = require "socket"

local M = {}

local Server = {}

local metatable = { __name = "spec.raw", __index = Server }

--- The interpreter this spec runs on, and its paths, as a shell command.
---@return string
function M.interpreter()
  local first = 0
  while arg and arg[first - 1] do first = first - 1 end
  local name = first < 0 and arg[first] or (rawget(_G, "jit") and "luajit" or "lua5.4")
  return ("env -u LUA_PATH_5_4 -u LUA_CPATH_5_4 LUA_PATH=%s LUA_CPATH=%s %s"):format(
    M.quote(package.path), M.quote(package.cpath), M.quote(name))
end

--- A word for the shell.
function M.quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function encode(value)
  if type(value) ~= "table" then
    return type(value) == "string" and ("%q"):format(value) or tostring(value)
  end
  local parts = {}
  for key, item in pairs(value) do
    parts[#parts + 1] = ("[%s]=%s"):format(encode(key), encode(item))
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

---@return table server with `url`, `port` and `stray_port`
function M.start()
  local pipe = assert(io.popen("exec " .. M.interpreter() .. " spec/support/raw_server.lua", "r"))
  local ports = pipe:read("*l")
  assert(ports, "the raw server did not start")
  local port, stray_port, control_port = ports:match("^(%d+) (%d+) (%d+)$")
  local control = assert(socket.connect("127.0.0.1", tonumber(control_port)))
  control:settimeout(10)
  control:setoption("tcp-nodelay", true)
  return setmetatable({ pipe = pipe, control = control, port = port, stray_port = stray_port,
    url = "http://127.0.0.1:" .. port }, metatable)
end

--- Begins anew: an answer for each request, the last one for all that follow. An answer is a list
-- of actions, such as { "send", text }, { "close" }, { "reset" }, { "silence" }, { "drip", text },
-- { "flood", text, count }.
function Server:script(answers)
  local text = encode(answers)
  assert(self.control:send(#text .. "\n" .. text))
  assert(self.control:receive("*l") == "ok")
end

--- What it saw: { requests = { { line, head, body, connection } }, connections, strays, ended }.
function Server:log()
  assert(self.control:send("log\n"))
  local length = assert(self.control:receive("*l"))
  local text = assert(self.control:receive(tonumber(length)))
  return assert((loadstring or load)("return " .. text))() -- luacheck: ignore
end

--- Waits, for ten seconds at most, until what it saw is as `ready` wants it.
function Server:wait(ready)
  for _ = 1, 1000 do
    local log = self:log()
    if ready(log) then return log end
    socket.sleep(0.01)
  end
  error("the server never saw it", 2)
end

function Server:stop()
  if not self.control then return end
  self.control:send("quit\n")
  self.control:close()
  self.pipe:close()
  self.control = nil
end

--- An HTTP reply, as bytes.
function M.http(status, body, headers)
  local lines = { ("HTTP/1.1 %d Whatever"):format(status) }
  for _, line in ipairs(headers or {}) do lines[#lines + 1] = line end
  lines[#lines + 1] = "Content-Length: " .. #body
  return table.concat(lines, "\r\n") .. "\r\n\r\n" .. body
end

--- What the server does for an answer of spec/transport_contract.lua.
function M.actions(answer)
  if answer.lost then return { { "close" } } end
  if answer.silent then return { { "silence" } } end
  if answer.status == 204 then return { { "send", "HTTP/1.1 204 No Content\r\n\r\n" } } end
  local lines = {}
  for name, value in pairs(answer.headers or {}) do lines[#lines + 1] = name .. ": " .. value end
  return { { "send", M.http(answer.status, answer.body, lines) } }
end

--- The headers of a head, by name in lower case.
function M.headers(head)
  local headers = {}
  for name, value in head:gmatch("\n([%w-]+): ([^\r]*)") do headers[name:lower()] = value end
  return headers
end

--- The requests it saw, as spec/transport_contract.lua wants them.
function Server:requests()
  local list = self:log().requests
  for _, request in ipairs(list) do
    request.line = request.line:match("^(.*) HTTP/1%.1$")
    request.headers = M.headers(request.head)
  end
  return list
end

return M
