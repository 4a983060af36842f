--- Starts a real nginx with its Lua module, from a spec: a master and its workers, in a temporary
--- folder, on loopback, ending with this process. Lua that a spec sends to it runs inside.

local json = require "cjson"
local loopback = require "spec.support.loopback"
local socket = require "socket"

local M = {}

-- Seconds anything here may take, and the longest that nginx lives, whatever happens.
local PATIENCE, LIFETIME = 30, 600

local Server = {}

local metatable = { __name = "spec.openresty", __index = Server }

local function output_of(command)
  local pipe = assert(io.popen("unset LD_PRELOAD; " .. command .. " 2>/dev/null"))
  local output = pipe:read("*a"):gsub("%s+$", "")
  pipe:close()
  return output
end

local function exists(path)
  local file = io.open(path)
  if file then file:close() end
  return file ~= nil
end

local FOLDER = "/usr/lib/nginx/modules/"
local MODULES = { FOLDER .. "ndk_http_module.so", FOLDER .. "ngx_http_lua_module.so" }

--- Why this cannot be had here; nil where it can.
---@return string?
function M.missing()
  if not rawget(_G, "jit") then return "nginx's Lua is LuaJIT: this runs with LuaJIT's modules" end
  if output_of("PATH=$PATH:/usr/sbin command -v nginx") == "" then
    return "nginx is not installed: see packages.txt"
  end
  if not exists(MODULES[2]) then return "nginx has no Lua module: see packages.txt" end
  if os.getenv("LD_PRELOAD") then return "nginx is not run under what is preloaded here" end
end

--- Whether nginx would find a Lua module.
function M.has(module)
  for template in (package.path .. ";"):gmatch("(.-);") do
    if exists((template:gsub("%?", (module:gsub("%.", "/"))))) then return true end
  end
  return false
end

local HEAD = [[
%s
pid nginx.pid;
error_log error.log notice;
worker_processes %d;
worker_shutdown_timeout 20;
%s
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  client_body_buffer_size 8m;
  client_max_body_size 8m;
  lua_package_path '%s';
  lua_package_cpath '%s';
  %s
  server {
    listen 127.0.0.1:%d;
    location = /ping { return 200 "pong"; }
    location = /run {
      set $target ""; set $path ""; set $authorization ""; set $agent ""; set $type "";
      content_by_lua_block { require("spec.support.in_nginx").content() }
    }
    location = /list {
      set $target ""; set $path ""; set $authorization ""; set $agent ""; set $type "";
      content_by_lua_block { require("spec.support.in_nginx").list() }
    }
    location = /timer { content_by_lua_block { require("spec.support.in_nginx").timer() } }
    location = /rewrite { rewrite_by_lua_block { require("spec.support.in_nginx").content() } }
    location = /capture {
      internal;
      proxy_pass_request_headers off;
      proxy_set_header Authorization $authorization;
      proxy_set_header User-Agent $agent;
      proxy_set_header Content-Type $type;
      proxy_set_header Accept application/json;
      proxy_http_version 1.1;
      proxy_pass http://$target$path;
      error_page 502 504 =599 /gone;
    }
    location = /gone { internal; return 599; }
    location = /access { access_by_lua_block { require("spec.support.in_nginx").content() } }
    %s
  }
}
]]

local function free_port()
  local port, listener = loopback.free_port()
  listener:close()
  return port
end

local function modules()
  local load = ""
  for _, module in ipairs(MODULES) do
    if exists(module) then load = load .. ("load_module %s;"):format(module) end
  end
  return load
end

--- What runs nginx has to be told, whatever its configuration is.
local function globals()
  return ("%s user %s %s;"):format(modules(), output_of("id -un"), output_of("id -gn"))
end

--- The first port that a configuration listens on is the server's; `at` finds the others.
local function with_ports(self, text)
  return (text:gsub("listen 127%.0%.0%.1:(%d+)", function(written)
    self.ports[written] = next(self.ports) and free_port() or self.port
    return "listen 127.0.0.1:" .. self.ports[written]
  end))
