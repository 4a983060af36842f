--- map: one function over many inputs. Over a stub, a transport that yields, and libcurl.

local command = require "spec.support.command"
local core = require "waba.core"
local numbered = require "spec.support.numbered"
local scheduled = require "spec.support.scheduled"
local servers = require "spec.support.server"
local stub = require "spec.support.stub"
local waba = require "waba"
local world = require("waba.sandbox").world

local DONE, numbers, echo, read = numbered.DONE, numbered.numbers, numbered.echo, numbered.read

describe("map", function()
  describe("refuses", function()
    local client
    before_each(function() client = stub.client(echo) end)

    local cases = {
      { "inputs that are none", "inputs must be", 5, print },
      { "a hole", "inputs has a hole at 2", { "a", nil, "c", "d" }, print },
      { "a hole that only the keys show", "inputs has a hole at 2", { "a", [5] = "c" }, print },
      { "what is no function", "must be a function", {}, 5 },
      { "options that are none", "options must be a table", {}, print, "fast" },
      { "false for options", "options must be a table", {}, print, false },
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

  it("takes what can be called for a function", function()
    local left = 3
    local inputs = setmetatable({}, { __call = function()
      left = left - 1
      return left >= 0 and "12" or nil
    end })
    local client = stub.client(echo)
    assert.same({ "12", "12", "12" },
      (client:map(inputs, function(account) return read(client, account) end)))
  end)

  it("tells of a hole that comes later", function()
    local client, inputs = stub.client(echo), numbers(9)
    local results, _, stopped = client:map(inputs, function(account)
      inputs[5] = nil
      return read(client, account)
    end, { concurrency = 1 })
    assert.equal(4, #results)
    assert.equal("map: inputs has a hole at 5", stopped.reason)
  end)

  it("asks for inputs beside the work, never twice at once", function()
    local client, asking, given = nil, false, 0
    client = stub.client(function(request)
      client.claim.turns:await({}, request.url:find("/99/") and 10 or 1)
      return echo(request)
    end, { clock = (stub.clock()) })
    local began, ended = client.driver.now(), {}
    local results, errors = client:map(function()
      assert(not asking)
      asking = true
      if given == 4 then assert(read(client, "99")) end
      asking, given = false, given + 1
      return given <= 8 and tostring(given) or nil
    end, function(account)
      local id, err = read(client, account)
      ended[account] = client.driver.now() - began
      return id, err
    end, { concurrency = 4 })
    assert.same({}, errors)
    assert.same({ "1", "2", "3", "4", "5", "6", "7", "8" }, results)
    for i = 1, 8 do assert.equal(i <= 4 and 1 or 12, ended[tostring(i)]) end
  end)

  it("takes the items of a list as inputs, page by page", function()
    local client = stub.client(function(request)
      if not request.url:find("owned") then return echo(request) end
      local page = request.url:find("after=") and ""
        or ',"paging":{"next":"x","cursors":{"after":"c"}}'
      return stub.reply(200, ('{"data":[{"id":"%d"},{"id":"%d"}]%s}'):format(
        #page == 0 and 13 or 11, #page == 0 and 14 or 12, page))
    end)
    local results, errors, stopped = client:map(client:each("owned_accounts", "1"),
      function(account) return read(client, account.id) end)
    assert.same({ "11", "12", "13", "14" }, results)
    assert.same({}, errors)
    assert.is_nil(stopped)
  end)

  it("raises a yield that nobody takes in fn, and goes on", function()
    command.with_file([[
      local client = require("spec.support.stub").client(function() return nil, "no" end)
      local results, errors, stopped = client:map({ 1, 2, 3, 4 }, function(i)
        if i == 2 then return coroutine.yield("stray") end
        if i == 3 then coroutine.yield("stray") end
        return i
      end)
      assert(results[1] == 1 and results[4] == 4 and not stopped)
      for i = 2, 3 do assert(errors[i]:find("attempt to yield where nobody takes it")) end
      print("done")]], function(path)
      assert.equal("done\n", (command.lua(path)))
    end)
  end)

  it("may be run again where a map was dropped half-way", function()
    local client = stub.client(function(request)
      coroutine.yield()
      return echo(request)
    end)
    local dropped = coroutine.create(function()
      return client:map({ "1", "2" }, function(account) return read(client, account) end)
    end)
    assert(coroutine.resume(dropped))
    assert.is_not_nil(client.claim)
    dropped = nil -- luacheck: ignore
    local driver = client.driver
    scheduled(function() end, function()
      local results = client:map({ "3" }, function(account) return read(client, account) end)
      assert.same({ "3" }, results)
    end)
    assert.is_nil(client.claim)
    assert.not_equal(driver, client.driver)
  end)

  it("tells true, nothing, false, nil and an error apart", function()
    local returns = {
      function() return 7 end, function() end, function() return false end,
      function() return nil, "why" end, function() return false, "why" end,
      function() error("raised", 0) end, function() return nil, false end,
      function() error() end, function() error(false) end, -- luacheck: ignore
    }
    local results, errors = stub.client(echo):map(returns, function(fn) return fn() end)
    assert.same({ 7, true }, results)
    assert.same({ [3] = "no reason given", [4] = "why", [5] = "why", [6] = "raised",
      [7] = "no reason given", [8] = "no reason given", [9] = "no reason given" }, errors)
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
  scheduled(sandbox, function() use(client) end)
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
