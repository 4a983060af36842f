--- map: who waits gives his place at work to others, and has one again in time. Writes stand in
-- line for their account.

local numbered = require "spec.support.numbered"
local scheduled = require "spec.support.scheduled"
local stub = require "spec.support.stub"

local DONE, EMPTY = numbered.DONE, numbered.EMPTY
local numbers, echo, read = numbered.numbers, numbered.echo, numbered.read

--- A client on a clock of its own, whose requests take so many seconds.
local function timed(seconds, answer, options)
  options = options or {}
  options.clock = options.clock or (stub.clock())
  local client
  client = stub.client(function(request)
    client.claim.turns:await({}, seconds)
    return type(answer) == "function" and answer(request) or answer
  end, options)
  return client, options.clock
end

--- How many requests are in flight at most, from now on.
local function watch(client)
  local in_flight, exchange = { now = 0, most = 0 }, client.driver.exchange
  function client.driver.exchange(call)
    in_flight.now = in_flight.now + 1
    in_flight.most = math.max(in_flight.most, in_flight.now)
    exchange(call)
    in_flight.now = in_flight.now - 1
  end
  return in_flight
end

--- A budget that holds the first request of each of these accounts back.
local function hold_back(client, seconds, is_held)
  local held = {}
  client.driver.budget = {
    delay = function(_, call)
      if held[call] or not is_held(call:account()) then return 0 end
      held[call] = true
      return seconds
    end,
    learn = function() end,
  }
end

