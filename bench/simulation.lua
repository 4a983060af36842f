--- The fleet simulation in full: thousands of accounts, 24 virtual hours, many seeds.
--   LUA_PATH="lua/?.lua;lua/?/init.lua;?.lua;;" LUA_CPATH="build/luajit/?.so;;" \
--     luajit bench/simulation.lua [accounts [hours [seeds [first]]]]
-- One account in a hundred is active (5,000 an hour), the others have 200. Every account has always
-- more work than its budget holds. A row for every seed; exits with 1 where a call was throttled or
-- an account used less than 85 % of its budget.

local fleet = require "spec.support.fleet"

local accounts, hours = tonumber(arg[1] or 5000), tonumber(arg[2] or 24)
local seeds, first = tonumber(arg[3] or 5), tonumber(arg[4] or 1)

local KINDS = { "mixed", "reads", "writes" }
local LATE, MISSING, LATENCY = { 0, 30, 60 }, { 0, 0.3, 0.6 }, { 0.5, 2, 8 }

print(("%d accounts, %d hours"):format(accounts, hours))
print("| seed | work | late | missing | latency | calls | throttled | least used | used | took |")
print("|---|---|---|---|---|---|---|---|---|---|")

local sound = true
for seed = first, first + seeds - 1 do
  local i = (seed - 1) % 3 + 1
  local began = os.clock()
  local options = {
    seed = seed, hours = hours, accounts = accounts, active = math.floor(accounts / 100),
    kind = KINDS[i], late = LATE[(seed + 1) % 3 + 1], missing = MISSING[i], workers = 2,
    latency = LATENCY[math.floor(seed / 3) % 3 + 1],
  }
  local result = fleet.run(options)
  sound = sound and #result.graph.throttles == 0 and result.lowest >= 0.85
  print(("| %d | %s | %g s | %g %% | %g s | %d | %d | %.1f %% | %.1f %% | %.0f s |"):format(seed,
    options.kind, options.late, options.missing * 100, options.latency, result.graph.calls,
    #result.graph.throttles, result.lowest * 100, result.mean * 100, os.clock() - began))
  io.stdout:flush()
end
os.exit(sound and 0 or 1)
