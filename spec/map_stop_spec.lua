--- map, broken off: by Ctrl-C, by an error in a callback, by inputs that fail.

local command = require "spec.support.command"
local numbered = require "spec.support.numbered"
local scheduled = require "spec.support.scheduled"
local servers = require "spec.support.server"
local stub = require "spec.support.stub"

local DONE, EMPTY = numbered.DONE, numbered.EMPTY
local numbers, echo, read = numbered.numbers, numbered.echo, numbered.read

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
    scheduled(function() end, function()
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
    assert.is_nil(client.claim)
  end)

  it("by inputs that raise asks for none again, and keeps the positions", function()
    local asked, line = 0, 0
    local client = stub.client(echo)
    local results, _, stopped = client:map(function()
      asked, line = asked + 1, line + 1
      if line == 3 then error("line 3 is bad", 0) end
      return tostring(line)
    end, function(account) return read(client, account) end, { concurrency = 64 })
    assert.equal("line 3 is bad", stopped.reason)
    assert.equal(3, asked)
    assert.equal(2, stopped.begun)
    assert.same({ "1", "2" }, results)
  end)

  it("begins nothing more in the same turn", function()
    local sent = 0
    local function answer()
      sent = sent + 1
      return DONE
    end
    local function assign_all(client, fn)
      client:map(numbers(500), function(account)
        fn(account)
        return client:assign(account, "1", "MANAGE")
      end, { concurrency = 64 })
    end
    assign_all(stub.client(answer, { on_event = function(event)
      if event.type == "request" then error("a bug", 0) end
    end }), function() end)
    assert.equal(1, sent)
    sent = 0
    assign_all(stub.client(answer), function(account)
      if account == "1001" then error("interrupted!", 0) end
    end)
    assert.equal(0, sent)
  end)

  it("by an error in a callback, whatever is raised, likewise", function()
    for _, what in ipairs { "a bug", { "a table" }, false } do
      local stopped, results = stopped_by(once(3, what))
      assert.same(what, stopped.reason)
      assert.equal(stopped.begun, #results)
    end
  end)

  it("goes on telling on_result while it drains, though that raises each time", function()
    local function raise(count) if count > 3 then error("again", 0) end end
    local stopped, _, _, reported = stopped_by(raise, { on_result = true })
    assert.equal("again", stopped.reason)
    assert.equal("again", stopped.again)
    assert.equal(stopped.begun, #reported)
    assert.same({}, stopped.abandoned)
  end)

  it("by an error in a callback begins nothing more in the same breath", function()
    local sent = 0
    local client = stub.client(function()
      sent = sent + 1
      return DONE
    end)
    local _, _, stopped = client:map(numbers(500), function(account)
      return client:assign(account, "1", "MANAGE")
    end, { concurrency = 256, on_result = function() error("disk full", 0) end })
    assert.equal("disk full", stopped.reason)
    assert.equal(1, stopped.begun)
    assert.equal(1, sent)
  end)

  it("keeps the reason why its inputs ended, where a callback raises later", function()
    local given = 0
    local client = stub.client(function() coroutine.yield() return DONE end)
    local stopped
    scheduled(function() end, function()
      stopped = select(3, client:map(function()
        given = given + 1
        if given > 4 then return nil, "the list broke off" end
        return tostring(1000 + given)
      end, function(account) return client:assign(account, "1", "MANAGE") end,
        { concurrency = 8, on_result = function() error("disk full", 0) end }))
    end)
    assert.equal("the list broke off", stopped.reason)
    assert.equal("disk full", stopped.again)
  end)

  it("by Ctrl-C while inputs are asked for shifts no position", function()
    local client, given = stub.client(echo), 0
    local results, _, stopped = client:map(function()
      given = given + 1
      if given == 3 then error("x.lua:1: interrupted!", 0) end -- it was on its way out
      return tostring(1000 + given)
    end, function(account) return read(client, account) end, { concurrency = 1 })
    assert.same({ "1001", "1002" }, results)
    assert.equal(3, stopped.begun)
    assert.same({ 3 }, stopped.abandoned)
  end)

  it("while an input is waited for counts none for it", function()
    local client = stub.client(function() return EMPTY end)
    local given, stopped = 0, nil
    scheduled(function() end, function()
      stopped = select(3, client:map(function()
        given = given + 1
        if given == 3 then client.claim.turns:await({}, 0.05) end
        return tostring(1000 + given)
      end, function(account)
        if account == "1002" then
          client.claim.turns:pass()
          error("x.lua:1: interrupted!", 0)
        end
        return true
      end, { concurrency = 4 }))
    end)
    assert.equal(2, stopped.begun)
    assert.same({ 2 }, stopped.abandoned)
  end)

  it("by Ctrl-C once all is done tells all the same, and the client can map again", function()
    local client, closed = stub.client(echo), 0
    function client.many()
      return { in_flight = 0 }, nil, function()
        closed = closed + 1
        if closed == 1 then error("x.lua:1: interrupted!", 0) end
      end
    end
    local function fn(account) return read(client, account) end
    local results, _, stopped = client:map(numbers(3), fn)
    assert.same(numbers(3), results)
    assert.equal("x.lua:1: interrupted!", stopped.reason)
    assert.equal(2, closed)
    assert.is_nil(client.claim)
    assert.same(numbers(3), (client:map(numbers(3), fn)))
  end)

  it("sends no batch that has not left, and says so", function()
    local sent, raised = 0, false
    local client = stub.client(function()
      sent = sent + 1
      return stub.reply(200, "[]")
    end, { max_attempts = 1 })
    local results, errors, stopped = client:map(numbers(40), function(account)
      if account == "1040" then
        raised = true
        error("x.lua:1: interrupted!", 0)
      end
      return client:assign(account, "1", "MANAGE")
    end, { batch = true })
    assert.is_true(raised)
    assert.equal(0, sent)
    assert.same({}, results)
    for i = 1, 39 do
      assert.same({ "closed", 0 }, { errors[i].kind, errors[i].attempts })
      assert.matches("broken off before this", errors[i].message)
    end
    assert.equal("x.lua:1: interrupted!", stopped.reason)
  end)

  it("by a second Ctrl-C ends at once, and names what has no outcome", function()
    local stopped, results = stopped_by(once(1, "interrupted!"), {})
    assert.same({}, stopped.abandoned)
    assert.equal(stopped.begun, #results)
    local function interrupt(count) if count > 1 then error("interrupted!", 0) end end
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

  it("by Ctrl-C where a transport's yield is to go out answers it with nothing, once", function()
    local yield, asked, outer = coroutine.yield, 0, nil
    coroutine.yield = function(...) -- luacheck: ignore
      if coroutine.running() == outer then
        asked = asked + 1
        if asked == 2 then error("x.lua:1: interrupted!", 0) end
      end
      return yield(...)
    end
    local client, requests = stub.client(function(request) return coroutine.yield(request) end)
    local sound, results, errors, stopped = pcall(scheduled, function() return DONE end, function()
      outer = coroutine.running()
      return client:map(numbers(3), function(account)
        return client:assign(account, "1", "MANAGE")
      end, { concurrency = 3 })
    end)
    coroutine.yield = yield -- luacheck: ignore
    assert(sound, results)
    assert.same({ true, [3] = true }, results)
    assert.equal("indeterminate", errors[2].kind)
    assert.same({ reason = "x.lua:1: interrupted!", begun = 3, total = 3, abandoned = {} }, stopped)
    assert.equal(3, #requests)
  end)

  it("refuses what fn sends in a coroutine of its own, and no call of others", function()
    local sent = {}
    local client
    client = stub.client(function(request)
      local account = request.url:match("/(%d+)/")
      sent[#sent + 1] = account
      if account == "9" then coroutine.yield() end
      return echo(request)
    end)
    local errors, stopped
    scheduled(function() if client.claim then assert(read(client, "8")) end end, function()
      errors, stopped = select(2, client:map({ "1", "2", "9" }, function(account)
        if account == "9" then return read(client, account) end
        local items = coroutine.wrap(function()
          while true do coroutine.yield(read(client, account)) end
        end)
        assert(items())
        client.claim.turns:pass()
        if account == "2" then error("interrupted!", 0) end
        client.claim.turns:await({}, 1)
        return items()
      end))
    end)
    assert.equal("closed", errors[1].kind)
    assert.same({ 1, 2 }, stopped.abandoned)
    table.sort(sent)
    assert.same({ "1", "2", "8", "9" }, sent)
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
      local results, errors, stopped = client:map({ "1" }, function(a) return read(client, a) end)
      assert.equal("interrupted!", stopped.reason)
      assert.same({}, results)
      assert.equal("transient", errors[1].kind) -- what is known: it is not tried again
      assert.same({ 1 }, stopped.abandoned)
    end
  end)

  --- A client on a clock of its own, whose requests take a second; `wire` answers them.
  local function timed(wire, options)
    options = options or {}
    options.clock = options.clock or (stub.clock())
    local client
    client = stub.client(function(request)
      client.claim.turns:await({}, 1)
      return wire(request)
    end, options)
    return client, options.clock
  end

  --- Breaks the map off after so many seconds, in on_result of an input that only waits.
  local function broken_off(client, after, works)
    local inputs, told = {}, {}
    for i, work in ipairs(works) do inputs[i] = work end
    inputs[#inputs + 1] = function() client.claim.turns:await({}, after) return "stop" end
    local _, _, stopped = client:map(inputs, function(work) return work() end, {
      concurrency = 50,
      on_result = function(work, value, err)
        told[work] = { value, err }
        if value == "stop" then error("stop", 0) end
      end,
    })
    local ended = {}
    for i, work in ipairs(works) do ended[i] = told[work] or {} end
    return ended, stopped
  end

  it("lets what is in flight come to its end, and sends nothing more", function()
    local sent = 0
    local client, clock = timed(function(request)
      sent = sent + 1
      return request.method == "GET" and EMPTY or DONE
    end)
    local began = clock.now()
    local function many(fn)
      return function()
        for i = 1, 50 do
          local done, err = fn()
          if not done then return i, err end
        end
      end
    end
    local ended, stopped = broken_off(client, 2.5, {
      many(function() return client:assigned_users("11", "1") end),
      many(function() return client:assign("12", "1", "MANAGE") end),
      function() return client:assign("12", "2", "MANAGE") end,
    })
    assert.equal(3, clock.now() - began)
    assert.equal(4, ended[1][1]) -- three are answered, the fourth is not sent
    assert.equal(6, sent)
    assert.is_true(ended[3][1])
    assert.same({ 1, 2 }, stopped.abandoned)
  end)

  it("ends at once who waits for a budget, to try again, in line, or for a place", function()
    local answers = {
      ["11"] = stub.graph_error(503, { code = 2 }, { ["retry-after"] = "600" }),
      ["12"] = stub.graph_error(400, { code = 80008 }, { ["retry-after"] = "600" }),
    }
    local client, clock = timed(function(request)
      local account = request.url:match("/(%d+)/")
      return answers[account] or request.method == "GET" and EMPTY or DONE
    end, { max_attempts = 2, timeout = 3000 })
    client.driver.budget = {
      delay = function(_, call) return call:account() == "13" and 600 or 0 end,
      learn = function() end,
    }
    local began, works = clock.now(), {}
    for i, account in ipairs { "11", "12", "13" } do
      works[i] = function() return client:assigned_users(account, "1") end
    end
    for i = 4, 8 do works[i] = function() return client:assign("14", tostring(i), "MANAGE") end end
    works[9] = function()
      client.driver.sleep(600)
      return client:assigned_users("15", "1")
    end
    local ended, stopped = broken_off(client, 2.5, works)
    assert.equal(3, clock.now() - began)
    for i, kind in pairs { "transient", "throttled", "closed", [7] = "closed", [9] = "closed" } do
      assert.equal(kind, ended[i][2].kind)
    end
    assert.matches("the map was broken off", ended[3][2].message)
    for i = 4, 6 do assert.is_true(ended[i][1]) end
    assert.same({ 1, 2, 3, 7, 8, 9 }, stopped.abandoned)
  end)

  it("in line for a second try, tells what the first met", function()
    local failed
    local client = timed(function(request)
      if failed or not (request.body or ""):find("user=1&", 1, true) then return DONE end
      failed = true
      return stub.graph_error(503, { code = 2, is_transient = true })
    end, { max_attempts = 2 })
    local function assigned(user)
      return function() return client:assign("11", user, "MANAGE") end
    end
    local ended = broken_off(client, 1.5, { assigned "1", assigned "2" })
    assert.is_true(ended[2][1])
    local err = ended[1][2]
    assert.same({ "transient", 503, 1 }, { err.kind, err.status, err.attempts })
  end)

  it("tells a list whose last page was on its way, and a write of unknown fate", function()
    local more = '{"data":[{"id":"1"}],"paging":{"next":"x","cursors":{"after":"c"}}}'
    local client = timed(function(request)
      if request.method == "POST" then return nil, "reset", "network", true end
      return request.url:find("/11/") and EMPTY or stub.reply(200, more)
    end)
    local ended, stopped = broken_off(client, 0.5, {
      function() return client:assigned_users("11", "1") end,
      function() return client:assigned_users("12", "1") end,
      function() return client:assign("13", "1", "MANAGE") end,
    })
    assert.same({}, ended[1][1])
    assert.equal("closed", ended[2][2].kind)
    assert.equal("indeterminate", ended[3][2].kind)
    assert.same({ 2 }, stopped.abandoned)
  end)

  it("hears Ctrl-C once more where fn never gives up", function()
    local client, tries = stub.client(echo), 0
    local _, _, stopped = client:map({ "1", "2" }, function(account)
      if account == "2" then error("interrupted!", 0) end
      client.claim.turns:await({}, 0.1)
      repeat
        tries = tries + 1
        if tries == 50 then client.claim.turns:raise "interrupted!" end
      until client:assigned_users(account, "1") == 5 or tries == 1000
    end)
    assert.equal("interrupted!", stopped.again)
    assert.same({ 1, 2 }, stopped.abandoned)
    assert.is_true(tries < 60)
  end)

  it("hears Ctrl-C, and others have their turns, where fn tries until a budget lets it", function()
    local clock, tries = stub.clock(), 0
    local client = stub.client(echo, { clock = clock, timeout = 5 })
    client.driver.budget = { delay = function() return 9 end, learn = function() end }
    local _, _, stopped = client:map({ "1", "2" }, function(account)
      if account == "2" then
        client.claim.turns:await({}, 0.2)
        error("interrupted!", 0)
      end
      local err
      repeat
        tries = tries + 1
        clock.sleep(0.01)
        err = select(2, read(client, account))
      until err.kind ~= "throttled" or tries == 1000
      return nil, err
    end)
    assert.equal("interrupted!", stopped.reason)
    assert.same({ 1, 2 }, stopped.abandoned)
    assert.is_true(tries < 30, tries)
  end)

  it("by on_event is not the failure of a call, and goes on telling", function()
    for _, type in ipairs { "request", "response" } do
      local told = 0
      local client = stub.client(DONE, { on_event = function(event)
        if event.type ~= type then return end
        told = told + 1
        error("bug " .. told, 0)
      end })
      local results, errors, stopped = client:map({ "1", "2", "3", "4" }, function(user)
        return client:assign("12", user, "MANAGE")
      end, { concurrency = 2 })
      assert.equal("bug 1", stopped.reason)
      assert.is_true(results[1])
      assert.same({}, errors)
      assert.is_true(stopped.begun < 4)
    end
  end)

  it("by an on_event that goes on raising waits for what is in flight", function()
    local told, client = 0, nil
    client = timed(function(request)
      client.claim.turns:await({}, request.url:match("/(%d+)/") - 10)
      return EMPTY
    end, { on_event = function(event)
      if event.type ~= "response" then return end
      told = told + 1
      error("bug " .. told, 0)
    end })
    local results, errors, stopped = client:map({ "11", "12", "19" }, function(account)
      local users = client:assigned_users(account, "1")
      client.claim.turns:await({}, 2)
      return #users
    end)
    assert.same({ 0, 0, 0 }, results)
    assert.same({}, errors)
    assert.same({ reason = "bug 1", again = "bug 3", begun = 3, total = 3, abandoned = {} },
      stopped)
  end)

  it("by inputs that fail lets those begun come to their end", function()
    for _, nothing in ipairs { "nil", "false" } do
      local given, client = 0, stub.client(echo)
      local results, errors, stopped = client:map(function()
        given = given + 1
        if given < 4 then return "12" end
        return nothing == "false" and false or nil, "no list"
      end, function(account) return read(client, account) and read(client, account) end)
      assert.same({ "12", "12", "12" }, results)
      assert.same({}, errors)
      assert.same({ reason = "no list", begun = 3, abandoned = {} }, stopped)
      assert.equal(4, given)
    end
  end)

  it("by a list of a client that cannot be read, tells why", function()
    local client = stub.client(stub.graph_error(403, { code = 200, message = "m" }))
    local results, errors, stopped = client:map(client:each("owned_accounts", "1"), error)
    assert.same({ {}, {} }, { results, errors })
    assert.equal("permission", stopped.reason.kind)
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
