--- Users and accounts may be given by id, or by their exact name.

local M = {}

local function id_of(found, err)
  if found then return found.id end
  return nil, err
end

---@param ctx waba.cli.Context
---@param word string
---@return string|nil id, waba.Error|nil
function M.account(ctx, word)
  if word:find("^%d+$") then return word end
  return id_of(ctx:client():account_named(ctx:business(), word))
end

---@param ctx waba.cli.Context
---@param word string
---@return string|nil id, waba.Error|nil
function M.user(ctx, word)
  if word:find("^%d+$") then return word end
  return id_of(ctx:client():system_user_named(ctx:business(), word))
end

return M
