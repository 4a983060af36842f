--- A TCP server that does as it is told, wrong things included. Started by raw.lua, as a process of
-- its own: the blocking driver cannot be served from within the process it blocks.
--
-- It listens on two ports: on one it answers, the other one nobody should ever connect to. What to
-- answer is said over a third, the control connection; with that one, or with standard input, the
-- process ends, and after a minute in any case.

local socket = require "socket"

local deadline = socket.gettime() + 60

local function listen()
  local listener = assert(socket.bind("127.0.0.1", 0))
  listener:settimeout(0)
  local _, port = listener:getsockname()
  return listener, port
end

local main, main_port = listen()
local stray, stray_port = listen()
local control_listener, control_port = listen()

io.stdout:write(("%d %d %d\n"):format(main_port, stray_port, control_port))
io.stdout:flush()

-- ---- the state, begun anew by every script ------------------------------------------------------

local script, log, connections, ended

local function begin(text)
  script = assert((loadstring or load)("return " .. text))() -- luacheck: ignore
  for _, connection in pairs(connections or {}) do connection.socket:close() end
  log, connections, ended = { requests = {}, connections = 0, strays = 0, ended = 0 }, {}, false
end

local function quote(value)
  if type(value) ~= "table" then
    return type(value) == "string" and ("%q"):format(value) or tostring(value)
  end
  local parts = {}
  for key, item in pairs(value) do
    parts[#parts + 1] = ("[%s]=%s"):format(quote(key), quote(item))
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

-- ---- one connection: a coroutine that yields what it waits for ----------------------------------

local function receive(connection)
  while true do
    local data, err, partial = connection.socket:receive(65536)
    data = data or partial
    if data and #data > 0 then return data end
    if err == "closed" then return nil end
    coroutine.yield("read")
  end
end

local function send(connection, data)
  local at = 1
  while at <= #data do
    local last, _, partial = connection.socket:send(data, at)
    if not last and partial < at then
      if coroutine.yield("write") == "gone" then return end
    end
    at = (last or partial) + 1
  end
end

local actions = {}

function actions.send(connection, text) send(connection, text) end

function actions.flood(connection, text, count)
  local block = text:rep(math.max(1, math.floor(65536 / #text)))
  for _ = 1, math.ceil(count * #text / #block) do send(connection, block) end
end

-- One byte a segment: Nagle's wait is off, and the loop turns between two bytes.
function actions.drip(connection, text)
  connection.socket:setoption("tcp-nodelay", true)
  for i = 1, #text do
    send(connection, text:sub(i, i))
    coroutine.yield("turn")
  end
end

function actions.silence() while true do coroutine.yield("read") end end

function actions.close(connection)
  connection.socket:close()
  connection.closed = true
end

function actions.reset(connection)
  connection.socket:setoption("linger", { on = true, timeout = 0 })
  actions.close(connection)
end

local function play(connection, list)
  for _, action in ipairs(list) do
    if connection.closed then return end
    actions[action[1]](connection, action[2], action[3])
  end
end

-- Reads one request, head and body; nil where the peer left.
local function read_request(connection, rest)
  while not rest:find("\r\n\r\n", 1, true) do
    local data = receive(connection)
    if not data then return nil end
    rest = rest .. data
  end
  local head, after = rest:match("^(.-\r\n)\r\n(.*)$")
  local length = tonumber(head:lower():match("\r\ncontent%-length: *(%d+)")) or 0
  while #after < length do
    local data = receive(connection)
    if not data then return nil end
    after = after .. data
  end
  return { line = head:match("^[^\r]*"), head = head, body = after:sub(1, length),
    connection = connection.number }, after:sub(length + 1)
end

local function serve(connection)
  if script.on_connect then play(connection, script.on_connect) end
  local rest = ""
  while not connection.closed do
    local request
    request, rest = read_request(connection, rest)
    if not request then
      log.ended = log.ended + 1
      return actions.close(connection)
    end
    log.requests[#log.requests + 1] = request
    play(connection, script[math.min(#log.requests, #script)])
  end
end

-- ---- the loop -----------------------------------------------------------------------------------

local function resume(connection)
  local sound, wants = coroutine.resume(connection.thread)
  if not sound and not connection.closed then connection.socket:close() end
  if coroutine.status(connection.thread) == "dead" then
    connections[connection.socket] = nil
  else
    connection.wants = wants
  end
end

local function accept()
  local client = main:accept()
  while client do
    client:settimeout(0)
    log.connections = log.connections + 1
    local connection = { socket = client, number = log.connections }
    connection.thread = coroutine.create(function() serve(connection) end)
    connections[client] = connection
    resume(connection)
    client = main:accept()
  end
end

local function accept_strays()
  local client = stray:accept()
  if not client then return end
  log.strays = log.strays + 1
  client:close()
end

local function obey(control)
  local line = control:receive("*l")
  if not line or line == "quit" then
    ended = true
  elseif line == "log" then
    accept_strays()
    local text = quote(log)
    control:send(#text .. "\n" .. text)
  else
    begin(control:receive(tonumber(line)))
    control:send("ok\n")
  end
end

begin("{}")
control_listener:settimeout(10)
local control = assert(control_listener:accept())
control:setoption("tcp-nodelay", true)

while not ended and socket.gettime() < deadline do
  local readers, writers, wait = { main, stray, control }, {}, 1
  for client, connection in pairs(connections) do
    if connection.wants == "read" then readers[#readers + 1] = client end
    if connection.wants == "write" then writers[#writers + 1] = client end
    if connection.wants == "turn" then wait = 0 end
  end
  local readable, writable = socket.select(readers, writers, wait)
  if readable[main] then accept() end
  if readable[stray] then accept_strays() end
  local due = {}
  for client, connection in pairs(connections) do
    if connection.wants == "turn" or readable[client] or writable[client] then
      due[#due + 1] = connection
    end
  end
  for _, connection in ipairs(due) do resume(connection) end
  if readable[control] then obey(control) end
end
