--- Transports, clocks and token functions that yield, on both VMs: no C lies in between.

local stub = require "spec.support.stub"

local EMPTY = stub.reply(200, '{"data":[]}')

--- A transport that yields each request and answers what it is resumed with.
local function yielding(request, timeout)
  return coroutine.yield(request, timeout)
end

local function start(client, method, ...)
  local thread = coroutine.create(client[method])
  local ok, request = coroutine.resume(thread, client, ...)
  assert(ok, request)
  return thread, request
end

local function finish(thread, ...)
  local results = { coroutine.resume(thread, ...) }
  assert(results[1], results[2])
  return results[2], results[3]
end

describe("a transport that yields", function()
  it("gets its reply back after the resume", function()
    local thread, request = start(stub.client(yielding), "assign", "1", "2", "MANAGE")
    assert.equal("POST", request.method)
    assert.is_true(finish(thread, stub.reply(200, "true")))
    assert.equal("dead", coroutine.status(thread))
  end)

  it("may fail after the resume", function()
    local thread = start(stub.client(yielding), "assign", "1", "2", "MANAGE")
    local result, err = finish(thread, nil, "reset", "network", false)
    assert.is_nil(result)
    assert.equal("network", err.kind)
    assert.equal("reset", err.message)
  end)

  it("may raise after the resume, and the client goes on", function()
    local client = stub.client { function()
      coroutine.yield()
      error("broken", 0)
    end, EMPTY }
    local thread = start(client, "system_users", "1")
    local ok, message = coroutine.resume(thread)
    assert.is_false(ok)
    assert.equal("broken", message)
    assert.same({}, (client:system_users("1")))
  end)

  it("yields once for every page", function()
    local thread = start(stub.client(yielding), "system_users", "1")
    local more = '{"data":[{"id":"%d"}],"paging":{"cursors":{"after":"%d"},"next":"x"}}'
    for i = 1, 5 do
      local request = finish(thread, stub.reply(200, more:format(i, i)))
      assert.matches("&after=" .. i .. "$", request.url)
    end
    local users = finish(thread, EMPTY)
    assert.equal(5, #users)
  end)

  it("may yield many times for one request", function()
    local client = stub.client(function()
      for _ = 1, 10 do coroutine.yield() end
      return EMPTY
    end)
    local thread = start(client, "system_users", "1")
    for _ = 1, 9 do finish(thread) end
    assert.same({}, finish(thread))
  end)

  it("may be abandoned, and the client goes on", function()
    local client = stub.client { yielding, EMPTY }
    start(client, "system_users", "1")
    collectgarbage()
    assert.same({}, (client:system_users("1")))
  end)
end)

describe("a clock that yields", function()
  local function yielding_clock()
    local clock = stub.clock()
    clock.sleep = function(seconds) coroutine.yield(seconds) end
    return clock
  end

  it("lets others run while a call waits", function()
    local client = stub.client({ stub.reply(503, ""), EMPTY },
      { clock = yielding_clock(), max_attempts = 2 })
    local thread, seconds = start(client, "system_users", "1")
    assert.equal(0.25, seconds)
    assert.same({}, finish(thread))
  end)

  it("may be resumed after the client was closed", function()
    local client = stub.client({ stub.reply(503, ""), EMPTY },
      { clock = yielding_clock(), max_attempts = 2 })
    local thread = start(client, "system_users", "1")
    client:close()
    local result, err = finish(thread)
    assert.is_nil(result)
    assert.equal("closed", err.kind)
  end)

  it("may yield when asked for the time or for chance", function()
    local clock = stub.clock()
    local now, random = clock.now, clock.random
    clock.now = function() coroutine.yield("now") return now() end
    clock.random = function() coroutine.yield("random") return random() end
    local client = stub.client(EMPTY, { clock = clock })
    local thread, what = start(client, "system_users", "1")
    local order = {}
    while type(what) == "string" do
      order[#order + 1] = what
      what = finish(thread)
    end
    assert.same({}, what)
    assert.same({ "now", "random" }, { order[1], order[2] })
  end)
end)

describe("a token function that yields", function()
  it("is waited for", function()
    local client, requests = stub.client(EMPTY, { access_token = function()
      return coroutine.yield("token")
    end })
    local thread, what = start(client, "system_users", "1")
    assert.equal("token", what)
    assert.equal(0, #requests)
    assert.same({}, finish(thread, "FETCHED"))
    assert.equal("Bearer FETCHED", requests[1].headers.Authorization)
  end)

  it("gives each of two calls its own token", function()
    local client, requests = stub.client(EMPTY, { access_token = function()
      return coroutine.yield()
    end })
    local one, other = start(client, "system_users", "1"), (start(client, "system_users", "2"))
    finish(other, "OTHER")
    finish(one, "ONE")
    assert.matches("/2/system_users", requests[1].url)
    assert.equal("Bearer OTHER", requests[1].headers.Authorization)
    assert.matches("/1/system_users", requests[2].url)
    assert.equal("Bearer ONE", requests[2].headers.Authorization)
  end)
end)

describe("many calls on one client", function()
  it("do not mix, in whichever order they are answered", function()
    local client = stub.client(yielding)
    for _, order in ipairs { { 1, 2, 3 }, { 3, 2, 1 }, { 2, 3, 1 } } do
      local threads = {}
      for i = 1, 3 do
        local thread, request = start(client, "system_users", tostring(i))
        assert.matches("/" .. i .. "/system_users", request.url)
        threads[i] = thread
      end
      for _, i in ipairs(order) do
        local users = finish(threads[i], stub.reply(200, ('{"data":[{"id":"%d"}]}'):format(i)))
        assert.same({ { id = tostring(i) } }, users)
      end
    end
  end)

  it("fail each for itself", function()
    local client = stub.client(yielding)
    local good = start(client, "assign", "1", "2", "MANAGE")
    local bad = start(client, "assign", "3", "4", "X")
    local _, err = finish(bad, stub.graph_error(400, { code = 190, message = "m" }))
    assert.equal("auth", err.kind)
    assert.is_true(finish(good, stub.reply(200, "true")))
  end)

  it("are retried each for itself", function()
    local clock = stub.clock()
    clock.sleep = function(seconds) coroutine.yield(seconds) end
    local client = stub.client(yielding, { clock = clock, max_attempts = 3 })
    local one, other = start(client, "system_users", "1"), (start(client, "system_users", "2"))
    assert.equal(0.25, finish(one, stub.reply(503, "")))
    assert.equal(0.25, finish(other, stub.reply(503, "")))
    assert.matches("/1/", finish(one).url)
    assert.equal(0.5, finish(one, stub.reply(503, "")))
    assert.matches("/2/", finish(other).url)
    assert.same({}, finish(other, EMPTY))
    assert.matches("/1/", finish(one).url)
    assert.same({}, finish(one, EMPTY))
  end)

  it("are all ended by one close", function()
    local client = stub.client(yielding)
    local threads = {}
    for i = 1, 10 do threads[i] = start(client, "system_users", tostring(i)) end
    client:close()
    for _, thread in ipairs(threads) do
      local _, err = finish(thread, EMPTY)
      assert.equal("closed", err.kind)
    end
  end)

  it("may be two hundred at once", function()
    local client = stub.client(yielding)
    local threads = {}
    for i = 1, 200 do threads[i] = start(client, "system_users", tostring(i)) end
    collectgarbage()
    for i = 200, 1, -1 do
      local users = finish(threads[i], stub.reply(200, ('{"data":[{"id":"%d"}]}'):format(i)))
      assert.equal(tostring(i), users[1].id)
    end
  end)
end)

describe("a call inside a coroutine", function()
  it("works through pcall and through coroutine.wrap", function()
    local client = stub.client(function()
      coroutine.yield("waiting")
      return EMPTY
    end)
    local step = coroutine.wrap(function()
      local ok, users = pcall(client.system_users, client, "1")
      return ok and users
    end)
    assert.equal("waiting", step())
    assert.same({}, step())
  end)

  it("raises its errors of usage there", function()
    local client = stub.client(yielding)
    local ok, message = coroutine.resume(coroutine.create(client.system_users), client, 5)
    assert.is_false(ok)
    assert.matches("quote it", message)
  end)
end)