end

local INNER = "http {\n  access_log off; client_body_temp_path body; proxy_temp_path proxy; "
  .. "fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n"
  .. "  lua_package_path '%s';\n  lua_package_cpath '%s';\n"

--- A configuration that says what it is about, and not where things are.
local function complete(self, text)
  local inner = INNER:format(package.path, package.cpath)
  text = text:gsub("http {\n", function() return inner end, 1)
  return globals() .. "pid nginx.pid; error_log error.log notice;\n" .. with_ports(self, text)
end

local function configure(self, parts)
  if parts.conf then
    output_of(("cp -r %s/. %s"):format(parts.conf, self.folder))
    local source = assert(io.open(parts.conf .. "/nginx.conf"))
    local text = with_ports(self, source:read("*a"))
    source:close()
    parts = { whole = globals() .. (parts.edit and parts.edit(text) or text) }
  elseif parts.text then
    parts = { whole = complete(self, parts.text) }
  end
  local file = assert(io.open(self.folder .. "/nginx.conf", "w"))
  file:write(parts.whole or HEAD:format(globals(), parts.workers or 1, parts.main or "",
    package.path, package.cpath, parts.http or "", self.port, parts.server or ""))
  file:close()
end

-- The shell waits for the end of its input, which comes with the end of this process if not
-- before. QUIT would wait for what hangs; TERM does not.
local COMMAND = "trap : TERM INT HUP; unset LD_PRELOAD; "
  .. "%s PATH=$PATH:/usr/sbin timeout -s TERM %d nginx -p %s/ -c nginx.conf -e error.log "
  .. "-g 'daemon off;' 2>/dev/null & cat >/dev/null; kill $! 2>/dev/null; wait; rm -rf %s"

