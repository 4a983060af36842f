--- A sandbox with many accounts that a client has shared with the provider.

local sandbox = require "waba.sandbox"

local M = { COUNT = 100 }

---@param i integer
function M.id(i)
  return ("7%014d"):format(i)
end

function M.new()
  local seed = sandbox.seed()
  for i = 1, M.COUNT do
    table.insert(seed.wabas, {
      id = M.id(i), name = "Shop " .. i, business = sandbox.world.client,
      shared_with = { { business = sandbox.world.business } },
    })
  end
  return sandbox.new(seed)
end

return M
