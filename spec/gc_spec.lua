--- The collector at its most aggressive, objects half built, closed, or at the wrong place.

local core = require "waba.core"
local stub = require "spec.support.stub"
local waba = require "waba"

local unpack = table.unpack or unpack -- luacheck: ignore

local function collect()
  collectgarbage()
  collectgarbage()
end

--- Runs an action with a collection after every few instructions and allocations.
local function aggressively(action)
  local pause, step = collectgarbage("setpause", 0), collectgarbage("setstepmul", 1000000)
  debug.sethook(function() collectgarbage() end, "", 7)
  local results = { pcall(action) }
  debug.sethook()
  collectgarbage("setpause", pause)
  collectgarbage("setstepmul", step)
  assert(unpack(results))
end

describe("under a collector that never rests", function()
  it("every operation succeeds", function()
    aggressively(function()
      for _, operation in ipairs(stub.OPERATIONS) do
        local body = operation:find("users") and '{"data":[{"id":"1","tasks":["A","B"]}]}' or "true"
        assert(stub.outcome(operation, stub.reply(200, body)))
      end
    end)
  end)

  it("every operation fails with its error whole", function()
    aggressively(function()
      for _, operation in ipairs(stub.OPERATIONS) do
        local err = stub.failure(operation, stub.graph_error(400, { message = "a message",
          code = 100, error_subcode = 33, error_user_title = "a title",
          error_data = '{"details":"details"}' }))
        assert(err.message == "a message" and err.title == "a title")
        assert(err.user_message == "details")
      end
    end)
  end)

  it("lists of many pages come whole", function()
    aggressively(function()
      local users = stub.outcome("system_users", {
        stub.reply(200, '{"data":[{"id":"1"}],"paging":{"cursors":{"after":"a"},"next":"x"}}'),
        stub.reply(200, '{"data":[{"id":"2"}],"paging":{"next":"https:\\/\\/x\\/?after=b%3D"}}'),
        stub.reply(200, '{"data":[{"id":"3"}],"summary":{"total_count":3}}'),
      })
      assert(#users == 3 and users[3].id == "3")
    end)
  end)

  it("bad arguments and options are refused and leave nothing half built", function()
    aggressively(function()
      local client = stub.client(stub.reply(200, "true"))
      local _, err = client:assign("1", "2", { "MANAGE", "no" })
      assert(err.kind == "invalid")
      assert(not pcall(client.assign, client, "1", "2", { "MANAGE", 5 }))
      assert(not pcall(client.system_users, client, "1", { fields = { "a", 5 } }))
      assert(not waba.new { access_token = "a b", app_secret = "x", api_version = "v25.0" })
      assert(not pcall(waba.new, { access_token = "x", app_secret = "x", proxy = 5 }))
    end)
  end)

  it("retries and tokens from functions go on", function()
    aggressively(function()
      local count = 0
      assert(stub.outcome("assign", {
        stub.graph_error(503, { code = 2 }), stub.graph_error(400, { code = 4 }),
        stub.reply(200, "true"),
      }, { max_attempts = 3, app_secret = "secret", access_token = function()
        count = count + 1
        return "TOKEN" .. count
      end }))
    end)
  end)

  it("JSON is read and written", function()
    aggressively(function()
      local value = assert(core.json.decode('{"a":[null,{"id":12345,"b":null}],"c":"\\u00e9"}'))
      assert(value.a[1].id == "12345" and value.c == "é")
      assert(core.json.decode(core.json.encode(value)))
    end)
  end)
end)

describe("a call", function()
  it("keeps its settings alive", function()
    local call = core.calls.assign(core.settings { access_token = "KEPT" }, "1", "2", "MANAGE")
    collect()
    assert.equal("send", call:step(0, 0))
    collect()
    assert.equal("Bearer KEPT", call:request().headers.Authorization)
  end)

  it("may be dropped in any state", function()
    local settings = core.settings { access_token = "x", max_attempts = 3 }
    local again = { status = 503, body = '{"error":{"code":2}}' }
    for depth = 0, 4 do
      local call = core.calls.assign(settings, "1", "2", "MANAGE")
      local steps = {
        function() call:step(0, 0) end, function() call:request() end,
        function() call:feed(again) end, function() call:step(0, 0) end,
      }
      for i = 1, depth do steps[i]() end
    end
    collect()
    assert.is_false(settings:closed())
  end)

  it("outlives a page it gave", function()
    local call = core.calls.system_users(core.settings { access_token = "x" }, "1")
    call:step(0, 0)
    call:feed { status = 200, body = '{"data":[{"id":"1"}],"summary":{"total_count":5}}' }
    local _, items, summary = call:step(0, 0)
    call = nil -- luacheck: ignore
    collect()
    assert.same({ { id = "1" } }, items)
    assert.same({ total_count = 5 }, summary)
  end)
end)

describe("libcurl's handle", function()
  it("keeps its settings alive, may be closed twice and be used again", function()
    local easy = core.easy(core.settings { access_token = "x", base_url = "http://127.0.0.1:1" })
    collect()
    for _ = 1, 2 do
      local call = core.calls.assign(core.settings { access_token = "x",
        base_url = "http://127.0.0.1:1" }, "1", "2", "MANAGE")
      call:step(0, 0)
      easy:exchange(call)
      local _, err = call:step(0, 0)
      assert.equal("network", err.kind)
      easy:close()
      easy:close()
    end
  end)

  it("may be dropped without having been used", function()
    for _ = 1, 10 do core.easy(core.settings { access_token = "x" }) end
    collect()
  end)
end)

describe("the collector", function()
  --- Whether what `make` returns is collected once nobody holds it.
  local function is_collected(make)
    local weak = setmetatable({}, { __mode = "v" })
    weak[1] = make()
    collect()
    return weak[1] == nil
  end

  it("takes a client that nobody holds", function()
    assert.is_true(is_collected(function() return (stub.client(stub.reply(200, "true"))) end))
  end)

  it("takes a client that was used, and one over libcurl", function()
    assert.is_true(is_collected(function()
      local client = stub.client(stub.reply(200, "true"))
      stub.call(client, "assign")
      return client
    end))
    assert.is_true(is_collected(function() return assert(waba.new { access_token = "x" }) end))
  end)

  it("takes a client whose transport refers to it", function()
    assert.is_true(is_collected(function()
      local client
      client = stub.client(function()
        client:close()
        return stub.reply(200, "true")
      end)
      stub.call(client, "assign")
      return client
    end))
  end)

  it("takes settings, calls and handles", function()
    assert.is_true(is_collected(function() return core.settings { access_token = "x" } end))
    assert.is_true(is_collected(function()
      return core.calls.system_users(core.settings { access_token = "x" }, "1")
    end))
    assert.is_true(is_collected(function()
      return core.easy(core.settings { access_token = "x" })
    end))
  end)

  it("leaves a client alone that is in a call", function()
    local client
    client = stub.client(function()
      client = nil
      collect()
      return stub.reply(200, '{"data":[{"id":"1"}]}')
    end)
    local users = client:system_users("1")
    assert.same({ { id = "1" } }, users)
  end)
end)

describe("finalisers", function()
  local function objects()
    local settings = core.settings { access_token = "x" }
    return { settings, core.calls.assign(settings, "1", "2", "MANAGE"), core.easy(settings) }
  end

  it("cannot be reached, so nobody can run one twice", function()
    for _, object in ipairs(objects()) do
      assert.is_false(getmetatable(object))
      assert.is_nil(object.__gc)
      assert.is_nil(object.__close)
    end
  end)

  it("cannot be reached through the methods either", function()
    for _, object in ipairs(objects()) do
      assert.has_error(function() object.new_method = print end)
    end
  end)

  it("do no harm when they run on what was closed", function()
    do
      local list = objects()
      list[1]:close()
      list[3]:close()
    end
    collect()
  end)

  if _VERSION == "Lua 5.4" then
    it("serve for <close> too, and twice is once", function()
      local settings = core.settings { access_token = "x" }
      local chunk = assert(load("local a <close>, core = ...; local b <close> = a"))
      chunk(settings)
      assert.is_true(settings:closed())
      collect()
    end)
  end
end)

describe("a client whose coroutine is suspended in the transport", function()
  local function suspended(operation)
    local client = stub.client(function()
      coroutine.yield()
      return stub.reply(200, operation == "assign" and "true" or '{"data":[]}')
    end)
    local thread = coroutine.create(function() return stub.call(client, operation) end)
    assert(coroutine.resume(thread))
    return client, thread
  end

  it("may be closed, and the call ends as closed", function()
    local client, thread = suspended("system_users")
    client:close()
    collect()
    local _, result, err = coroutine.resume(thread)
    assert.is_nil(result)
    assert.equal("closed", err.kind)
  end)

  it("may be closed, and a write that succeeded says so", function()
    local client, thread = suspended("assign")
    client:close()
    local _, result = coroutine.resume(thread)
    assert.is_true(result)
  end)

  it("may be dropped together with the coroutine", function()
    for _ = 1, 20 do suspended("assign") end
    collect()
  end)

  it("may be dropped alone: the coroutine keeps what it needs", function()
    local thread = select(2, suspended("assign"))
    collect()
    local _, result = coroutine.resume(thread)
    assert.is_true(result)
  end)
end)
