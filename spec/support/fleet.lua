--- A client that has always work, for many accounts, against a Graph that limits, in virtual time.

local hourly = require "spec.support.hourly"
local virtual = require "spec.support.virtual"
local waba = require "waba"

local M = {}

local function id_of(i) return ("1%014d"):format(i) end

--- Works on one account without a pause until the end.
local function work(client, account, kind, random)
  while true do
    local writes = kind == "writes" or kind == "mixed" and random() < 0.5
    local done, err
    if writes then
      done, err = client:assign(account, "1972555232742222", "MANAGE")
    else
      done, err = client:assigned_users(account, "9876543210987654")
    end
    assert(done or err.kind == "throttled", tostring(err))
  end
end

---@param options table seed, hours, accounts, active (how many of them have 5,000), workers (each
---  account's), kind ("reads", "writes" or "mixed"), and those of spec.support.hourly
---@return table { graph, usage, throttles, lowest, time }
function M.run(options)
  local time = virtual.new()
  local random = virtual.random(options.seed)
  local clock = time:clock(random)
  local active = options.active or 0
  local limits = {}
  for i = 1, options.accounts do limits[id_of(i)] = i <= active and 5000 or 200 end
  local graph = hourly.new {
    clock = clock, random = random, limit = function(account) return limits[account] end,
    app_limit = options.app_limit, late = options.late, missing = options.missing,
    code = options.code, latency = options.latency,
  }
  local client = assert(waba.new {
    access_token = "TEST_TOKEN", transport = graph:transport(), clock = clock,
    timeout = 86400, max_attempts = options.max_attempts or 1,
  })
  local start = options.start or random() * 60
  for i = 1, options.accounts do
    for _ = 1, options.workers or 3 do
      time:at(start + random() * 10, function() work(client, id_of(i), options.kind, random) end)
    end
  end
  if options.events then options.events(time, graph, id_of) end
  time:run(start + options.hours * 3600)
  local lowest, total = math.huge, 0
  for account, limit in pairs(limits) do
    local used = graph:served(account) / (limit * options.hours)
    lowest, total = math.min(lowest, used), total + used
  end
  return { graph = graph, usage = client:usage(), lowest = lowest,
    mean = total / options.accounts, client = client }
end

return M
