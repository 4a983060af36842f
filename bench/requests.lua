--- How many requests it takes to learn who is assigned on every account of a business, counted in
-- front of the sandbox, in process.
--   lua requests.lua <accounts>
-- Prints lines: way <tab> HTTP requests <tab> calls that Graph counts.

local sandbox = require "waba.sandbox"
local waba = require "waba"

local ACCOUNTS = tonumber(arg[1])
local names = sandbox.world

local function seed()
  local world = sandbox.seed()
  for i = #world.wabas + 1, ACCOUNTS do
    world.wabas[i] = {
      id = ("%.0f"):format(200000000000000 + i), name = "Account " .. i, business = names.business,
      assigned = { { user = names.system_user, tasks = { "MANAGE" } } },
    }
  end
  return world
end

local world = seed()

--- Runs one way on a client of its own, and tells what it sent.
local function count(way, learn)
  local graph, sent, calls = sandbox.new(world), 0, 0
  local client = assert(waba.new {
    access_token = names.admin_token,
    transport = function(request)
      sent = sent + 1
      local reply, message, kind, lost = graph(request)
      calls = calls + #graph.log
      if #graph.log > 1 then calls = calls - 1 end -- the batch itself does not count
      for i = #graph.log, 1, -1 do graph.log[i] = nil end
      return reply, message, kind, lost
    end,
  })
  local learnt = learn(client)
  assert(learnt == ACCOUNTS, ("%s: learnt of %d"):format(way, learnt))
  print(("%s\t%d\t%d"):format(way, sent, calls))
end

local function map(client, options)
  local next_waba, learnt = 0, 0
  options.on_result = function(_, _, err)
    assert(err == nil, tostring(err))
    learnt = learnt + 1
  end
  client:map(function()
    next_waba = next_waba + 1
    return world.wabas[next_waba] and world.wabas[next_waba].id
  end, function(account) return client:assigned_users(account, names.business) end, options)
  return learnt
end

count("account by account", function(client) return map(client, {}) end)
count("in batches of 50", function(client) return map(client, { batch = true }) end)

if waba.new { access_token = "T" }.access then
  count("client:access", function(client)
    return #assert(client:access(names.business)).accounts
  end)
end