describe("a place at work", function()
  it("is another's while one waits for a budget", function()
    local clock = stub.clock()
    local client = stub.client(echo, { clock = clock })
    hold_back(client, 30, function(account) return account == "1001" end)
    local order = {}
    client:map(numbers(20), function(account)
      read(client, account)
      order[#order + 1] = account
    end, { concurrency = 1 })
    assert.equal(20, #order)
    assert.equal("1001", order[20])
  end)

  it("is had again before a new input is begun", function()
    for _, concurrency in ipairs { 1, 4 } do
      local client, clock = timed(1, echo, { timeout = 40 })
      hold_back(client, 30, function(account) return account == "1001" end)
      local began, ended = clock.now(), nil
      local _, errors = client:map(numbers(60 * concurrency), function(account)
        local id, err = read(client, account)
        if account == "1001" then ended = clock.now() - began end
        return id, err
      end, { concurrency = concurrency })
      assert.same({}, errors)
      assert.is_true(ended <= 32.1, ended)
    end
  end)

  it("is not waited for longer than the call may last", function()
    local client, clock = timed(1, echo, { timeout = 12 })
    hold_back(client, 10, function() return true end)
    local began, ended = clock.now(), nil
    local _, errors = client:map({ "1", "2" }, function(account)
      if account == "2" then return client.claim.turns:await({}, 60) end
      local id, err = read(client, account)
      ended = clock.now() - began
      return id, err
    end, { concurrency = 1 })
    assert.equal("timeout", errors[1].kind)
    assert.is_true(ended >= 12 and ended <= 12.25, ended)
  end)

  it("is waited for in the time of the call that waits, and of no other", function()
    local clock = stub.clock()
    local client
    client = stub.client(function(request, timeout)
      local slow = request.url:find("/3/")
      client.claim.turns:await({}, slow and timeout or 1)
      if slow then return nil, "no answer", "timeout", true end
      return echo(request)
    end, { clock = clock, timeout = 10, max_attempts = 1 })
    hold_back(client, 3, function(account) return account == "1" end)
    local took
    client:map({ "1", "2" }, function(account)
      if account == "2" then
        for _ = 1, 10 do assert(read(client, account)) end
        return client.claim.turns:await({}, 9.5)
      end
      assert.equal("timeout", select(2, read(client, "1")).kind) -- found no place in time
      local began = clock.now()
      read(client, "3")
      took = clock.now() - began
    end, { concurrency = 1 })
    assert.is_true(took > 9 and took <= 10.25, took)
  end)

  it("sends nothing once the map is broken off", function()
    local off, after = false, 0
    local client
    client = stub.client(function(request)
      if off then after = after + 1 end
      client.claim.turns:await({}, 1)
      return echo(request)
    end, { clock = stub.clock(), timeout = 4 })
    hold_back(client, 1, function(account) return account == "1" end)
    local _, _, stopped = client:map({ "1", "2", "3" }, function(account)
      if account ~= "1" then
        for _ = 1, 7 do assert(read(client, account)) end
        return account
      end
      assert.equal("timeout", select(2, read(client, "1")).kind)
      return read(client, "9") -- waits for a place
    end, { concurrency = 2, on_result = function(input)
      if input == "1" or off then return end
      off = true
      error("stop", 0)
    end })
    assert.equal("stop", stopped.reason)
    assert.equal(0, after)
  end)

  it("is what a late one has to have before he sends again", function()
    local client, clock = timed(1, echo, { timeout = 4 })
    hold_back(client, 3, function(account) return #account == 4 end)
    local kinds, in_flight = {}, watch(client)
    local inputs, began = numbers(100), clock.now()
    table.insert(inputs, "1")
    table.insert(inputs, "2")
    local _, errors = client:map(inputs, function(account)
      if #account == 1 then
        for _ = 1, 60 do assert(read(client, account)) end
        return true
      end
      local _, err = read(client, account)
      kinds[err and err.kind or "none"] = (kinds[err and err.kind or "none"] or 0) + 1
      return client:assign("7" .. account, "1", "MANAGE", { timeout = 200 })
        and read(client, account)
    end, { concurrency = 3 })
    assert.same({ none = 1, timeout = 99 }, kinds)
    assert.equal(3, in_flight.most)
    assert.same({}, errors)
    assert.is_true(clock.now() - began < 200)
  end)

  it("is another's while ensure and revoke wait long to look again", function()
    local user = stub.reply(200, '{"data":[{"id":"1","tasks":["MANAGE"]}]}')
    for _, method in ipairs { "ensure", "revoke" } do
      local client, clock = timed(0.01, function(request)
        if request.method ~= "GET" then return DONE end
        return method == "revoke" and request.url:find("/7/") and user or EMPTY
      end)
      local began, ended = clock.now(), nil
      local _, errors = client:map({ "7", "11", "12", "13" }, function(account)
        if account ~= "7" then
          ended = clock.now() - began
          return client:assigned_users(account, "1")
        end
        if method == "revoke" then return client:revoke("7", "1", { business = "2" }) end
        return client:ensure("7", "1", "MANAGE", { business = "2" })
      end, { concurrency = 1 })
      assert.equal("unverified", errors[1].kind)
      assert.is_true(ended < 2, ended)
    end
  end)

  it("is another's while one waits long to try again, or was throttled", function()
    local kinds = {
      transient = { 503, { code = 2, is_transient = true }, { ["retry-after"] = "9" } },
      throttled = { 400, { code = 80008 } },
    }
    for kind, fault in pairs(kinds) do
      local order, failed = {}, {}
      local client
      client = timed(0.01, function(request)
        local account = request.url:match("/(%d+)/")
        if account ~= "1001" or failed[1] then return echo(request) end
        failed[1] = true
        return stub.graph_error(fault[1], fault[2], fault[3])
      end, { max_attempts = 2 })
      local _, errors = client:map(numbers(20), function(account)
        local id, err = read(client, account)
        order[#order + 1] = account
        return id, err
      end, { concurrency = 1 })
      assert.same({}, errors)
      assert.equal("1001", order[20], kind)
    end
  end)

  it("is kept through a short wait", function()
    local order = {}
    local client = stub.client({ stub.reply(503, ""), echo }, { max_attempts = 2 })
    client:map({ "1", "2" }, function(account)
      read(client, account)
      order[#order + 1] = account
    end, { concurrency = 1 })
    assert.same({ "1", "2" }, order)
  end)

  it("is another's for thousands that wait, and for no more than 4,000", function()
    local client, clock = timed(0.01, echo, { timeout = 400 })
    hold_back(client, 300, function(account) return #account == 4 end)
    local inputs = numbers(5000)
    for i = 1, 50 do table.insert(inputs, 2000 + i, ("5%05d"):format(i)) end
    local began, free, most, first = clock.now(), nil, 0, nil
    local begun, free_done = 0, 0
    local _, errors = client:map(inputs, function(account)
      begun = begun + 1
      local id, err = read(client, account)
      if #account == 4 then
        first = first or begun
      else
        free_done = free_done + 1
        if free_done == 50 then free = clock.now() - began end
      end
      most = math.max(most, begun)
      return id, err
    end, { concurrency = 8 })
    assert.same({}, errors)
    assert.is_true(free < 2, free)
    assert.is_true(first >= 4000 + 50 and first < 4000 + 50 + 2 * 8, first)
    assert.equal(5050, most)
  end)

  it("is not another's where all wait for the app's budget: their time would run out", function()
    local client, clock = timed(0.5, echo, { timeout = 60 })
    local opens = clock.now() + 50
    client.driver.budget = {
      delay = function() return math.max(0, opens - clock.now()), nil, true end,
      learn = function() end,
    }
    local begun = 0
    local _, errors = client:map(numbers(400), function(account)
      begun = begun + 1
      local id, err = read(client, account)
      assert(begun <= 8 or clock.now() >= opens)
      return id, err
    end, { concurrency = 8 })
    assert.same({}, errors)
  end)

  it("is not another's where too many wait for one account", function()
    local client, clock = timed(0.1, echo, { timeout = 60 })
    local next_at = clock.now()
    client.driver.budget = {
      delay = function()
        if next_at > clock.now() then return next_at - clock.now() end
        next_at = clock.now() + 0.7
        return 0
      end,
      learn = function() end,
    }
    local inputs = {}
    for i = 1, 300 do inputs[i] = "12" end
    local _, errors = client:map(inputs, function(account) return read(client, account) end,
      { concurrency = 4 })
    assert.same({}, errors)
  end)

  it("is another's again where those who waited for one account have gone on", function()
    local client, clock = timed(0.1, echo)
    local held, inputs, began = {}, {}, clock.now()
    client.driver.budget = {
      delay = function(_, call)
        if held[call] then return 0 end
        held[call] = true
        return 2
      end,
      learn = function() end,
    }
    for i = 1, 300 do inputs[i] = "12" end
    local _, errors = client:map(inputs, function(account) return read(client, account) end,
      { concurrency = 8 })
    assert.same({}, errors)
    assert.is_true(clock.now() - began < 20, clock.now() - began)
  end)

  it("is not kept by who stands in line for an account", function()
    local client, clock = timed(1, DONE, { timeout = 600 })
    local inputs, began = {}, clock.now()
    for account = 1, 8 do
      for user = 1, 8 do inputs[#inputs + 1] = { tostring(100 + account), tostring(200 + user) } end
    end
    local _, errors = client:map(inputs, function(pair)
      return client:assign(pair[1], pair[2], "MANAGE")
    end, { concurrency = 8 })
    assert.same({}, errors)
    assert.equal(8, clock.now() - began)
  end)

  it("is not another's where the line would be too long for who comes", function()
    local client, clock = timed(1, DONE, { timeout = 5 })
    for _, concurrency in ipairs { 1, 2, 4 } do
      local began = clock.now()
      local _, errors = client:map(numbers(30), function(user)
        return client:assign("7", user, "MANAGE")
      end, { concurrency = concurrency })
      assert.same({}, errors)
      assert.is_true(clock.now() - began >= 30)
    end
  end)

  it("is never had by more than there are", function()
    local client = timed(0.5, function(request)
      return request.method == "GET" and EMPTY or DONE
    end, { timeout = 600 })
    local in_flight = watch(client)
    hold_back(client, 3, function(account) return account == "11" end)
    local _, errors = client:map(numbers(120), function(user)
      local account = tostring(11 + user % 3)
      return client:assigned_users(account, "1") and client:assign(account, user, "MANAGE")
        and client:assigned_users(account, "1")
    end, { concurrency = 6 })
    assert.same({}, errors)
    assert.equal(6, in_flight.most)
  end)
end)

describe("a line of writes", function()
  it("goes on behind a transport that raises", function()
    local sent = 0
    local client = stub.client(function()
      sent = sent + 1
      coroutine.yield()
      if sent == 2 then error("a transport's bug", 0) end
      return DONE
    end)
    local results, errors
    scheduled(function() end, function()
      results, errors = client:map({ "1", "2", "3", "4", "5" }, function(user)
        return client:assign("7", user, "MANAGE")
      end)
    end)
    local failed = 0
    for _, err in pairs(errors) do
      failed = failed + 1
      assert.equal("a transport's bug", err)
    end
    assert.equal(1, failed)
    assert.equal(4, (results[1] and 1 or 0) + (results[2] and 1 or 0) + (results[3] and 1 or 0)
      + (results[4] and 1 or 0) + (results[5] and 1 or 0))
  end)

  it("has one in flight for an account, and many for many; reads do not wait", function()
    local writing, reading, most_writes, most_reads = {}, 0, 0, 0
    local client = stub.client(function(request)
      local account = request.url:match("/(%d+)/assigned")
      local write = request.method ~= "GET"
      if write then
        assert(not writing[account], "two writes at once")
        writing[account] = true
      else
        reading = reading + 1
      end
      local now = 0
      for _ in pairs(writing) do now = now + 1 end
      most_writes, most_reads = math.max(most_writes, now), math.max(most_reads, reading)
      coroutine.yield()
      if write then writing[account] = nil else reading = reading - 1 end
      return write and DONE or stub.reply(200, '{"data":[]}')
    end)
    local errors
    scheduled(function() end, function()
      errors = select(2, client:map(numbers(90), function(user)
        local account = tostring(7 + user % 3)
        if user % 2 == 0 then return client:assigned_users(account, "1") end
        return client:assign(account, user, "MANAGE") and client:unassign(account, user)
      end, { concurrency = 12 }))
    end)
    assert.same({}, errors)
    assert.equal(3, most_writes)
    assert.is_true(most_reads > 1)
  end)

  it("keeps no call longer than it may last", function()
    local clock, sent = stub.clock(), 0
    local began = clock.now()
    local client = stub.client(function(_, timeout)
      sent = sent + 1
      assert(timeout <= 5 - (clock.now() - began))
      coroutine.yield()
      clock.sleep(2)
      return DONE
    end, { clock = clock, timeout = 5 })
    local results, errors
    scheduled(function() end, function()
      results, errors = client:map(numbers(6), function(user)
        local done, err = client:assign("7", user, "MANAGE")
        return done, err
      end, { concurrency = 6 })
    end)
    assert.equal(3, sent) -- at 0, 2 and 4 seconds; the rest is late
    local late = 0
    for _, err in pairs(errors) do
      late = late + 1
      assert.equal("timeout", err.kind)
      assert.equal(0, err.attempts)
    end
    assert.equal(3, late)
    assert.is_true(clock.now() - began <= 7)
    assert.is_true(results[1])
  end)

  it("lets go who is late, though it does not move", function()
    local clock = stub.clock()
    local client = stub.client(function()
      for _ = 1, 10 do coroutine.yield() end
      return DONE
    end, { clock = clock })
    local ended, errors, began = {}, nil, clock.now()
    scheduled(function() clock.sleep(1) end, function()
      errors = select(2, client:map({ 60, 3 }, function(timeout)
        local done, err = client:assign("7", "1", "MANAGE", { timeout = timeout })
        ended[timeout] = clock.now() - began
        return done, err
      end))
    end)
    assert.equal("timeout", errors[2].kind)
    assert.is_true(ended[3] <= 4)
    assert.equal(10, ended[60])
  end)

  it("goes on behind who is late as his turn comes", function()
    local client, clock = timed(1, DONE)
    local began, ended = clock.now(), nil
    local results, errors = client:map({ 5, 1, 6 }, function(timeout)
      local done, err = client:assign("7", "1", "MANAGE", { timeout = timeout })
      if timeout == 6 then ended = clock.now() - began end
      return done, err
    end)
    assert.same({ true, nil, true }, results)
    assert.equal("timeout", errors[2].kind)
    assert.equal(2, ended)
  end)

  it("sends nothing of who comes as the map is broken off", function()
    local sent = 0
    local client = timed(1, function()
      sent = sent + 1
      return DONE
    end)
    local failures = {}
    local _, _, stopped = client:map({ "1", "2" }, function(user)
      return client:assign("7", user, "MANAGE")
    end, { on_result = function(_, value, err)
      if value then error("stop", 0) end
      failures[#failures + 1] = err.kind
    end })
    assert.same({ "closed" }, failures)
    assert.equal(1, sent)
    assert.same({ reason = "stop", begun = 2, total = 2, abandoned = { 2 } }, stopped)
  end)

  it("is left by who is late by a hair", function()
    local clock, jump = stub.clock(), 0
    local now = clock.now
    function clock.now()
      clock.sleep(jump)
      return now()
    end
    local client
    client = stub.client(function()
      client.claim.turns:await({}, 1)
      return DONE
    end, { clock = clock })
    jump = 0.0006
    for i = 1, 40 do
      local _, errors = client:map({ 1, 2, 3 }, function(n)
        local timeout = n == 2 and 0.001 + 0.000125 * i or 5
        return client:assign("7", "1", "MANAGE", { timeout = timeout })
      end)
      assert.equal("timeout", errors[2].kind)
      assert.is_nil(errors[1] or errors[3])
    end
  end)
end)

describe("a client that is closed in a map", function()
  it("has nobody wait any longer for a budget, to try again, or in line", function()
    local client, clock = timed(1, function(request)
      if request.method ~= "GET" then return DONE end
      return stub.graph_error(503, { code = 2 }, { ["retry-after"] = "600" })
    end, { timeout = 3000, max_attempts = 2 })
    hold_back(client, 600, function(account) return account == "13" end)
    function client.driver.budget.forget() end
    local began, kinds = clock.now(), {}
    client:map({ "12", "13", "14", "14", "14", "15", "close" }, function(account)
      if account == "close" then
        client.claim.turns:await({}, 1.5)
        return client:close()
      end
      local fn = account == "14" and client.assign or client.assigned_users
      local done, err = fn(client, account, "1", account == "14" and "MANAGE" or nil)
      kinds[#kinds + 1] = done and "done" or err.kind
    end, { concurrency = 6 })
    assert.equal(2, clock.now() - began)
    table.sort(kinds)
    assert.same({ "closed", "closed", "closed", "closed", "done", "done" }, kinds)
  end)

  it("has nobody wait any longer for a place", function()
    local client, clock = timed(1, echo)
    hold_back(client, 1, function() return true end)
    function client.driver.budget.forget() end
    local began, ended = clock.now(), nil
    local _, errors = client:map({ "12", "close" }, function(account)
      if account == "close" then
        client.claim.turns:await({}, 5)
        client:close()
        return client.claim.turns:await({}, 10)
      end
      local id, err = read(client, account)
      ended = clock.now() - began
      return id, err
    end, { concurrency = 1 })
    assert.same({ "closed", 5 }, { errors[1].kind, ended })
  end)
end)
