--- The window: how many may be in flight.

local windows = require "waba.window"

local function full(window, kind, seconds)
  window:ended(kind, seconds or 0.1, math.floor(window.size))
end

describe("a window", function()
  it("begins at four", function()
    local window = windows.new()
    assert.is_true(window:has_room(3))
    assert.is_false(window:has_room(4))
  end)

  it("grows by one for every full window that went well, up to 32", function()
    local window, ended = windows.new(), 0
    while window.size < 32 do
      local size = window.size
      for _ = 1, size do full(window) end
      ended = ended + size
      assert.equal(size + 1, window.size)
    end
    assert.equal(4 * 28 + 28 * 27 / 2, ended)
    for _ = 1, 100 do full(window) end
    assert.equal(32, window.size)
  end)

  it("does not grow while it is not used up", function()
    local window = windows.new()
    for _ = 1, 100 do window:ended(nil, 0.1, 3) end
    assert.equal(4, window.size)
  end)

  it("halves when Graph throttles, down to one, and comes back", function()
    local window = windows.new()
    local sizes = {}
    for i = 1, 4 do
      full(window, "throttled")
      sizes[i] = window.size
    end
    assert.same({ 2, 1, 1, 1 }, sizes)
    assert.is_true(window:has_room(0))
    full(window)
    assert.equal(2, window.size)
  end)

  it("gives way a little to trouble", function()
    for _, kind in ipairs { "transient", "network", "timeout", "indeterminate" } do
      local window = windows.new()
      full(window, kind)
      assert.equal(3.6, window.size, kind)
    end
  end)

  it("takes a sound refusal for a good answer", function()
    for _, kind in ipairs { "permission", "not_found", "invalid", "auth", "refused" } do
      local window = windows.new()
      for _ = 1, 4 do full(window, kind) end
      assert.equal(5, window.size, kind)
    end
  end)

  it("gives way to answers of twice the usual time, which it learns slowly", function()
    local window = windows.new()
    for _ = 1, 10 do window:ended(nil, 1, 1) end
    window:ended(nil, 1.9, 1)
    assert.equal(4, window.size)
    window:ended(nil, 2.2, 1)
    assert.equal(3.6, window.size)
  end)

  it("of a fixed size stays", function()
    local window = windows.new(7)
    for _ = 1, 50 do
      full(window)
      full(window, "throttled")
    end
    assert.is_true(window:has_room(6))
    assert.is_false(window:has_room(7))
  end)
end)

describe("a map's window", function()
  local stub = require "spec.support.stub"

  --- How many were at work at most among the last hundred of 400 inputs.
  local function most_at_last(answer)
    local client = stub.client(function()
      coroutine.yield()
      return answer
    end)
    local now, most, begun = 0, 0, 0
    local outer = coroutine.create(function()
      client:map(function()
        begun = begun + 1
        return begun <= 400 and "12" or nil
      end, function()
        now = now + 1
        if begun > 300 then most = math.max(most, now) end
        local users, err = client:assigned_users("12", "1")
        now = now - 1
        return users, err
      end)
    end)
    repeat assert(coroutine.resume(outer)) until coroutine.status(outer) == "dead"
    return most
  end

  it("learns from what the replies say, not only from lost ones", function()
    assert.is_true(most_at_last(stub.reply(200, '{"data":[]}')) > 8)
    assert.equal(1, most_at_last(stub.graph_error(400, { code = 80008, message = "m" })))
    assert.is_true(most_at_last(stub.graph_error(400, { code = 200, message = "m" })) > 8)
  end)
end)
