--- Accounts of examples/openresty: events twice, late and out of order, in virtual time.

local fake = require "spec.support.fake_ngx"
local virtual = require "spec.support.virtual"

local PATH = "examples/openresty/lua/provider/accounts.lua"

local ACCOUNT = "102290129340398"

local function load_for(worker)
  local environment = setmetatable({ ngx = worker }, { __index = _G })
  if setfenv then -- luacheck: globals setfenv
    return setfenv(assert(loadfile(PATH)), environment)()
  end
  return assert(loadfile(PATH, "t", environment))()
end

--- The module in two workers of an nginx of its own. `work` is what applying the policy takes and
--- answers.
local function start(work)
  local nginx = fake.new()
  local seen = { applied = {}, now = {}, overlaps = 0 }
  local function apply(account)
    seen.applied[account] = (seen.applied[account] or 0) + 1
    if seen.now[account] then seen.overlaps = seen.overlaps + 1 end
    seen.now[account] = true
    local failure = work and work(nginx, account)
    seen.now[account] = nil
    return {}, failure
  end
  for pid = 1, 2 do
    local ngx = nginx:worker(pid)
    seen[pid] = load_for(ngx)
    seen[pid].start(apply)
  end
  return seen[1], nginx, seen
end

local function takes(seconds)
  return function() coroutine.yield(seconds) end
end

