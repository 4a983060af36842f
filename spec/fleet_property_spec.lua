--- Random interleavings of map, with faults: the sandbox's final state equals what is claimed.
-- A seed that fails is in the message; the same seed gives the same run.

local sandboxes = require "waba.sandbox"
local stub = require "spec.support.stub"
local waba = require "waba"

local world = sandboxes.world
local ROUNDS = 60
local TASKS = { "MANAGE", "DEVELOP", "VIEW_COST", "MESSAGING" }

--- Park and Miller's minimal standard: the same on every VM.
local function generator(seed)
  local state = seed
  return function(n)
    state = state * 16807 % 2147483647
    return state % n + 1
  end
end

local function new_sandbox(random)
  local seed = sandboxes.seed()
  seed.repeated_assign = random(2) == 1 and "merge" or "replace"
  local accounts, users = {}, {}
  for i = 1, 6 do
    accounts[i] = tostring(5000 + i)
    table.insert(seed.wabas, { id = accounts[i], name = "A", business = world.business })
  end
  for i = 1, 4 do
    users[i] = tostring(8000 + i)
    table.insert(seed.users, { id = users[i], name = "U", business = world.business })
  end
  return sandboxes.new(seed), accounts, users
end

local FAULTS = {
  { broken = true, applied = true }, { broken = true }, { broken = true, sent = false },
  { timeout = true, applied = true }, { timeout = true }, { wire = "half", applied = true },
  { status = 503, body = { error = { code = 2, is_transient = true } } },
  { status = 502, body = "<html>", applied = true }, { status = 502, body = "<html>" },
  { status = 400, body = { error = { code = 80008 } } },
  { status = 403, body = { error = { code = 200 } } },
}

local function add_faults(sandbox, random)
  for _ = 1, random(12) do
    local rule = { nth = random(60), times = random(3) }
    for key, value in pairs(FAULTS[random(#FAULTS)]) do rule[key] = value end
    rule.method = ({ "GET", "POST", "DELETE" })[random(3)]
    sandbox:fault(rule)
  end
end

--- Every pair of an account and a user gets one job, so that jobs do not undo each other.
local function make_jobs(accounts, users, random)
  local jobs = {}
  for _, account in ipairs(accounts) do
    for _, user in ipairs(users) do
      local job = { account = account, user = user, task = TASKS[random(#TASKS)] }
      job.first = random(3) == 1 and TASKS[random(#TASKS)] or nil -- had before
      job.name = ({ "ensure", "revoke", "assign", "unassign" })[random(4)]
      table.insert(jobs, random(#jobs + 1), job)
    end
  end
  return jobs
end

local ACT = {
  ensure = function(client, job)
    return client:ensure(job.account, job.user, job.task, { business = world.business })
  end,
  revoke = function(client, job)
    return client:revoke(job.account, job.user, { business = world.business })
  end,
  assign = function(client, job) return client:assign(job.account, job.user, { job.task }) end,
  unassign = function(client, job) return client:unassign(job.account, job.user) end,
}

--- A transport that answers when the seed says, so that calls overtake each other.
local function shuffled(sandbox, random)
  local in_flight = {}
  return function(request)
    local write = request.method ~= "GET" and request.url:match("/(%d+)/assigned")
    assert(not (write and in_flight[write]), "two writes at once on one account")
    if write then in_flight[write] = true end
    for _ = 1, random(4) - 1 do coroutine.yield() end
    local response, message, kind, sent = sandbox(request)
    for _ = 1, random(4) - 1 do coroutine.yield() end
    if write then in_flight[write] = nil end
    return response, message, kind, sent
  end
end

local function holds(sandbox, job, task)
  for _, assignment in ipairs(sandbox.state:find(job.account).assigned) do
    if assignment.user == job.user then
      if not task then return true end
      for _, name in ipairs(assignment.tasks) do
        if name == task then return true end
      end
    end
  end
  return false
end

--- What is wrong with the claim, or nil.
local function contradiction(sandbox, job, value, err)
  local adds = job.name == "ensure" or job.name == "assign"
  if value then
    local there = holds(sandbox, job, adds and job.task or nil)
    if there ~= adds then return "claims " .. tostring(value) end
    if job.name == "ensure" and job.first and not holds(sandbox, job, job.first) then
      return "lost " .. job.first
    end
  elseif type(err) ~= "table" or not err.kind then
    return "no error but " .. tostring(err)
  elseif err.kind ~= "indeterminate" and err.kind ~= "unverified" and err.kind ~= "not_found" then
    -- It says that nothing was done: then all is as it was.
    local as_before = holds(sandbox, job, job.first) == (job.first ~= nil)
    if not as_before then return "says not done: " .. tostring(err) end
  end
end

local function play(seed)
  local random = generator(seed)
  local sandbox, accounts, users = new_sandbox(random)
  local jobs = make_jobs(accounts, users, random)
  for _, job in ipairs(jobs) do
    if job.first then sandbox.state:assign(job.account, job.user, { job.first }) end
  end
  add_faults(sandbox, random)
  local client = assert(waba.new { access_token = world.admin_token, clock = (stub.clock()),
    transport = shuffled(sandbox, random) })
  client.driver.budget = nil -- pacing has specs of its own
  local results, errors, stopped
  local outer = coroutine.create(function()
    results, errors, stopped = client:map(jobs, function(job) return ACT[job.name](client, job) end,
      { concurrency = random(2) == 1 and random(24) or nil })
  end)
  repeat assert(coroutine.resume(outer)) until coroutine.status(outer) == "dead"
  assert(not stopped, stopped and stopped.reason)
  local claims = { done = 0, failed = 0 }
  for i, job in ipairs(jobs) do
    local which = results[i] and "done" or "failed"
    claims[which] = claims[which] + 1
    local wrong = contradiction(sandbox, job, results[i], errors[i])
    assert(not wrong, ("seed %d, %s: %s"):format(seed, job.name, tostring(wrong)))
  end
  return claims
end

describe("a fleet under faults", function()
  it("is left as the results claim, whatever happened on the way", function()
    local done, failed = 0, 0
    for seed = 1, ROUNDS do
      local claims = play(seed * 7919)
      done, failed = done + claims.done, failed + claims.failed
    end
    assert.equal(ROUNDS * 24, done + failed)
    assert.is_true(done > ROUNDS * 12 and failed > ROUNDS) -- both are put to the proof
  end)
end)
