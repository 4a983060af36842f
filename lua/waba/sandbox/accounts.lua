--- WhatsApp Business Accounts: the lists of a business, one of them, who is assigned.

local fields = require("waba.sandbox.fields")
local list = require("waba.sandbox.list")
local params = require("waba.sandbox.params")
local refusal = require("waba.sandbox.refusal")
local tasks = require("waba.sandbox.tasks")
local text = require("waba.sandbox.text")

local M = {}

local BUSINESS_FIELDS = {
  node = "Business", known = { id = true, name = true }, default = { "id", "name" },
}

local ASSIGNED_USER_FIELDS = {
  node = "AssignedUser",
  known = {
    id = true, name = true, user_type = true, tasks = true, permitted_tasks = true,
    business = BUSINESS_FIELDS,
  },
  default = { "id", "name", "tasks" },
}

-- Any business but the caller's own gets an empty list, not an error: so it was seen at the sibling
-- edge of ad accounts. An empty list therefore does not prove that nobody is assigned.
local function assigned(scope, waba_id, business)
  local world = scope.world
  if not business then return nil, refusal.new("missing_parameter", "business") end
  if not world:find(business) then
    return nil, refusal.new("not_a_value", "business", "a valid business ID")
  end
  if business ~= scope.session.business then return {} end
  local items, shown = {}, world.settings.list_tasks ~= false
  local permitted = text.list(world:permitted_tasks(waba_id, business))
  for i, assignment in ipairs(world:assignments(waba_id, business)) do
    local user = assignment.user
    items[i] = {
      id = user.id,
      name = user.name,
      user_type = user.user_type,
      business = world:find(user.business),
      tasks = shown and text.list(assignment.tasks) or nil,
      permitted_tasks = permitted,
    }
  end
  return items
end

-- The same list as a field of an account, where Graph says in which field a parameter is missing.
local function expand_assigned(scope, waba, field)
  local asked = field.arguments
  local items, refused = assigned(scope, waba.id, params.scalar(asked.business))
  if not items then
    refused.error.message = refused.error.message:gsub("^%(#100%) ",
      "(#100) For field 'assigned_users': ")
    return nil, refused
  end
  local of = { id = waba.id, edge = "assigned_users", items = items,
    query = { business = asked.business } }
  return list.page(scope, of, field.inside, asked)
end

local ACCOUNT_FIELDS = {
  node = "WhatsAppBusinessAccount",
  known = {
    id = true, name = true, currency = true, timezone_id = true, status = true,
    message_template_namespace = true, ownership_type = true, primary_funding_id = true,
    permitted_tasks = true, tasks = true, owner_business_info = BUSINESS_FIELDS,
    assigned_users = { view = ASSIGNED_USER_FIELDS, expand = expand_assigned },
  },
  default = { "id", "name", "currency", "timezone_id", "message_template_namespace" },
}

-- An account with all of its fields, as one business sees it.
local function describer(scope)
  local world, business = scope.world, scope.session.business
  return function(waba)
    local own = waba.business == business
    return {
      id = waba.id,
      name = waba.name,
      currency = waba.currency,
      timezone_id = waba.timezone_id,
      message_template_namespace = waba.message_template_namespace,
      status = waba.status or "ACTIVE",
      ownership_type = own and "SELF" or "CLIENT_OWNED",
      owner_business_info = world:find(waba.business),
      primary_funding_id = waba.primary_funding_id,
      permitted_tasks = text.list(world:permitted_tasks(waba.id, business)),
    }
  end
end

local function accounts_of(relation)
  return function(scope)
    local wabas = scope.world:wabas_of(scope.call.target.id, relation)
    return list.answer(scope, wabas, ACCOUNT_FIELDS, describer(scope))
  end
end

-- One node, with the fields that were asked for.
local function node(scope, view, describe)
  local selected, refused = fields.select(params.scalar(scope.call.params.fields), view)
  if not selected then return nil, refused end
  local item = scope.world:find(scope.call.target.id)
  return fields.project(describe and describe(item) or item, selected, scope)
end

local function account(scope)
  return node(scope, ACCOUNT_FIELDS, describer(scope))
end

local function business(scope)
  return node(scope, BUSINESS_FIELDS)
end

local ASSIGNED_ACCOUNT_FIELDS = {
  node = "WhatsAppBusinessAccount", known = ACCOUNT_FIELDS.known,
  default = { "id", "name", "tasks" },
}

-- The inverse edge: the accounts that a user is assigned to.
local function assigned_accounts(scope)
  local wabas, tasks_on = {}, {}
  for waba, given in scope.world:each_assignment(scope.call.target.id) do
    wabas[#wabas + 1], tasks_on[waba.id] = waba, given
  end
  local describe = describer(scope)
  return list.answer(scope, wabas, ASSIGNED_ACCOUNT_FIELDS, function(waba)
    local item = describe(waba)
    item.tasks = text.list(tasks_on[waba.id])
    return item
  end)
end

local SOLUTION_FIELDS = {
  node = "WhatsAppBusinessSolution",
  known = {
    id = true, name = true, status = true, owner_app = true, owner_permissions = true,
    status_for_pending_request = true,
  },
  default = { "id", "name", "status" },
}

local function solutions(scope)
  return list.answer(scope, scope.world:find(scope.call.target.id).solutions or {},
    SOLUTION_FIELDS, function(solution)
      local item = {}
      for key, value in pairs(solution) do item[key] = value end
      item.owner_app = solution.owner_app and { id = solution.owner_app }
      item.owner_permissions = text.list(solution.owner_permissions)
      return item
    end)
end

local function assigned_users(scope)
  local call = scope.call
  local items, refused = assigned(scope, call.target.id, params.scalar(call.params.business))
  if not items then return nil, refused end
  return list.answer(scope, items, ASSIGNED_USER_FIELDS)
end

local function assign(scope)
  local world, call, session = scope.world, scope.call, scope.session
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

local function unassign(scope)
  local world, call = scope.world, scope.call
  local user_id = params.scalar(call.params.user)
  if not user_id then return nil, refusal.new("missing_parameter", "user") end
  local visible = world:find_user(user_id, scope.session.business)
  if not visible or not world:unassign(call.target.id, user_id) then
    return nil, refusal.new("not_assigned")
  end
  return { success = true }
end

local BUSINESS, WABA = "business_management", "whatsapp_business_management"

---@type waba.sandbox.route[]
M.routes = {
  {
    node = "Business", edge = "owned_whatsapp_business_accounts", method = "GET", scope = WABA,
    run = accounts_of("owned"),
  },
  {
    node = "Business", edge = "client_whatsapp_business_accounts", method = "GET", scope = WABA,
    run = accounts_of("client"),
  },
  { node = "Business", method = "GET", scope = BUSINESS, run = business },
  { node = "WhatsAppBusinessAccount", method = "GET", scope = WABA, run = account },
  {
    node = "WhatsAppBusinessAccount", edge = "solutions", method = "GET", scope = WABA,
    run = solutions,
  },
  {
    node = "SystemUser", edge = "assigned_whatsapp_business_accounts", method = "GET",
    scope = BUSINESS, run = assigned_accounts,
  },
  {
    node = "WhatsAppBusinessAccount", edge = "assigned_users", method = "GET", scope = WABA,
    run = assigned_users,
  },
  {
    node = "WhatsAppBusinessAccount", edge = "assigned_users", method = "POST", scope = WABA,
    admin = true, run = assign,
  },
  {
    node = "WhatsAppBusinessAccount", edge = "assigned_users", method = "DELETE", scope = WABA,
    admin = true, run = unassign,
  },
}

return M