describe("an event", function()
  it("that is older than Meta tries is not looked at, however often it comes", function()
    local accounts, nginx, seen = start()
    assert.equal("old", accounts.record(ACCOUNT, "added", nginx.time - 8 * 86400 - 1))
    nginx:run(100)
    assert.is_nil(seen.applied[ACCOUNT])
  end)

  it("of more than a day ahead is not, and a removal counts that comes after it", function()
    local accounts, nginx, seen = start()
    assert.equal("ahead", accounts.record(ACCOUNT, "added", nginx.time + 86401))
    assert.equal("ahead", accounts.record(ACCOUNT, "added", nginx.time * 1000))
    assert.equal("taken", accounts.record(ACCOUNT, "removed", nginx.time))
    nginx:run(100)
    assert.is_nil(seen.applied[ACCOUNT])
  end)

  it("is told where it cannot be kept, and nothing of it is", function()
    for _, name in ipairs { "waba_accounts", "waba_open", "waba_busy" } do
      local accounts, nginx, seen = start()
      nginx.shared[name].room = 0
      local result, reason = accounts.record(ACCOUNT, "added", nginx.time)
      assert.is_nil(result)
      assert.equal(name .. ": no memory", reason)
      for dict, shared in pairs(nginx.shared) do assert.same({}, shared:get_keys(), dict) end
      nginx:run(100)
      assert.is_nil(seen.applied[ACCOUNT])
      nginx.shared[name].room = 1
      assert.equal("taken", accounts.record(ACCOUNT, "added", nginx.time))
    end
  end)

  it("of an account that is known is taken though there is no room for another", function()
    local accounts, nginx, seen = start(function() return { kind = "network" } end)
    accounts.record(ACCOUNT, "added", nginx.time)
    nginx.shared.waba_accounts.room, nginx.shared.waba_open.room = 1, 1
    nginx:run(86400)
    assert.equal(10, seen.applied[ACCOUNT])
    assert.same({ open = 0, failed = 1 }, accounts.count())
    assert.equal("taken", accounts.record(ACCOUNT, "added", nginx.time))
    assert.is_nil(accounts.record("1", "added", nginx.time))
    nginx:run(100)
    assert.is_true(seen.applied[ACCOUNT] > 10)
    assert.equal("taken", accounts.record(ACCOUNT, "removed", nginx.time))
    assert.same({ open = 0, failed = 0 }, accounts.count())
  end)

  it("waits for another worker that takes one, and not for ever", function()
    local accounts, nginx = start()
    local busy, answers = nginx.shared.waba_busy, {}
    local function record()
      answers[#answers + 1] = { accounts.record(ACCOUNT, "added", nginx.time) }
    end
    busy:safe_add("event " .. ACCOUNT, true, 1)
    nginx:begin(0, record)
    nginx:run(0.9)
    assert.same({}, answers)
    nginx:run(0.2)
    assert.same({ { "taken" } }, answers)
    busy:safe_add("event " .. ACCOUNT, true)
    nginx:begin(0, record)
    nginx:run(5)
    assert.same({ nil, "another worker is at it" }, answers[2])
  end)

  it("of a removal alone makes no work", function()
    local accounts, nginx, seen = start()
    assert.equal("taken", accounts.record(ACCOUNT, "removed", nginx.time))
    nginx:run(100)
    assert.is_nil(seen.applied[ACCOUNT])
    assert.same({ open = 0, failed = 0 }, accounts.count())
    assert.same({ ("account %s: removed"):format(ACCOUNT) }, nginx.log)
  end)

  it("is worked on at once, and once, though it comes again before, during and after", function()
    local accounts, nginx, seen = start(takes(2))
    local time = nginx.time
    assert.equal("taken", accounts.record(ACCOUNT, "added", time))
    assert.equal("known", seen[2].record(ACCOUNT, "added", time))
    nginx:run(1)
    assert.equal(1, seen.applied[ACCOUNT])
    assert.equal("known", accounts.record(ACCOUNT, "added", time))
    nginx:run(100)
    assert.equal("known", accounts.record(ACCOUNT, "added", time))
    nginx:run(7.9 * 86400)
    assert.equal("known", accounts.record(ACCOUNT, "added", time))
    nginx:run(86400)
    assert.equal("old", accounts.record(ACCOUNT, "added", time))
    nginx:run(100)
    assert.equal(1, seen.applied[ACCOUNT])
    assert.same({ open = 0, failed = 0 }, accounts.count())
    assert.same({ ("account %s: added"):format(ACCOUNT),
      ("account %s: the policy is in place"):format(ACCOUNT) }, nginx.log)
  end)

  it("of an add that comes after a later removal makes no work", function()
    local accounts, nginx, seen = start()
    accounts.record(ACCOUNT, "removed", nginx.time)
    nginx:run(1)
    assert.equal("known", accounts.record(ACCOUNT, "added", nginx.time - 5))
    nginx:run(100)
    assert.is_nil(seen.applied[ACCOUNT])
  end)

  it("of a removal wins over an add of the same second, in either order", function()
    for _, order in ipairs { { "added", "removed" }, { "removed", "added" } } do
      local accounts, nginx, seen = start()
      local time = nginx.time
      for _, what in ipairs(order) do accounts.record(ACCOUNT, what, time) end
      nginx:run(100)
      assert.is_nil(seen.applied[ACCOUNT])
      assert.equal("known", accounts.record(ACCOUNT, "added", time))
    end
  end)

  it("of an add after a removal is work again", function()
    local accounts, nginx, seen = start()
    for i, what in ipairs { "added", "removed", "added" } do
      accounts.record(ACCOUNT, what, nginx.time + i)
      nginx:run(1)
    end
    nginx:run(100)
    assert.equal(2, seen.applied[ACCOUNT])
  end)

  it("of a removal ends the tries of an add that fails", function()
    local accounts, nginx, seen = start(function() return { kind = "not_found" } end)
    accounts.record(ACCOUNT, "added", nginx.time)
    nginx:run(5)
    accounts.record(ACCOUNT, "removed", nginx.time)
    nginx:run(86400)
    assert.equal(1, seen.applied[ACCOUNT])
    assert.same({ open = 0, failed = 0 }, accounts.count())
  end)
end)

describe("work", function()
  it("that fails is tried again, with growing waits, and not for ever", function()
    local times = {}
    local accounts, nginx = start(function(nginx)
      times[#times + 1] = nginx.time
      return { kind = "network" }
    end)
    accounts.record(ACCOUNT, "added", nginx.time)
    nginx:run(5 * 86400)
    assert.equal(10, #times)
    assert.is_true(times[10] - times[1] > 3600)
    for i = 3, #times do assert.is_true(times[i] - times[i - 1] >= times[i - 1] - times[i - 2]) end
    assert.same({ open = 0, failed = 1 }, accounts.count())
    nginx:run(86400)
    assert.equal(10, #times)
  end)

  it("that was throttled waits as long as it is told", function()
    local times = {}
    local accounts, nginx = start(function(nginx)
      times[#times + 1] = nginx.time
      if not times[2] then return { kind = "throttled", retry_after = 900 } end
    end)
    accounts.record(ACCOUNT, "added", nginx.time)
    nginx:run(86400)
    assert.equal(2, #times)
    assert.is_true(times[2] - times[1] >= 900)
  end)

  it("that raises is tried again like any other that fails, and not for ever", function()
    local times = {}
    local accounts, nginx = start(function(nginx)
      times[#times + 1] = nginx.time
      error "a bug"
    end)
    accounts.record(ACCOUNT, "added", nginx.time)
    nginx:run(5 * 86400)
    assert.equal(10, #times)
    assert.is_true(times[10] - times[1] > 3600)
    assert.same({ open = 0, failed = 1 }, accounts.count())
    assert.matches("a bug", table.concat(nginx.log, "\n"), 1, true)
  end)

  it("that no further try mends is given up at once", function()
    local accounts, nginx, seen = start(function() return { kind = "invalid" } end)
    accounts.record(ACCOUNT, "added", nginx.time)
    nginx:run(86400)
    assert.equal(1, seen.applied[ACCOUNT])
    assert.same({ open = 0, failed = 1 }, accounts.count())
  end)

  it("of a worker that died is taken up by another", function()
    local accounts, nginx, seen = start(takes(1000))
    nginx.shared.waba_busy:safe_add(ACCOUNT, "its pid", 300)
    accounts.record(ACCOUNT, "added", nginx.time)
    nginx:run(299)
    assert.is_nil(seen.applied[ACCOUNT])
    nginx:run(20)
    assert.equal(1, seen.applied[ACCOUNT])
  end)

  it("that was begun by hand, and does not end well, is no try of the timers", function()
    local fails = true
    local accounts, nginx = start(function() return fails and { kind = "network" } or nil end)
    accounts.record(ACCOUNT, "added", nginx.time)
    nginx:run(5 * 86400)
    assert.same({ open = 0, failed = 1 }, accounts.count())
    local before = nginx.shared.waba_open:get(ACCOUNT)
    local free, _, failure = accounts.attempt(ACCOUNT)
    assert.is_true(free)
    assert.equal("network", failure.kind)
    assert.equal(before, nginx.shared.waba_open:get(ACCOUNT))
    fails = false
    accounts.attempt(ACCOUNT)
    assert.same({ open = 0, failed = 0 }, accounts.count())
  end)

  it("that there is no room to begin is told in the log, and begun when there is", function()
    local accounts, nginx, seen = start()
    accounts.record(ACCOUNT, "added", nginx.time)
    nginx.shared.waba_busy.room = 0
    nginx:run(100)
    assert.is_nil(seen.applied[ACCOUNT])
    assert.matches("waba_busy: no memory", table.concat(nginx.log, "\n"), 1, true)
    nginx.shared.waba_busy.room = 2
    nginx:run(100)
    assert.equal(1, seen.applied[ACCOUNT])
  end)

  it("that ends well by hand ends the tries", function()
    local fails = true
    local accounts, nginx, seen = start(function() return fails and { kind = "network" } or nil end)
    accounts.record(ACCOUNT, "added", nginx.time)
    nginx:run(5)
    fails = false
    accounts.attempt(ACCOUNT)
    assert.same({ open = 0, failed = 0 }, accounts.count())
    nginx:run(86400)
    assert.equal(2, seen.applied[ACCOUNT])
  end)

  it("that came while another was at the account is done when that ends", function()
    local slow = true
    local accounts, nginx, seen = start(function()
      if slow then coroutine.yield(4) end
    end)
    nginx:begin(0, function() seen[2].attempt(ACCOUNT) end)
    nginx:run(1)
    slow = false
    accounts.record(ACCOUNT, "added", nginx.time)
    nginx:run(2)
    assert.equal(1, seen.applied[ACCOUNT])
    nginx:run(2)
    assert.equal(2, seen.applied[ACCOUNT])
  end)
end)

--- What the latest of all events says; a removal wins over an add of the same second.
local function verdict(events)
  local latest
  for _, event in ipairs(events) do
    if not latest or event.time > latest.time
      or event.time == latest.time and event.what == "removed" then latest = event end
  end
  return latest
end

local function deliver(workers, nginx, random, told)
  local id = ("1%03d"):format(math.floor(random() * 30))
  local events = told[id] or {}
  told[id] = events
  local event = events[1] and random() < 0.5 and events[math.floor(random() * #events) + 1]
  if not event then
    event = { what = random() < 0.6 and "added" or "removed",
      time = math.floor(1700000000 + random() * 40) }
    table.insert(events, event)
  end
  workers[random() < 0.5 and 1 or 2].record(id, event.what, event.time)
  if random() < 0.2 then nginx:run(random() * 2) end
end

describe("a burst of 1,000 events in any order", function()
  for seed = 1, 10 do
    it("never has two at work on an account, and ends as the latest says, seed " .. seed, function()
      local random = virtual.random(seed)
      local accounts, nginx, seen = start(function()
        coroutine.yield(random() * 3)
        if random() < 0.1 then return { kind = "network" } end
      end)
      local told = {}
      for _ = 1, 1000 do deliver(seen, nginx, random, told) end
      nginx:run(86400)
      assert.equal(0, seen.overlaps)
      for id, events in pairs(told) do
        local last = verdict(events)
        assert.equal(2 * last.time + (last.what == "removed" and 1 or 0),
          nginx.shared.waba_accounts:get(id))
        if last.what == "added" then assert.is_truthy(seen.applied[id]) end
      end
      assert.same({ open = 0, failed = 0 }, accounts.count())
    end)
  end
end)