--- Variables for a program that is started by a shell.
local function environment(variables)
  local words = {}
  for name, value in pairs(variables or {}) do
    words[#words + 1] = ("%s='%s'"):format(name, value)
  end
  return table.concat(words, " ")
end

--- Starts nginx; raises where it does not come up.
---@param parts table workers; main, http, server: lines of nginx.conf for these places; or conf: a
---  folder with an nginx.conf, which is copied and told its ports, edit: what else to change in it,
---  or text: an nginx.conf without paths; environment: its variables, and alive: a path that
---  answers 200
---@return table server with `port`, `url` and the methods below
function M.start(parts)
  local folder = output_of("mktemp -d")
  local self = setmetatable({ folder = folder, port = free_port(), ports = {} }, metatable)
  self.url = "http://127.0.0.1:" .. self.port
  configure(self, parts or {})
  self.process = assert(io.popen(
    COMMAND:format(environment(parts.environment), LIFETIME, folder, folder), "w"))
  local alive = parts.alive or "/ping"
  if self.await(function() return self:get(alive) == 200 end) then return self end
  local reason = self:log()
  self:stop()
  error("nginx did not start: " .. reason, 2)
end

--- The same server, asked at another port than its first.
---@param port string as the configuration has it
function Server:at(port)
  local number = assert(self.ports[port])
  return setmetatable({ port = number, url = "http://127.0.0.1:" .. number }, { __index = self })
end

--- Waits until something is so, for as long as anything may take here.
---@return boolean whether it came to be so
function Server.await(is_so)
  local deadline = socket.gettime() + PATIENCE
  repeat
    if is_so() then return true end
    socket.sleep(0.01)
  until socket.gettime() > deadline
  return false
end

--- Opens a connection and sends a request on it.
---@param headers string|nil more of them, each ended by CRLF
---@return table socket
---@return string|nil reason
function Server:open(path, body, headers)
  local client, reason = socket.connect("127.0.0.1", self.port)
  if not client then return nil, reason end
  client:settimeout(PATIENCE)
  local method = body and "POST" or "GET"
  body = body or ""
  client:send(("%s %s HTTP/1.1\r\nHost: nginx\r\nConnection: close\r\n%s"):format(
    method, path, headers or ""))
  client:send(("Content-Length: %d\r\n\r\n%s"):format(#body, body))
  return client
end

local function without_chunks(body)
  local parts, at = {}, 1
  while true do
    local _, last, size = body:find("^(%x+)\r\n", at)
    size = tonumber(size or "0", 16)
    if size == 0 then return table.concat(parts) end
    parts[#parts + 1] = body:sub(last + 1, last + size)
    at = last + size + 3
  end
end

--- Reads the answer to a request, whose end is the connection's.
---@return integer|nil status nil: there was none, or it did not end
---@return string body
function Server.receive(client)
  local reply, reason, partial = client:receive("*a")
  reply = reply or partial or ""
  client:close()
  if reason == "timeout" then return nil, "the request was not ended: " .. reply end
  local head, body = reply:match("^(.-)\r\n\r\n(.*)$")
  if not head then return nil, reply end
  if head:lower():find("\r\ntransfer%-encoding: chunked") then
    body = without_chunks(body)
  end
  return tonumber(head:match("^HTTP/1%.1 (%d+)")), body
end

function Server:get(path, body, headers)
  local client = self:open(path, body, headers)
  if not client then return nil, "" end
  return Server.receive(client)
end

local unpack = table.unpack or unpack -- luacheck: ignore

--- Runs Lua inside nginx and answers what it returns; an error raised there is raised here. What
--- crosses is JSON: tables, strings, numbers, booleans and nil.
---@param place string "/run", "/timer", "/rewrite" or "/access"
---@param code string gets the arguments as `...`
function Server:run_in(place, code, ...)
  local arguments = json.encode { n = select("#", ...), args = { ... } }
  local status, body = self:get(place, #arguments .. "\n" .. arguments .. code)
  if status ~= 200 then
    error(("nginx answered %s: %s\n%s"):format(tostring(status), body, self:log()), 2)
  end
  local results = json.decode(body)
  if results.raised then error(results.raised, 2) end
  local values = {}
  for i = 1, results.n do
    values[i] = results.values[tostring(i)]
  end
  return unpack(values, 1, results.n)
end

function Server:run(code, ...) return self:run_in("/run", code, ...) end

--- A client whose calls are made inside nginx, each with a client of its own there.
---@param place string as of run_in
---@param way string of spec/support/in_nginx.lua
function Server:client(place, way, options)
  local settings, server = {}, self
  for name, value in pairs(options or {}) do settings[name] = value end
  return setmetatable({}, { __index = function(_, operation)
    if operation == "close" then return function() settings.close = true end end
    return function(_, ...)
      return server:run_in(place, "return require('spec.support.in_nginx').call(...)", way,
        settings, operation, select("#", ...), { ... })
    end
  end })
end

--- The error log so far.
function Server:log()
  local file = io.open(self.folder .. "/error.log")
  if not file then return "" end
  local text = file:read("*a")
  file:close()
  return text
end

function Server:master()
  local file = assert(io.open(self.folder .. "/nginx.pid"))
  local pid = file:read("*l")
  file:close()
  return pid
end

--- The worker processes, those that are shutting down included.
---@return string[]
function Server:workers()
  local pids = {}
  for pid in output_of("pgrep -P " .. self:master()):gmatch("%d+") do pids[#pids + 1] = pid end
  return pids
end

function Server.kill(signal, pid)
  assert(output_of(("kill -%s %s && echo sent"):format(signal, pid)) == "sent")
end

--- Workers that ended by a signal, as the master tells: none may.
---@return string[]
function Server:crashes()
  local lines = {}
  for line in self:log():gmatch("[^\n]+") do
    if line:find("exited on signal") then lines[#lines + 1] = line end
  end
  return lines
end

--- Ends nginx and removes its folder. May be called again.
function Server:stop()
  if self.process then self.process:close() end
  self.process = nil
end

return M
