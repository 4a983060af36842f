--- System users of a business: list, create, rename, read, install an app for one.

local fields = require("waba.sandbox.fields")
local list = require("waba.sandbox.list")
local params = require("waba.sandbox.params")
local refusal = require("waba.sandbox.refusal")

local M = {}

local SYSTEM_USER_FIELDS = {
  node = "SystemUser",
  known = {
    id = true, name = true, role = true,
    -- Fields of Graph that have no value in the sandbox. Graph leaves such fields out.
    created_by = true, created_time = true, finance_permission = true, ip_permission = true,
  },
  default = { "id", "name", "role" },
}

local function system_users(scope)
  return list.answer(scope, scope.world:system_users(scope.call.target.id), SYSTEM_USER_FIELDS)
end

local function system_user(scope)
  local asked = params.scalar(scope.call.params.fields)
  local selected, refused = fields.select(asked, SYSTEM_USER_FIELDS)
  if not selected then return nil, refused end
  return fields.project(scope.world:find(scope.call.target.id), selected, scope)
end

-- Meta's reference has more roles; these two are what its guide creates.
local ROLES = { ADMIN = true, EMPLOYEE = true }

local function create(scope, name)
  local role = params.scalar(scope.call.params.role)
  if not role then return nil, refusal.new("missing_parameter", "role") end
  if not ROLES[role] then
    return nil, refusal.new("not_a_value", "role", "one of {ADMIN, EMPLOYEE}")
  end
  return { id = scope.world:create_user(scope.call.target.id, name, role).id }
end

-- One edge for both: with the id of a system user it renames.
local function create_or_rename(scope)
  local asked = scope.call.params
  local name, id = params.scalar(asked.name), params.scalar(asked.system_user_id)
  if not name then return nil, refusal.new("missing_parameter", "name") end
  if not id then return create(scope, name) end
  local user = scope.world:find_user(id, scope.session.business)
  if not user or user.user_type ~= "SYSTEM_USER" then
    return nil, refusal.new("invalid_user", id)
  end
  user.name = name
  return { id = id }
end

local function install_app(scope)
  local world, app = scope.world, params.scalar(scope.call.params.business_app)
  if not app then return nil, refusal.new("missing_parameter", "business_app") end
  if app ~= world.settings.app_id then return nil, refusal.new("foreign_app") end
  world:find(scope.call.target.id).app_installed = true
  return { success = true }
end

local BUSINESS = "business_management"

---@type waba.sandbox.route[]
M.routes = {
  {
    node = "Business", edge = "system_users", method = "GET", scope = BUSINESS, admin = true,
    run = system_users,
  },
  {
    node = "Business", edge = "system_users", method = "POST", scope = BUSINESS, admin = true,
    run = create_or_rename,
  },
  { node = "SystemUser", method = "GET", scope = BUSINESS, run = system_user },
  {
    node = "SystemUser", edge = "applications", method = "POST", scope = BUSINESS, admin = true,
    run = install_app,
  },
}

return M
