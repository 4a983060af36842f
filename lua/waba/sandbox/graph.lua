--- The emulated part of Graph: which part of it serves a request.

local auth = require("waba.sandbox.auth")
local refusal = require("waba.sandbox.refusal")
local reply = require("waba.sandbox.reply")

local M = {}

---@class waba.sandbox.route
---@field node string|nil type of the node in the path
---@field edge string|nil nil: the node itself
---@field path string|nil instead of a node: the whole path
---@field method string
---@field scope string|nil permission the token needs
---@field anyone? boolean needs no token
---@field admin? boolean only a token of an ADMIN user will do
---@field run fun(scope: { world: table, call: table, session: table }): any, waba.sandbox.refusal?

local PARTS = { "accounts", "users", "tokens", "credit" }

local ROUTES = {}
for _, part in ipairs(PARTS) do
  for _, route in ipairs(require("waba.sandbox." .. part).routes) do
    ROUTES[#ROUTES + 1] = route
  end
end

local function find_route(call)
  local target = call.target
  for _, route in ipairs(ROUTES) do
    local same_edge = route.node == target.type and route.edge == target.edge
    if same_edge and route.method == call.method then return route end
  end
  if call.method == "GET" and target.edge then
    return nil, refusal.new("nonexisting_field", target.edge, target.type)
  end
  return nil, refusal.new("unsupported", call.method:lower(), target.id)
end

-- The node that the path names, as far as the caller can see it, and the edge after it.
local function find_target(world, session, call)
  local id, edge, rest = call.segments[1], call.segments[2], call.segments[3]
  if not id or rest then
    return nil, refusal.new("unknown_path", table.concat(call.segments, "/", rest and 3 or 1))
  end
  if not id:find("^%d+$") then return nil, refusal.new("unknown_alias", id) end
  if not world:sees(session.business, id) then
    return nil, refusal.new("unsupported", call.method:lower(), id)
  end
  local _, node_type = world:find(id)
  return { id = id, edge = edge, type = node_type }
end

-- A path without a node: it is no business of anybody's budget but the app's.
local function serve_path(world, call, route)
  local session, refused
  if not route.anyone then session, refused = auth.open(world, call) end
  if refused then return nil, refused end
  world:count_call("app")
  return route.run({ world = world, call = call, session = session })
end

local function find_path(call)
  local path = table.concat(call.segments, "/")
  for _, route in ipairs(ROUTES) do
    if route.path == path and route.method == call.method then return route end
  end
end

local function serve(world, call)
  local named = find_path(call)
  if named then return serve_path(world, call, named) end
  local session, no_session = auth.open(world, call)
  if not session then return nil, no_session end
  if call.malformed then return nil, refusal.new("malformed_body", call.malformed) end
  local target, no_target = find_target(world, session, call)
  if not target then return nil, no_target end
  call.target = target
  world:count_call(target.type == "WhatsAppBusinessAccount" and target.id or "app")
  local route, no_route = find_route(call)
  if not route then return nil, no_route end
  local denied = auth.check(session, route)
  if denied then return nil, denied end
  return route.run({ world = world, call = call, session = session })
end

--- Answers a call as Graph would, and lets it change the world.
---@param world table
---@param call waba.sandbox.call
---@return waba.response
function M.answer(world, call)
  local body, refused = serve(world, call)
  if refused then return reply.refuse(world, call, refused) end
  return reply.success(world, call, body)
end

return M
