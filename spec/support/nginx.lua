--- Starts Debian's nginx in front of a served sandbox: TLS, HTTP/1.1 and HTTP/2, certificates made
--- by openssl on the spot. Everything is in one temporary folder and ends with this process.
--
-- What nginx itself does to a fault on its way: it reads a request whole before it passes it on; a
-- reset, a silence after the connection, or too large a head from the sandbox becomes its own 502,
-- an HTML page; a body that ends early ends early here too, with a closed connection on HTTP/1.1
-- and a reset stream on HTTP/2. It must not send a request again (proxy_next_upstream off), nor
-- rewrite a redirect, nor hold a body back until it is whole (proxy_buffering off).

local loopback = require "spec.support.loopback"
local socket = require "socket"

local M = {}

-- Seconds anything here may take, and the longest that nginx lives, whatever happens.
local PATIENCE, LIFETIME = 30, 600

local Server = {}

local metatable = { __name = "spec.nginx", __index = Server }

-- Without what is preloaded for the specs: sanitizers do not go well with programs not built for
-- them.
local function run(command)
  local pipe = assert(io.popen("unset LD_PRELOAD; " .. command .. " 2>&1; echo $?"))
  local output = pipe:read("*a")
  pipe:close()
  local text, status = output:match("^(.-)(%d+)\n$")
  return status == "0", text
end

local function find(program)
  local found, path = run(("PATH=$PATH:/usr/sbin command -v %s"):format(program))
  return found and path:gsub("%s+$", "") or nil
end

--- Why there can be no nginx here; nil where there can.
---@return string?
function M.missing()
  for _, program in ipairs { "nginx", "openssl" } do
    if not find(program) then return program .. " is not installed: see packages.txt" end
  end
end

-- ---- certificates -------------------------------------------------------------------------------

local NEW_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"

local CA = "openssl req -x509 " .. NEW_KEY .. " -keyout %s/ca.key -out %s/ca.pem -days 2 "
  .. "-subj '/CN=waba spec authority'"

local REQUEST = "openssl req " .. NEW_KEY .. " -keyout %s.key -out %s.csr -subj '/CN=waba spec' "
  .. "-addext 'subjectAltName=%s'"

local SIGN = "openssl x509 -req -in %s.csr -CA %s/ca.pem -CAkey %s/ca.key -days %d "
  .. "-copy_extensions copy -out %s.pem"

local function must(command)
  local sound, output = run(command)
  if not sound then error(command .. "\n" .. output, 0) end
end

local function make_certificate(folder, name, host, days)
  local base = folder .. "/" .. name
  must(REQUEST:format(base, base, host))
  must(SIGN:format(base, folder, folder, days, base))
end

--- Makes an authority, ca.pem, and certificates of it: good, other (for another host) and expired.
---@param folder string
function M.make_certificates(folder)
  must(CA:format(folder, folder))
  make_certificate(folder, "good", "IP:127.0.0.1", 2)
  make_certificate(folder, "other", "DNS:elsewhere.invalid", 2)
  make_certificate(folder, "expired", "IP:127.0.0.1", -1)
end

-- ---- the configuration --------------------------------------------------------------------------

