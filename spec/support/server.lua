--- Starts and stops a served sandbox from a spec, and asks it things. Works on both VMs.

local socket = require("socket")

local M = {}

-- Seconds a spec waits for the sandbox to start, and for anything else, before it fails.
local START, PATIENCE = 30, 10

local Server = {}

local metatable = { __name = "spec.server", __index = Server }

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- The interpreter this spec runs on.
local function interpreter()
  local first = 0
  while arg and arg[first - 1] do first = first - 1 end
  return first < 0 and arg[first] or (rawget(_G, "jit") and "luajit" or "lua5.4")
end

-- With this process's paths, and without the versioned variables that would win over them.
local function command(module, output)
  return table.concat({
    "exec env -u LUA_PATH_5_4 -u LUA_CPATH_5_4",
    "LUA_PATH=" .. quote(package.path), "LUA_CPATH=" .. quote(package.cpath),
    quote(interpreter()), "spec/support/serve.lua", quote(module), ">" .. quote(output),
  }, " ")
end

local function first_line(path)
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  return text:match("^(.-)\n")
end

--- Starts a process that serves a sandbox; raises where it does not come up.
---@param module? string what spec/support/serve.lua takes; default "waba.sandbox"
---@return table server with `url`, `port` and the methods below
function M.start(module)
  local output = os.tmpname()
  local process = assert(io.popen(command(module or "waba.sandbox", output), "w"))
  local deadline = socket.gettime() + START
  local url
  repeat
    socket.sleep(0.01)
    url = first_line(output)
  until url or socket.gettime() > deadline
  os.remove(output)
  if not url then
    process:close()
    error("the sandbox did not start to serve", 2)
  end
  local port = tonumber(url:match(":(%d+)$"))
  return setmetatable({ url = url, port = port, process = process }, metatable)
end

--- Ends the process and waits for it. May be called again.
function Server:stop()
  if self.process then self.process:close() end
  self.process = nil
end

--- A raw connection to the server, every read and write of it bounded in time.
function Server:connect()
  return M.connect(self.port)
end

--- The same to any port on loopback.
---@param port integer
function M.connect(port)
  local client = assert(socket.connect("127.0.0.1", port))
  client:settimeout(PATIENCE)
  return client
end

--- Sends a request to the control plane and returns what came back.
---@param method string
---@param path string under `/sandbox`, such as "/log"
---@param body? string JSON
---@return integer status
---@return string body
function Server:control(method, path, body)
  local client = self:connect()
  body = body or ""
  assert(client:send(table.concat({
    method .. " /sandbox" .. path .. " HTTP/1.1", "Host: sandbox", "Connection: close",
    "Content-Type: application/json", "Content-Length: " .. #body, "", body,
  }, "\r\n")))
  local reply = assert(client:receive("*a"))
  client:close()
  return tonumber(reply:match("^HTTP/1%.1 (%d+)")), (reply:match("\r\n\r\n(.*)$"))
end

-- curl as it is: a sanitizer preloaded for the specs makes it hang.
local CURL = "env -u LD_PRELOAD curl -sS --max-time " .. PATIENCE

--- Runs curl with these arguments; returns its exit status and what it wrote.
---@param arguments string as in a shell; may end in a pipe, whose status is then returned
---@return integer status
---@return string output
function M.curl(arguments)
  local pipe = assert(io.popen(CURL .. " " .. arguments .. " 2>&1; echo $?"))
  local output = pipe:read("*a")
  pipe:close()
  local text, status = output:match("^(.-)(%d+)\n$")
  return tonumber(status), text
end

return M
