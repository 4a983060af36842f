--- System users of a business.

local list = require("waba.sandbox.list")

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

local BUSINESS = "business_management"

---@type waba.sandbox.route[]
M.routes = {
  {
    node = "Business", edge = "system_users", method = "GET", scope = BUSINESS, admin = true,
    run = system_users,
  },
}

return M
