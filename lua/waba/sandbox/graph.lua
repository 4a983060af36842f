--- The emulated part of Graph: one row an operation, and how a path finds its row.

local auth = require("waba.sandbox.auth")
local list = require("waba.sandbox.list")
local params = require("waba.sandbox.params")
local refusal = require("waba.sandbox.refusal")
local reply = require("waba.sandbox.reply")
local tasks = require("waba.sandbox.tasks")
local text = require("waba.sandbox.text")

local M = {}

local BUSINESS_FIELDS = {
  node = "Business", known = { id = true, name = true }, default = { "id", "name" },
}

local SYSTEM_USER_FIELDS = {
  node = "SystemUser",
  known = {
    id = true, name = true, role = true,
    -- Fields of Graph that have no value in the sandbox. Graph leaves such fields out.
    created_by = true, created_time = true, finance_permission = true, ip_permission = true,
  },
  default = { "id", "name", "role" },
}

local ASSIGNED_USER_FIELDS = {
  node = "AssignedUser",
  known = {
    id = true, name = true, user_type = true, tasks = true, permitted_tasks = true,
    business = BUSINESS_FIELDS,
  },
  default = { "id", "name", "tasks" },
}

local function system_users(world, call)
  return list.answer(call, world:system_users(call.target.id), SYSTEM_USER_FIELDS)
end

local function describe(world, waba_id, assignment)
  local user, shown = assignment.user, world.settings.list_tasks ~= false
  return {
    id = user.id,
    name = user.name,
    user_type = user.user_type,
    business = world:find(user.business),
    tasks = shown and text.list(assignment.tasks) or nil,
    permitted_tasks = text.list(world:permitted_tasks(waba_id, user.business)),
  }
end

-- Any business but the caller's own gets an empty list, not an error: so it was seen at the sibling
-- edge of ad accounts. An empty list therefore does not prove that nobody is assigned.
local function assigned_users(world, call, session)
  local business = params.scalar(call.params.business)
  if not business then return nil, refusal.new("missing_parameter", "business") end
  if not world:find(business) then
    return nil, refusal.new("not_a_value", "business", "a valid business ID")
  end
  local items = {}
  if business == session.business then
    for i, assignment in ipairs(world:assignments(call.target.id, business)) do
      items[i] = describe(world, call.target.id, assignment)
    end
  end
  return list.answer(call, items, ASSIGNED_USER_FIELDS)
end

local function assign(world, call, session)
  local user_id = params.scalar(call.params.user)
  if not user_id then return nil, refusal.new("missing_parameter", "user") end
  if not world:find_user(user_id, session.business) then
    return nil, refusal.new("not_a_value", "user", "a valid user ID")
  end
  local permitted = world:permitted_tasks(call.target.id, session.business)
  local given, refused = tasks.read(call.params.tasks, permitted)
  if not given then return nil, refused end
  world:assign(call.target.id, user_id, given)
  return { success = true }
end

local function unassign(world, call, session)
  local user_id = params.scalar(call.params.user)
  if not user_id then return nil, refusal.new("missing_parameter", "user") end
  local visible = world:find_user(user_id, session.business)
  if not visible or not world:unassign(call.target.id, user_id) then
    return nil, refusal.new("not_assigned")
  end
  return { success = true }
end

---@class waba.sandbox.route
---@field node string type of the node in the path
---@field edge string
---@field method string
---@field scope string permission the token needs
---@field admin? boolean only a token of an ADMIN user will do
---@field run fun(world, call, session): table?, waba.sandbox.refusal?

local BUSINESS, WABA = "business_management", "whatsapp_business_management"

local ROUTES = {
  {
    node = "Business", edge = "system_users", method = "GET",
    scope = BUSINESS, admin = true, run = system_users,
  },
  {
    node = "WhatsAppBusinessAccount", edge = "assigned_users", method = "GET",
    scope = WABA, run = assigned_users,
  },
  {
    node = "WhatsAppBusinessAccount", edge = "assigned_users", method = "POST",
    scope = WABA, admin = true, run = assign,
  },
  {
    node = "WhatsAppBusinessAccount", edge = "assigned_users", method = "DELETE",
    scope = WABA, admin = true, run = unassign,
  },
}

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

local function serve(world, call)
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
  return route.run(world, call, session)
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
