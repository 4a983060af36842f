--- The transport over lua-resty-http: cosockets of nginx, no thread. What nginx.conf must have for
-- it (`resolver`, `lua_ssl_trusted_certificate`) docs/openresty.md tells. The timeouts of a socket
-- are for one reading or writing, of which a server can make many: hence a clock beside them.

local within = require "waba.resty.within"

local MOST = 4 * 1024 * 1024 -- bytes of a body; what is longer is cut, and refused by the call
local PIECE = 64 * 1024
local IDLE = 60000 -- milliseconds that a connection is kept; older ones turn out dead after a write

---@class waba.resty.Address
---@field scheme string
---@field host string
---@field port integer|nil
---@field path string with the query

---@return waba.resty.Address
local function split(url)
  local scheme, authority, path = url:match("^(https?)://([^/?#]+)(/.*)$")
  local host, port = authority:match("^(.-):(%d+)$")
  if not host or authority:find("%]$") then host, port = authority, nil end -- "[::1]" has colons
  return { scheme = scheme, host = host, port = tonumber(port), path = path }
end

-- What is said of certificates and handshakes has many forms; a timeout and a refusal have one.
local function kind_of(message, scheme)
  if message:find("timeout", 1, true) then return "timeout" end
  local lower = message:lower()
  for _, word in ipairs { "certificate", "handshake", "ssl" } do
    if scheme == "https" and lower:find(word, 1, true) then return "tls" end
  end
  return "network"
end

local function lost(message, scheme, sent)
  message = tostring(message or "closed")
  return nil, message, kind_of(message, scheme), sent
end

--- One value a name, which is in lower case; of several the last counts.
local function plain_headers(headers)
  local plain = {}
  for name, value in pairs(headers) do
    plain[name:lower()] = type(value) == "table" and tostring(value[#value]) or tostring(value)
  end
  return plain
end

--- The body, and whether the connection can be used again; nil and a message.
local function read_body(reply)
  if not reply.has_body then return "", true end
  local ends_with_connection = not (reply.headers["Content-Length"]
    or reply.headers["Transfer-Encoding"])
  local pieces, length = {}, 0
  repeat
    local piece, message = reply.body_reader(PIECE)
    local closed = message == "closed" and ends_with_connection
    if message and not closed then return nil, message end
    if not piece then return table.concat(pieces), not closed end
    pieces[#pieces + 1], length = piece, length + #piece
  until length > MOST or closed
  return table.concat(pieces), false
end

local function proxies(proxy)
  if not proxy or proxy == "" then return nil end
  return { http_proxy = proxy, https_proxy = proxy }
end

local function connect(http, address, timeout, options)
  local all = math.max(1, timeout * 1000)
  http:set_timeouts(math.min(all, (options.connect_timeout or 5) * 1000), all, all)
  return http:connect {
    scheme = address.scheme, host = address.host, port = address.port, ssl_verify = true,
    ssl_server_name = address.scheme == "https" and address.host or nil,
    proxy_opts = proxies(options.proxy),
  }
end

local function converse(http, address, request)
  local reply, message = http:request {
    method = request.method, path = address.path, headers = request.headers,
    body = request.body or request.method == "POST" and "" or nil,
  }
  if not reply then return lost(message, address.scheme, true) end
  local body, usable = read_body(reply)
  if not body then return lost(usable, address.scheme, true) end
  if usable then http:set_keepalive(IDLE) else http:close() end
  return { status = reply.status, headers = plain_headers(reply.headers), body = body }
end

local function exchange(http, address, request, timeout, options, state)
  local connected, message = connect(http, address, timeout, options)
  if not connected then return lost(message, address.scheme, false) end
  state.connected = true
  return converse(http, address, request)
end

local NOT_INSTALLED = "cosockets need lua-resty-http, and that cannot be loaded: "

local why_not -- LuaJIT says only once why a module cannot be loaded

---@param options table of a client; `connect_timeout` and `proxy` are looked at
---@return waba.Transport
return function(options)
  return function(request, timeout)
    local installed, library = pcall(require, "resty.http")
    if not installed then
      why_not = why_not or tostring(library)
      return nil, NOT_INSTALLED .. why_not, "blocking"
    end
    local address, http, state = split(request.url), assert(library.new()), {}
    local outcome = within(timeout, function()
      return exchange(http, address, request, timeout, options, state)
    end)
    if outcome and outcome[1] then return outcome[1] end
    http:close()
    if outcome then return nil, outcome[2], outcome[3], outcome[4] end
    return nil, ("no whole reply in %g s"):format(timeout), "timeout", state.connected == true
  end
end
