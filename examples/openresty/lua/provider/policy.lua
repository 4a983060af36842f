--- The access policy, put in place on one account.

local clients = require "provider.client"
local config = require "provider.config"

local M = {}

local function apply_one(client, account, wanted)
  local user, err = client:system_user_named(config.business, wanted.name)
  if not user then return { user = wanted.name }, err end
  local done, failed = client:ensure(account, user.id, wanted.tasks, { business = config.business })
  return { user = wanted.name, id = user.id, tasks = wanted.tasks, done = done }, failed
end

--- Sees to it that each of our system users has its tasks. One that fails does not stop the others.
---@param account string
---@return table[] results { user, id, tasks, done = "unchanged"|"assigned" } or { user, error }
---@return waba.Error|nil failure the first of them
function M.apply(account)
  local results, failure = {}, nil
  for i, wanted in ipairs(config.users) do
    local result, err = apply_one(clients.get(), account, wanted)
    if err then result.error = { kind = err.kind, message = err.message, hint = err.hint } end
    results[i], failure = result, failure or err
  end
  return results, failure
end

return M