local HEAD = [[
pid nginx.pid;
error_log error.log;
events { worker_connections 512; }
http {
  log_format facts '$server_port $connection $server_protocol $request_method $uri';
  access_log access.log facts;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  ssl_protocols TLSv1.2 TLSv1.3;
  proxy_http_version 1.1;
  proxy_buffering off;
  proxy_redirect off;
  proxy_next_upstream off;
]]

local SERVER = [[
  server {
    listen 127.0.0.1:%d ssl%s;
    ssl_certificate %s.pem;
    ssl_certificate_key %s.key;
    %s
    location / { %s; }
  }
]]

-- What there is behind each port. `%u` is the sandbox, `%d` a port on which nobody listens.
local KINDS = {
  http1 = { pass = "%u" },
  http2 = { pass = "%u", protocol = " http2" },
  other_host = { pass = "%u", certificate = "other" },
  expired = { pass = "%u", certificate = "expired" },
  old_tls = { pass = "%u", more = "ssl_protocols TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;" },
  redirect = { answer = "return 302 %u$request_uri" },
  -- The gateway is there and what is behind it is not.
  gone1 = { pass = "http://127.0.0.1:%d" },
  gone2 = { pass = "http://127.0.0.1:%d", protocol = " http2" },
}

-- All are held until all are known, so that no two are the same.
local function free_ports()
  local ports, listeners = {}, {}
  for name in pairs(KINDS) do ports[name], listeners[name] = loopback.free_port() end
  for _, listener in pairs(listeners) do listener:close() end
  ports.nobody = loopback.dead_port()
  return ports
end

local function configure(folder, ports, upstream)
  local file = assert(io.open(folder .. "/nginx.conf", "w"))
  file:write(HEAD)
  for name, kind in pairs(KINDS) do
    local certificate = kind.certificate or "good"
    local action = kind.answer or "proxy_pass " .. kind.pass
    action = action:gsub("%%(%a)", { u = upstream, d = tostring(ports.nobody) })
    file:write(SERVER:format(ports[name], kind.protocol or "", certificate, certificate,
      kind.more or "", action))
  end
  file:write("}\n")
  file:close()
end

-- ---- the process --------------------------------------------------------------------------------

-- The shell waits for the end of its input, which comes with the end of this process if not
-- before, and clears up also where a signal to all of them ends it.
local COMMAND = "trap : TERM INT HUP; unset LD_PRELOAD; "
  .. "timeout %d %s -p %s/ -c nginx.conf -e error.log "
  .. "-g 'daemon off; master_process off;' & cat >/dev/null; kill $!; wait; rm -rf %s"

local function comes_up(port)
  local deadline = socket.gettime() + PATIENCE
  repeat
    local client = socket.connect("127.0.0.1", port)
    if client then
      client:close()
      return true
    end
    socket.sleep(0.01)
  until socket.gettime() > deadline
end

--- Starts nginx; raises where it does not come up.
---@param upstream string the sandbox's URL
---@return table server with `ca_file`, `ports` and the methods below
function M.start(upstream)
  local _, folder = run("mktemp -d")
  folder = folder:gsub("%s+$", "")
  local sound, reason = pcall(M.make_certificates, folder)
  if not sound then
    run("rm -rf " .. folder)
    error(reason, 0)
  end
  local ports = free_ports()
  configure(folder, ports, upstream)
  local process = assert(io.popen(COMMAND:format(LIFETIME, find("nginx"), folder, folder), "w"))
  local self = setmetatable({ process = process, folder = folder, ports = ports,
    ca_file = folder .. "/ca.pem" }, metatable)
  if comes_up(ports.http1) then return self end
  reason = self:read("error.log")
  self:stop()
  error("nginx did not start: " .. reason, 2)
end

--- The URL of a port: one of the kinds above.
---@param kind string
function Server:url(kind)
  return ("https://127.0.0.1:%d"):format(self.ports[kind])
end

function Server:read(name)
  local file = io.open(self.folder .. "/" .. name)
  if not file then return "" end
  local text = file:read("*a")
  file:close()
  return text
end

--- What came to a port so far, the oldest first: { connection, protocol, method, path }. nginx
--- writes a line when a request has ended, which may be after its client has gone on.
---@param kind string
function Server:log(kind)
  local entries = {}
  for port, connection, protocol, method, path in
    self:read("access.log"):gmatch("(%d+) (%d+) (%S+) (%S+) (%S+)\n") do
    if tonumber(port) == self.ports[kind] then
      entries[#entries + 1] = { connection = connection, protocol = protocol, method = method,
        path = path }
    end
  end
  return entries
end

--- Waits until a port's log has so many entries.
function Server:wait(kind, count)
  local deadline = socket.gettime() + PATIENCE
  repeat
    local entries = self:log(kind)
    if #entries >= count then return entries end
    socket.sleep(0.01)
  until socket.gettime() > deadline
  error(("nginx saw %d requests, not %d"):format(#self:log(kind), count), 2)
end

--- Ends nginx and removes its folder. May be called again.
function Server:stop()
  if self.process then self.process:close() end
  self.process = nil
end

return M
