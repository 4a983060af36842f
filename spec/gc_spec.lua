--- The collector at its most aggressive, objects half built, closed, or at the wrong place.

local core = require "waba.core"
local curl = require "waba.curl"
local raw = require "spec.support.raw"
local stub = require "spec.support.stub"
local waba = require "waba"

local function collect()
  collectgarbage()
  collectgarbage()
end

-- In a process of its own each: a collection takes as long as there is to look at, and in here that
-- is the whole suite.
describe("under a collector that never rests", function()
  local function survives(case)
    local pipe = assert(io.popen(raw.interpreter() .. " spec/support/gc_stress.lua "
      .. raw.quote(case) .. " 2>&1"))
    local output = pipe:read("*a")
    pipe:close()
    assert.equal("survived", (output:gsub("%s+$", "")))
  end

  it("every operation succeeds", function() survives("success") end)
  it("every operation fails with its error whole", function() survives("failure") end)
  it("lists of many pages come whole", function() survives("pages") end)
  it("bad arguments and options leave nothing half built", function() survives("refusal") end)
  it("retries and tokens from functions go on", function() survives("retry") end)
  it("JSON is read and written", function() survives("json") end)
  it("a client may be closed by a finaliser", function() survives("closed_by_a_finaliser") end)
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
    local easy = curl.easy(core.settings { access_token = "x", base_url = "http://127.0.0.1:1" })
    collect()
    for _ = 1, 2 do
      local call = core.calls.assign(core.settings { access_token = "x", max_attempts = 1,
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
    for _ = 1, 10 do curl.easy(core.settings { access_token = "x" }) end
    collect()
  end)
end)

describe("the collector", function()
  --- Whether what `make` returns is collected once nobody holds it.
  local function is_collected(make)
    local weak = setmetatable({}, { __mode = "v" })
    -- On a stack of its own, or a dead slot of this one might still hold it.
    coroutine.wrap(function() weak[1] = make() end)()
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
      return curl.easy(core.settings { access_token = "x" })
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
    return { settings, core.calls.assign(settings, "1", "2", "MANAGE"), curl.easy(settings) }
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
