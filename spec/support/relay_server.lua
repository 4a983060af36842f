--- A relay between a client and a port of loopback that does harm on the way, or is the proxy that
--- the client asked for. Started by relay.lua, as a process of its own.
--
-- Arguments: one `way:target` for each port to listen on. The first line of standard output names
-- the ports in this order; what clients say to a proxy follows, to be searched by the spec. A line
-- of standard input arms the ways that lose a reply; the process ends when that input does, and
-- after two minutes in any case.

local socket = require "socket"

local deadline = socket.gettime() + 120

local function write(text)
  io.stdout:write(text)
  io.stdout:flush()
end

-- ---- ways ---------------------------------------------------------------------------------------

-- A way answers two filters, either of which may be missing: of what the client says, and of what
-- the server says. A filter is told a piece, and answers what of it to pass on, and whether to
-- break the connection then.
local ways = {}

local armed = false

-- TLS hides the Finished message, the second thing a client says, among the application's records.
local TLS_APPLICATION, FINISHED = 23, 1

-- The first half of the request's bytes: of the first record of the application with HTTP/1.1, of
-- the second with HTTP/2, where the first one is the connection's preface.
local function cut_tls(skip)
  local rest, seen = "", 0
  return function(data)
    rest = rest .. data
    local whole = {}
    while #rest >= 5 do
      local kind, high, low = rest:byte(1), rest:byte(4, 5)
      local length = 5 + high * 256 + low
      if #rest < length then break end
      if kind == TLS_APPLICATION then seen = seen + 1 end
      if seen > FINISHED + skip then
        return table.concat(whole) .. rest:sub(1, math.floor(length / 2)), true
      end
      whole[#whole + 1] = rest:sub(1, length)
      rest = rest:sub(length + 1)
    end
    return table.concat(whole)
  end
end

function ways.cut_http1() return cut_tls(0) end
function ways.cut_http2() return cut_tls(1) end

function ways.cut_plain()
  return function(data) return data:sub(1, math.floor(#data / 2)), true end
end

-- Once armed, and once only: the server's next reply is lost with its connection. What else the
-- server says with HTTP/2, such as a window that opens, is shorter than any reply.
local SHORTEST_REPLY = 100

function ways.lose_plain()
  return nil, function(data)
    if not armed or #data < SHORTEST_REPLY then return data end
    armed = false
    return "", true
  end
end

ways.lose_http1, ways.lose_http2 = ways.lose_plain, ways.lose_plain

-- More header lines than a reply may have, and what must not be taken for the server's word.
local ANSWER = "HTTP/1.1 200 Connection established\r\nRetry-After: 77\r\nX-FB-Trace-ID: PROXY\r\n"
  .. ("X-Proxy: here\r\n"):rep(250) .. "\r\n"

local function proxy(answer, open)
  return function(client)
    local head = ""
    return function(data)
      write(data)
      if not head then return data end
      head = head .. data
      local at = select(2, head:find("\r\n\r\n", 1, true))
      if not at then return "" end
      local rest = head:sub(at + 1)
      head = nil
      client:send(answer)
      return rest, not open
    end
  end
end

ways.proxy = proxy(ANSWER, true)
ways.refusing_proxy = proxy("HTTP/1.1 407 No\r\nRetry-After: 77\r\nContent-Length: 0\r\n\r\n")

-- ---- the loop -----------------------------------------------------------------------------------

local listeners, peers, filters = {}, {}, {}

local function listen(argument)
  local way, target = argument:match("^([%w_]+):(%d+)$")
  local listener = assert(socket.bind("127.0.0.1", 0))
  listeners[listener] = { way = ways[way], target = tonumber(target) }
  local _, port = listener:getsockname()
  return tostring(port)
end

local function accept(listener)
  local client = listener:accept()
  local server = socket.connect("127.0.0.1", listeners[listener].target)
  if not server then return client:close() end
  for _, one in ipairs { client, server } do
    one:settimeout(5)
    one:setoption("tcp-nodelay", true)
  end
  peers[client], peers[server] = server, client
  filters[client], filters[server] = listeners[listener].way(client)
end

-- A close with linger 0 is a reset.
local function part(one, reset)
  for _, each in ipairs { one, peers[one] } do
    if reset then each:setoption("linger", { on = true, timeout = 0 }) end
    peers[each], filters[each] = nil, nil
    each:close()
  end
end

local function pass(from)
  local to = peers[from]
  from:settimeout(0)
  local data, reason, partial = from:receive(65536)
  from:settimeout(5)
  data = data or partial
  local over = false
  if #data > 0 and filters[from] then data, over = filters[from](data) end
  if #data > 0 then to:send(data) end
  if over or reason == "closed" then part(from, over) end
end

local function obey()
  if not io.stdin:read("*l") then os.exit(0) end
  armed = true
  write("armed\n")
end

local stdin = { getfd = function() return 0 end, dirty = function() return false end }

local names = {}
for i, argument in ipairs(arg) do names[i] = listen(argument) end
write(table.concat(names, " ") .. "\n")

while socket.gettime() < deadline do
  local readers = { stdin }
  for listener in pairs(listeners) do readers[#readers + 1] = listener end
  for one in pairs(peers) do readers[#readers + 1] = one end
  for _, one in ipairs((socket.select(readers, nil, 1))) do
    if one == stdin then
      obey()
    elseif listeners[one] then
      accept(one)
    elseif peers[one] then
      pass(one)
    end
  end
end
