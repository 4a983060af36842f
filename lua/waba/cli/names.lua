--- Users and accounts may be given by id, or by their exact name.

local M = {}

--- Each name is looked for once.
local function look(ctx, method, name)
  local known = ctx.names or {}
  ctx.names = known
  local key = method .. " " .. name
  if not known[key] then
    local client = ctx:client()
    local found, err = client[method](client, ctx:business(), name)
    if not found then return nil, err end
    known[key] = found.id
  end
  return known[key]
end

---@param ctx waba.cli.Context
---@param word string
---@return string|nil id, waba.Error|nil
function M.account(ctx, word)
  if word:find("^%d+$") then return word end
  return look(ctx, "account_named", word)
end

---@param ctx waba.cli.Context
---@param word string
---@return string|nil id, waba.Error|nil
function M.user(ctx, word)
  if word:find("^%d+$") then return word end
  return look(ctx, "system_user_named", word)
end

return M
