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

local world, delay

--- Inside nginx: serves one for all requests, each after the seconds of the latest /delay?seconds=.
function M.serve()
  world = world or M.new()
  local ngx = require("waba.phase").nginx()
  if ngx.var.uri == "/delay" then
    delay = tonumber(ngx.var.arg_seconds)
    return ngx.exit(ngx.HTTP_OK)
  end
  if delay then ngx.sleep(delay) end
  return require("waba.sandbox.nginx").serve(world)
end

return M
