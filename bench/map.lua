--- A map over many accounts: what bench/bare_many.c is held against.
--   WABA_ACCESS_TOKEN=... lua map.lua <base url> <count> <concurrency> [batch]
-- Prints seconds of wall clock and of CPU, and the process's peak memory in KiB. The inputs come
-- from a function and the outcomes go to one, so nothing is kept.

local waba = require "waba"
local now = require("waba.core").clock.now

local base_url, count, concurrency = arg[1], tonumber(arg[2]), tonumber(arg[3])

local wall, cpu = now(), os.clock()
local client = assert(waba.new {
  access_token = os.getenv "WABA_ACCESS_TOKEN", base_url = base_url,
  ca_file = os.getenv "BENCH_CA_FILE",
})

local begun = 0
local function next_account()
  if begun == count then return nil end
  begun = begun + 1
  return ("%d"):format(102290129340000 + begun - 1)
end

local seen = 0
local _, _, stopped = client:map(next_account, function(account)
  return client:assigned_users(account, "9876543210987654")
end, {
  concurrency = concurrency,
  batch = arg[4] == "batch",
  on_result = function(_, users, err)
    if err then error(err) end
    assert(#users == 2 and users[2].tasks[1] == "MANAGE")
    seen = seen + 1
  end,
})
assert(not stopped, stopped and tostring(stopped.reason))
assert(seen == count)
wall, cpu = now() - wall, os.clock() - cpu

local function peak_memory()
  for line in io.lines "/proc/self/status" do
    local kib = line:match("^VmHWM:%s*(%d+)")
    if kib then return tonumber(kib) end
  end
end

print(("%.6f %.6f %d"):format(wall, cpu, peak_memory()))
