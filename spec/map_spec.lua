--- map: one function over many inputs. Over a stub, a transport that yields, and libcurl.

local command = require "spec.support.command"
local core = require "waba.core"
local servers = require "spec.support.server"
local stub = require "spec.support.stub"
local waba = require "waba"
local world = require("waba.sandbox").world

local DONE = stub.reply(200, "true")

local function numbers(n)
  local list = {}
  for i = 1, n do list[i] = tostring(1000 + i) end
  return list
end

--- Answers a list with the account of the request in it.
local function echo(request)
  return stub.reply(200, ('{"data":[{"id":"%s"}]}'):format(request.url:match("/(%d+)/")))
end

local function read(client, account)
  local users, err = client:assigned_users(account, "1")
  return users and users[1].id, err
end

--- Runs a function in a coroutine that answers every request a transport yields, in turn.
local function with_scheduler(answer, fn)
  local outer = coroutine.create(fn)
  local result = { coroutine.resume(outer) }
  local most = 0
  while coroutine.status(outer) ~= "dead" do
    most = most + 1
    assert(most < 10000)
    result = { coroutine.resume(outer, answer(result[2])) }
  end
  assert(result[1], result[2])
  return (table.unpack or unpack)(result, 2) -- luacheck: ignore
end

describe("map", function()
  describe("refuses", function()
    local client
    before_each(function() client = stub.client(echo) end)

    local cases = {
      { "inputs that are none", "inputs must be", 5, print },
      { "what is no function", "must be a function", {}, 5 },
      { "options that are none", "options must be a table", {}, print, "fast" },
      { "an unknown option", "unknown option 'speed'", {}, print, { speed = 1 } },
      { "an option of a wrong type", "must be a function", {}, print, { on_progress = 1 } },
      { "a concurrency that is no number", "from 1 to 256", {}, print, { concurrency = 0 / 0 } },
      { "no concurrency", "from 1 to 256", {}, print, { concurrency = 0 } },
      { "half a concurrency", "from 1 to 256", {}, print, { concurrency = 1.5 } },
      { "too much of it", "from 1 to 256", {}, print, { concurrency = 257 } },
    }
    for _, case in ipairs(cases) do
      it(case[1], function()
        local sound, message = pcall(client.map, client, case[3], case[4], case[5])
        assert.is_false(sound)
        assert.matches(case[2], message, 1, true)
      end)
    end

    it("a map in a map, and goes on", function()
      local results, errors = client:map({ "1", "2" }, function(account)
        if account == "1" then return client:map({}, print) end
        return read(client, account)
      end)
      assert.matches("in a map already", errors[1])
      assert.equal("2", results[2])
      assert.same({}, (client:map({}, print)))
    end)
  end)

  it("of nothing is nothing", function()
    local results, errors, stopped = stub.client(echo):map({}, error)
    assert.same({ {}, {} }, { results, errors })
    assert.is_nil(stopped)
  end)

  it("takes inputs from a function", function()
    local client, left = stub.client(echo), 50
    local results = client:map(function()
      left = left - 1
      return left >= 0 and tostring(100 + left) or nil
    end, function(account) return read(client, account) end)
    assert.equal(50, #results)
    assert.equal("149", results[1])
  end)

  it("tells true, nothing, false, nil and an error apart", function()
    local returns = {
      function() return 7 end, function() end, function() return false end,
      function() return nil, "why" end, function() return false, "why" end,
      function() error("raised", 0) end, function() return nil, false end,
    }
    local results, errors = stub.client(echo):map(returns, function(fn) return fn() end)
    assert.same({ 7, true }, results)
    assert.same({ [3] = "no reason given", [4] = "why", [5] = "why", [6] = "raised", [7] = false },
      errors)
  end)

  it("lets one call elsewhere go on as ever", function()
    local client = stub.client(function() return (coroutine.yield("asked")) end)
    local outer = coroutine.create(function()
      return client:map({ "1" }, function() return client:system_users("5") end)
    end)
    assert.equal("asked", select(2, coroutine.resume(outer)))
    local other = coroutine.create(function() return client:system_users("6") end)
    assert.equal("asked", select(2, coroutine.resume(other)))
    local _, users = coroutine.resume(other, stub.reply(200, '{"data":[]}'))
    assert.same({}, users)
    local _, results = coroutine.resume(outer, stub.reply(200, '{"data":[{"id":"9"}]}'))
    assert.same({ { { id = "9" } } }, results)
  end)
end)

-- The same over every driver.
local server
local function over(name, run)
  describe("map over " .. name, function()
    setup(function() server = server or servers.start() end)

    it("answers by position, in whatever order the answers come", function()
      run(function(client)
        local accounts = { world.waba, world.team_waba, "31", world.partner_waba, "32" }
        local inputs = {}
        for i = 1, 60 do inputs[i] = accounts[i % 5 + 1] end
        local results, errors, stopped = client:map(inputs, function(account)
          local users, err = client:assigned_users(account, world.business)
          if not users then return nil, err end
          return account .. "/" .. #users
        end)
        assert.is_nil(stopped)
        for i, account in ipairs(inputs) do
          if #account == 2 then
            assert.equal("not_found", errors[i].kind)
            assert.is_nil(results[i])
          else
            assert.equal(account .. (account == world.team_waba and "/3" or "/0"), results[i])
            assert.is_nil(errors[i])
          end
        end
      end)
    end)

    it("takes a function of several calls and any control flow", function()
      run(function(client)
        local done = {}
        local results, errors = client:map({ 1, 2, 3, 4 }, function(n)
          for _ = 1, n do
            local sound, users = pcall(client.system_users, client, world.business)
            if not sound then error(users, 0) end
            done[n] = (done[n] or 0) + #users
          end
          if n == 4 then error { "a table" } end
          return client:assign(world.waba, world.spare_user, "MANAGE")
        end)
        assert.same({ true, true, true }, results)
        assert.same({ [4] = { "a table" } }, errors)
        assert.same({ 3, 6, 9, 12 }, done)
      end)
    end)

    it("may be run twice, and the client be used between and after", function()
      run(function(client)
        for _ = 1, 2 do
          local results = client:map({ 1, 2, 3 }, function()
            return client:system_users(world.business)
          end)
          assert.equal(3, #results)
          assert.equal(3, #client:system_users(world.business))
        end
      end)
    end)
  end)
end

over("a plain transport", function(use)
  local sandbox = require("waba.sandbox").new()
  use(assert(waba.new { access_token = world.admin_token, transport = sandbox }))
end)

over("a transport that yields", function(use)
  local sandbox = require("waba.sandbox").new()
  local client = assert(waba.new { access_token = world.admin_token,
    transport = function(request) return coroutine.yield(request) end })
  with_scheduler(sandbox, function() use(client) end)
end)

over("libcurl, many at once", function(use)
  local client = assert(waba.new { access_token = world.admin_token, base_url = server.url })
  use(client)
  client:close()
end)

describe("map over libcurl", function()
  setup(function() server = server or servers.start() end)
  before_each(function() server:control("POST", "/reset") end)
  teardown(function() server:stop() end)

  local function open(options)
    options.access_token, options.base_url = world.admin_token, server.url
    return assert(waba.new(options))
  end

  it("has as many at work as told, more than there are connections too", function()
    for _, concurrency in ipairs { 1, 3, 64 } do
      server:control("POST", "/reset") -- its usage headers are real, and so is what heeds them
      local client = open {}
      local most, now = 0, 0
      local results = client:map(numbers(80), function()
        now = now + 1
        most = math.max(most, now)
        local users = client:system_users(world.business)
        now = now - 1
        return #users
      end, { concurrency = concurrency })
      assert.equal(80, #results)
      assert.equal(concurrency, most)
    end
  end)

  it("tells each call its own failure of the wire", function()
    server:control("POST", "/faults", '{"method":"GET","wire":"half","nth":2}')
    server:control("POST", "/faults", '{"method":"POST","wire":"reset","times":99}')
    local client = open { max_attempts = 1 }
    local results, errors = client:map({ 1, 2, 3, 4, 5 }, function(i)
      if i == 5 then return client:assign(world.waba, world.spare_user, "MANAGE") end
      return client:system_users(world.business)
    end, { concurrency = 1 })
    assert.equal("network", errors[2].kind)
    assert.equal("indeterminate", errors[5].kind)
    assert.is_truthy(results[1] and results[3] and results[4])
  end)

  it("survives a client that is closed while requests are in flight", function()
    for _ = 1, 3 do
      local client = open {}
      local kinds = {}
      local _, errors, stopped = client:map(numbers(14), function(i)
        if i == "1003" then client:close() end
        collectgarbage()
        return client:system_users(world.business)
      end, { concurrency = 8 })
      assert.is_nil(stopped)
      for _, err in pairs(errors) do kinds[err.kind] = true end
      assert.is_true(kinds.closed)
      kinds.closed = nil
      kinds.auth = nil -- what had left with the token may still be answered either way
      assert.same({}, kinds)
    end
  end)
end)

describe("libcurl's multi handle", function()
  local curl = require "waba.curl"
  local settings = core.settings { access_token = "x", base_url = "http://127.0.0.1:1",
    max_attempts = 1 }

  local function sending()
    local call = core.calls.assign(settings, "1", "2", "MANAGE")
    assert.equal("send", call:step(0, 0))
    return call
  end

  it("says when every place is taken, and has room again", function()
    local multi = curl.multi(settings)
    for i = 1, 256 do assert.equal(i, multi:add(sending())) end
    local waiting = sending()
    assert.is_false(multi:add(waiting))
    local call
    repeat call = multi:poll(0.1) until call
    assert.equal("network", select(2, call:step(0, 0)).kind)
    assert.is_truthy(multi:add(waiting))
    multi:close()
    multi:close()
    assert.is_nil(multi:poll(0))
  end)

  it("may be closed or dropped with requests in flight, calls and all", function()
    for i = 1, 6 do
      local multi = curl.multi(settings)
      for _ = 1, 20 do multi:add(sending()) end
      multi:poll(0)
      if i % 2 == 0 then multi:close() end
      multi = nil -- luacheck: ignore
      collectgarbage()
      collectgarbage()
    end
  end)

  it("keeps the calls it works for alive", function()
    local multi = curl.multi(settings)
    for _ = 1, 20 do multi:add(sending()) end
    collectgarbage()
    collectgarbage()
    for _ = 1, 20 do
      local call
      repeat call = multi:poll(0.1) until call
      assert.equal("network", select(2, call:step(0, 0)).kind)
    end
  end)

  it("refuses a call that has nothing to send", function()
    local multi = curl.multi(settings)
    local call = core.calls.assign(settings, "1", "2", "MANAGE")
    assert.has_error(function() multi:add(call) end)
    assert.has_error(function() multi:add({}) end)
  end)
end)

describe("a map that is broken off", function()
  local function stopped_by(raise, options)
    options = options or {}
    local client = stub.client(function(request)
      for _ = 1, request.url:match("/(%d+)/") % 7 do coroutine.yield() end
      return DONE
    end)
    local reported = {}
    options.concurrency = options.concurrency or 4
    if options.on_result then
      options.on_result = function(input, value, err)
        reported[#reported + 1] = { input, value, err }
        raise(#reported)
      end
    else
      options.on_progress = function(done) raise(done) end
    end
    local results, errors, stopped
    with_scheduler(function() end, function()
      results, errors, stopped = client:map(numbers(100), function(account)
        return client:assign(account, "1", "MANAGE")
      end, options)
    end)
    return stopped, results, errors, reported, client
  end

  local function once(n, what)
    return function(done) if done == n then error(what, 0) end end
  end

  it("by Ctrl-C lets what is in flight end, begins nothing more, and says what was not", function()
    local stopped, results, errors, _, client = stopped_by(once(10, "x.lua:1: interrupted!"))
    assert.matches("interrupted!", stopped.reason)
    assert.equal(100, stopped.total)
    assert.is_true(stopped.begun >= 10 and stopped.begun < 20)
    assert.equal(stopped.begun, #results)
    assert.same({}, errors)
    assert.same({}, stopped.abandoned)
    assert.is_nil(client.turns)
  end)

  it("by an error in a callback, whatever is raised, likewise", function()
    for _, what in ipairs { "a bug", { "a table" }, false } do
      local stopped, results = stopped_by(once(3, what))
      assert.same(what, stopped.reason)
      assert.equal(stopped.begun, #results)
    end
  end)

  it("goes on telling on_result while it drains, though that raises each time", function()
    local function raise() error("again", 0) end
    local stopped, _, _, reported = stopped_by(raise, { on_result = true })
    assert.equal("again", stopped.reason)
    assert.equal("again", stopped.again)
    assert.equal(stopped.begun, #reported)
    assert.same({}, stopped.abandoned)
  end)

  it("by a second Ctrl-C ends at once, and names what has no outcome", function()
    local stopped, results = stopped_by(once(1, "interrupted!"), {})
    assert.same({}, stopped.abandoned)
    assert.equal(stopped.begun, #results)
    local function interrupt() error("interrupted!", 0) end
    local twice, _, _, reported = stopped_by(interrupt, { on_result = true, concurrency = 8 })
    assert.equal("interrupted!", twice.again)
    assert.equal(twice.begun, #reported + #twice.abandoned)
    assert.is_true(#reported < 8)
  end)

  it("by inputs that raise drains what they gave before", function()
    local client, given = stub.client(echo), 0
    local results, _, stopped = client:map(function()
      given = given + 1
      if given == 6 then error("no more", 0) end
      return "12"
    end, function(account) return read(client, account) end, { concurrency = 2 })
    assert.equal("no more", stopped.reason)
    assert.equal(5, stopped.begun)
    assert.equal(5, #results)
  end)

  it("by an interrupt inside fn counts that input among the abandoned", function()
    local client = stub.client(echo)
    local results, errors, stopped = client:map(numbers(20), function(account)
      if account == "1002" then error("x:1: interrupted!", 0) end
      return read(client, account)
    end, { concurrency = 4 })
    assert.same({ 2 }, stopped.abandoned)
    assert.equal("1001", results[1])
    assert.same({}, errors)
    assert.is_true(stopped.begun < 10)
  end)

  it("by a clock that is interrupted, or that only raises, comes to an end", function()
    for _, always in ipairs { true, false } do
      local clock = stub.clock()
      local sleep, times = clock.sleep, 0
      clock.sleep = function(seconds)
        times = times + 1
        if always or times == 1 then error("interrupted!", 0) end
        sleep(seconds)
      end
      local client = stub.client({ stub.reply(503, ""), echo }, { clock = clock, max_attempts = 2 })
      local results, _, stopped = client:map({ "1" }, function(a) return read(client, a) end)
      assert.equal("interrupted!", stopped.reason)
      assert.same(always and {} or { "1" }, results)
      assert.same(always and { 1 } or {}, stopped.abandoned)
    end
  end)

  it("by a real SIGINT drains, and says how far it came", function()
    if rawget(_G, "jit") then return end -- LuaJIT may raise anywhere; compiled code not at all
    local url = servers.start()
    command.with_file([[
      local waba, world = require "waba", require("waba.sandbox").world
      local client = waba.new { access_token = world.admin_token, base_url = os.getenv "URL" }
      local inputs = function() return world.waba end
      local results, errors, stopped = client:map(inputs, function(account)
        return client:assigned_users(account, world.business)
      end, { on_progress = function(done)
        if done == 50 then io.popen("kill -INT $PPID"):close() end
        if done == 150 then error("never interrupted") end
      end })
      assert(stopped and tostring(stopped.reason):find("interrupted!$"), stopped and stopped.reason)
      assert(#stopped.abandoned == 0, "abandoned")
      assert(stopped.begun < 100, "late")
      assert(#results == stopped.begun and next(errors) == nil, "results")
      print("drained")]], function(path)
      local output = command.lua(path, { URL = url.url })
      url:stop()
      assert.equal("drained\n", output)
    end)
  end)
end)

describe("map", function()
  --- Growth of memory, in KB, over so many inputs after as many that warm up.
  local function growth(n)
    local client = stub.client(DONE)
    client.driver.exchange = function(call) call:feed(DONE) end -- the stub keeps its requests
    local function run(count)
      local given, seen = 0, 0
      client:map(function()
        given = given + 1
        return given <= count and "102290129340398" or nil
      end, function(account) return client:assign(account, "1", "MANAGE") end,
        { on_result = function(_, value) seen = seen + (value and 1 or 0) end })
      assert(seen == count)
      collectgarbage()
      collectgarbage()
      return collectgarbage("count")
    end
    local before = run(1000)
    return run(n) - before
  end

  it("keeps nothing with on_result: memory is flat", function()
    assert.is_true(growth(20000) < 200)
  end)

  it("is not stopped by a transport that raises in a line of writes", function()
    local sent = 0
    local client = stub.client(function()
      sent = sent + 1
      coroutine.yield()
      if sent == 2 then error("a transport's bug", 0) end
      return DONE
    end)
    local results, errors
    with_scheduler(function() end, function()
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

  it("has one write in flight for an account, and many for many; reads do not wait", function()
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
    with_scheduler(function() end, function()
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

  it("does not let a call wait in line longer than it may last", function()
    local clock, sent = stub.clock(), 0
    local client = stub.client(function(_, timeout)
      sent = sent + 1
      coroutine.yield()
      clock.sleep(2)
      assert(timeout <= 5)
      return DONE
    end, { clock = clock, timeout = 5 })
    local began = clock.now()
    local results, errors
    with_scheduler(function() end, function()
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

  it("lets a call that is late leave the line, though it does not move", function()
    local clock = stub.clock()
    local client = stub.client(function()
      for _ = 1, 10 do coroutine.yield() end
      return DONE
    end, { clock = clock })
    local ended, errors, began = {}, nil, clock.now()
    with_scheduler(function() clock.sleep(1) end, function()
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

  it("gives the place of one that waits for its budget to others", function()
    local clock = stub.clock()
    local client = stub.client(echo, { clock = clock })
    local held = {}
    client.driver.budget = {
      delay = function(_, call)
        local account = call:account()
        if account ~= "1001" or held[call] then return 0 end
        held[call] = true
        return 30
      end,
      learn = function() end,
    }
    local order = {}
    client:map(numbers(20), function(account)
      read(client, account)
      order[#order + 1] = account
    end, { concurrency = 1 })
    assert.equal(20, #order)
    assert.equal("1001", order[20])
  end)

  it("tells of progress, once for each", function()
    local client, told = stub.client(echo), {}
    client:map(numbers(10), function(account)
      if account == "1004" then return nil, "x" end
      return read(client, account)
    end, { on_progress = function(...) told[#told + 1] = { ... } end })
    assert.equal(10, #told)
    assert.same({ 10, 10, 1 }, told[10])
  end)
end)
