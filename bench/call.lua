--- The blocking call in a loop, decoding included: what bench/bare.c is held against.
--   WABA_ACCESS_TOKEN=... lua call.lua <base url> <get2|get100|assign> <count>
-- Prints seconds of wall clock and of CPU for the loop, the first call left out.

local waba = require "waba"
local now = require("waba.core").clock.now

local base_url, kind, count = arg[1], arg[2], tonumber(arg[3])
local client =
  assert(waba.new { access_token = os.getenv "WABA_ACCESS_TOKEN", base_url = base_url })

local function assigned_users(account, expected)
  return function()
    local users = assert(client:assigned_users(account, "9876543210987654"))
    assert(#users == expected and users[expected].tasks[1] == "MANAGE")
  end
end

local calls = {
  get2 = assigned_users("2", 2),
  get100 = assigned_users("100", 100),
  assign = function() assert(client:assign("2", "1972555232742222", { "MANAGE" })) end,
}

local call = calls[kind]
call()
local wall, cpu = now(), os.clock()
for _ = 2, count do call() end
print(("%.6f %.6f"):format(now() - wall, os.clock() - cpu))
