--- The commands, in the order in which help lists them. Each is a module of its own, loaded when it
-- is named: a command's start costs what that command needs.

local M = {}

-- Its name, and the module in this folder.
M.modules = {
  { "system-users", "system_users" },
  { "accounts", "accounts" },
  { "assigned-users", "assigned_users" },
  { "assign", "assign" },
  { "unassign", "unassign" },
  { "ensure", "ensure" },
  { "who-can", "who_can" },
  { "access", "access" },
  { "system-user create", "system_user_create" },
  { "system-user show", "system_user_show" },
  { "system-user rename", "system_user_rename" },
  { "system-user install-app", "system_user_install_app" },
  { "system-user token create", "system_user_token_create" },
  { "system-user token refresh", "system_user_token_refresh" },
  { "system-user token revoke", "system_user_token_revoke" },
  { "system-user token invalidate", "system_user_token_invalidate" },
  { "system-user token debug", "system_user_token_debug" },
  { "api", "api" },
  { "sandbox", "sandbox" },
  { "doctor", "doctor" },
  { "completion", "completion" },
  { "version", "version" },
}

M.by_name = {}
for _, row in ipairs(M.modules) do M.by_name[row[1]] = row[2] end

---@param name string
---@return waba.cli.Command
function M.load(name)
  return require("waba.cli.commands." .. M.by_name[name])
end

---@return waba.cli.Command[]
function M.all()
  local list = {}
  for i, row in ipairs(M.modules) do list[i] = M.load(row[1]) end
  return list
end

return M
