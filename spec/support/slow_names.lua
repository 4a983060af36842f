--- A sandbox that takes its time over writes, and whose users have names of many kinds.

local sandbox = require "waba.sandbox"
local socket = require "socket"

local seed = sandbox.seed()
local names = { "\27]0;title\7\27[31mred", "日本の利用者", "Zoe\204\136", "한국", "👍🏽 ok", "שלום" }
for i, name in ipairs(names) do
  table.insert(seed.users, { id = tostring(7000 + i), name = name,
    business = sandbox.world.business })
end
for i = 1, 60 do
  table.insert(seed.wabas, { id = tostring(5000 + i), name = "Account " .. i,
    business = sandbox.world.business })
end

local graph = sandbox.new(seed)

return {
  answer = function(_, request)
    if request.method == "POST" then socket.sleep(0.02) end
    return graph:answer(request)
  end,
  control = function(_, request) return graph:control(request) end,
}
