--- Users and accounts may be given by id, or by their exact name.

local M = {}

--- Each name is looked for once. One that is not there may be new: once in a run, the lists are
--- read again for that, whatever the cache says.
local function look(ctx, method, name)
  local known = ctx.names or {}
  ctx.names = known
  local key = method .. " " .. name
  if known[key] then return known[key] end
  local client, business = ctx:client(), ctx:business()
  local found, err = client[method](client, business, name)
  if not found and err.kind == "not_found" and not known[method] then
    known[method] = true
    found, err = client[method](client, business, name, { refresh = true })
  end
  if not found then return nil, err end
  known[key] = found.id
  return found.id
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
