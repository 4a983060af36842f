--- The sandbox served by nginx, in one line of nginx.conf; over TLS and HTTP/2 where nginx is set
-- up for them:
--
--   location / { content_by_lua_block { require("waba.sandbox.nginx").serve() } }
--
-- The world lives in the worker process: use `worker_processes 1`, and leave lua_code_cache on. A
-- reload begins with a new one. Of the faults on the wire, nginx cannot do gzip_bomb and
-- header_flood.

local phase = require("waba.phase")
local sandbox = require("waba.sandbox")

local M = {}

local STALL = 60 -- seconds that a stalled reply is held back, unless its client hangs up before

local mine -- the world of this worker

local function read_file(path)
  local file = path and io.open(path, "rb")
  if not file then return nil end
  local text = file:read("*a")
  file:close()
  return text
end

local function flat(headers)
  local result = {}
  for name, value in pairs(headers) do
    result[name] = type(value) == "table" and table.concat(value, ", ") or value
  end
  return result
end

local function read_request(ngx)
  ngx.req.read_body()
  return {
    method = ngx.req.get_method(),
    url = ngx.var.request_uri,
    headers = flat(ngx.req.get_headers(0)),
    body = ngx.req.get_body_data() or read_file(ngx.req.get_body_file()) or "",
  }
end

local function send_head(ngx, response)
  ngx.status = response.status
  for name, value in pairs(response.headers) do ngx.header[name] = value end
  ngx.header["Content-Length"] = #response.body
end

--- Ends the connection, whatever was promised.
local HANG_UP = 444

local WIRE = {}

function WIRE.reset(ngx)
  return ngx.exit(HANG_UP)
end

function WIRE.half(ngx, response)
  send_head(ngx, response)
  ngx.print(response.body:sub(1, math.floor(#response.body / 2)))
  ngx.flush(true)
  return ngx.exit(HANG_UP)
end

function WIRE.drip(ngx, response)
  send_head(ngx, response)
  for i = 1, #response.body do
    if not ngx.print(response.body:sub(i, i)) or not ngx.flush(true) then return end
    ngx.sleep(response.interval or 0.005)
  end
end

function WIRE.stall(ngx)
  ngx.sleep(STALL)
  return ngx.exit(HANG_UP)
end

local function plain(ngx, response)
  send_head(ngx, response)
  ngx.print(response.body)
end

WIRE.redirect = plain

local function cannot(ngx, response)
  return plain(ngx, { status = 501, headers = {},
    body = ("nginx cannot do the fault %s\n"):format(response.wire) })
end

local function answer(world, request)
  if request.url:find("^/sandbox/") then return world:control(request) end
  return world:answer(request)
end

--- Answers the request that nginx is at: one whose path is under `/sandbox` from the control plane,
--- any other as Graph.
---@param world waba.sandbox|nil default: one of the worker's own, the default seed's
function M.serve(world)
  local ngx = phase.nginx()
  if not ngx then error("waba.sandbox.nginx works inside nginx; see waba.sandbox.http", 2) end
  mine = mine or sandbox.new()
  local response = answer(world or mine, read_request(ngx))
  local send = response.wire and (WIRE[response.wire] or cannot) or plain
  return send(ngx, response)
end

return M
