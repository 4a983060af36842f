--- Both ends of a wire in one process, for specs of `waba.httpd`: neither may block, so the server
-- and its raw clients are moved on in turn. Nothing waits longer than `PATIENCE`.

local socket = require("socket")

local M = {}

--- Seconds after which anything that waits has failed.
M.PATIENCE = 10

local servers, clients = {}, {}

--- Whether the optional module is there; raises where it is, but does not load.
function M.built()
  local loads, message = pcall(require, "waba.httpd")
  if not loads and not message:find("module 'waba.httpd' not found", 1, true) then
    error(message, 0)
  end
  return loads
end

--- Registers a server, or anything with `close`, to be closed after the case.
function M.keep(server)
  servers[#servers + 1] = server
  return server
end

--- Closes all that the case has opened; to be called after each.
function M.clean()
  for _, client in ipairs(clients) do client:close() end
  for _, server in ipairs(servers) do server:close() end
  servers, clients = {}, {}
end

--- A server on a free port, closed after the case.
function M.listen(options)
  return M.keep(assert(require("waba.httpd").listen(options or {})))
end

--- A raw client that does not block, closed after the case.
function M.connect(port)
  local client = assert(socket.connect("127.0.0.1", port))
  client:settimeout(0)
  clients[#clients + 1] = client
  return client
end

local function within_patience(action)
  local deadline = socket.gettime() + M.PATIENCE
  repeat
    if action() then return end
  until socket.gettime() > deadline
  error("nothing happened in " .. M.PATIENCE .. " seconds", 2)
end

--- The text of a request. Header lines are a list; a body brings its length.
function M.request(method, url, headers, body)
  local lines = { method .. " " .. url .. " HTTP/1.1", "Host: sandbox" }
  for _, line in ipairs(headers or {}) do lines[#lines + 1] = line end
  if body then lines[#lines + 1] = "Content-Length: " .. #body end
  return table.concat(lines, "\r\n") .. "\r\n\r\n" .. (body or "")
end

-- Moves the server on, which is to find no request.
local function idle(server, seconds)
  if server:accept(seconds) then error("a request came that nobody sent", 3) end
end

--- Sends all of the text, however much of it the server has to read first.
function M.send(server, client, text)
  local at = 0
  within_patience(function()
    local last, _, partial = client:send(text, at + 1)
    at = last or partial
    if at < #text then idle(server, 0.01) end
    return at == #text
  end)
end

--- Sends a request, on a connection of its own or on the one given, and accepts it.
---@return integer id, table request, table client
function M.exchange(server, text, client)
  client = client or M.connect(server:port())
  M.send(server, client, text or M.request("GET", "/"))
  local id, request = server:accept(M.PATIENCE)
  assert(id, "the request was not accepted")
  return id, request, client
end

--- Reads until the text pleases, or else until the connection ends. Without a server to move on,
--- only what is under way already.
---@return string text, boolean ended
function M.receive(server, client, pleases)
  local pieces, ended = {}, false
  within_patience(function()
    if server then idle(server, 0.001) end
    local all, reason, partial = client:receive(65536)
    pieces[#pieces + 1] = all or partial
    ended = reason == "closed"
    return ended or (pleases and pleases(table.concat(pieces)))
  end)
  return table.concat(pieces), ended
end

--- Whether the text is a reply with all of its body.
function M.whole(text)
  local length = tonumber(text:match("[Cc]ontent%-[Ll]ength: (%d+)"))
  local body = M.body(text)
  return length ~= nil and body ~= nil and #body >= length
end

function M.body(text)
  return text:match("\r\n\r\n(.*)$")
end

function M.status(text)
  return tonumber(text:match("^HTTP/1%.1 (%d+)"))
end

return M
