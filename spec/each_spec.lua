--- each: items one by one, pages as they are needed.

local core = require "waba.core"
local stub = require "spec.support.stub"

--- A list of so many pages with three items each; knows how often it was asked.
local function pages(last, per_page)
  local asked = { 0 }
  local function answer(request)
    asked[1] = asked[1] + 1
    local page = tonumber(request.url:match("after=(%d+)") or 0) + 1
    local items = {}
    for i = 1, per_page or 3 do items[i] = { id = tostring(page * 1000 + i) } end
    local paging = page < last and { cursors = { after = tostring(page) }, next = "x" } or nil
    return stub.reply(200, core.json.encode { data = items, paging = paging })
  end
  return answer, asked
end

local function collect(client, ...)
  local ids = {}
  for item, problem in client:each(...) do ids[#ids + 1] = item and item.id or problem end
  return ids
end

describe("each", function()
  it("raises on an operation there is not, on a wrong type and without a colon", function()
    local client = stub.client((pages(1)))
    assert.has_error(function() client:each("sing") end)
    assert.has_error(function() client:each("unassign", "1", "2") end) -- writes, and lists nothing
    assert.has_error(function() client:each("account", "1") end)
    assert.has_error(function() client:each("system_users", 5) end)
    assert.has_error(function() client.each({}, "system_users", "1") end)
  end)

  it("gives a bad value's error as its only item", function()
    local client, requests = stub.client((pages(1)))
    local items = client:each("system_users", "x")
    local item, err = items()
    assert.is_false(item)
    assert.equal("invalid", err.kind)
    assert.is_nil(items())
    assert.is_nil(items())
    assert.equal(0, #requests)
  end)

  it("gives a failure as its last item, after those that came", function()
    local answer, asked = pages(5)
    local client = stub.client(function(request)
      if asked[1] == 2 then return stub.reply(400, '{"error":{"code":190}}') end
      return answer(request)
    end)
    local ids = collect(client, "system_users", "1")
    assert.equal(7, #ids)
    assert.equal("auth", ids[7].kind)
  end)

  it("ends on an empty list, and stays at its end", function()
    local client = stub.client(stub.reply(200, '{"data":[]}'))
    local items = client:each("system_users", "1")
    for _ = 1, 3 do assert.is_nil(items()) end
  end)

  it("passes over an empty page in the middle", function()
    local client = stub.client {
      stub.reply(200, '{"data":[{"id":"1"}],"paging":{"cursors":{"after":"a"},"next":"x"}}'),
      stub.reply(200, '{"data":[],"paging":{"cursors":{"after":"b"},"next":"x"}}'),
      stub.reply(200, '{"data":[{"id":"2"}]}'),
    }
    assert.same({ "1", "2" }, collect(client, "system_users", "1"))
  end)

  it("asks for a page when its items are wanted, not before", function()
    local answer, asked = pages(4)
    local items = stub.client(answer):each("assigned_users", "1", "2")
    assert.equal(0, asked[1])
    for i = 1, 12 do
      assert.is_truthy(items())
      assert.equal(math.ceil(i / 3), asked[1])
    end
    assert.is_nil(items())
    assert.equal(4, asked[1])
  end)

  it("does not grow with the list", function()
    local answer = pages(300, 100)
    local client = stub.client((pages(1)))
    client.driver.exchange = function(call) call:feed(answer(call:request())) end
    local seen, early = 0, nil
    for _ in client:each("system_users", "1") do
      seen = seen + 1
      if seen == 5000 then
        collectgarbage()
        collectgarbage()
        early = collectgarbage("count")
      elseif seen == 29999 then
        collectgarbage()
        collectgarbage()
        assert.is_true(collectgarbage("count") - early < 1000) -- KB; they take more than 5,000
      end
    end
    assert.equal(30000, seen)
  end)

  it("may be the inputs of a map, and be used within one", function()
    local client = stub.client((pages(3)))
    local results = client:map(client:each("system_users", "1"), function(user)
      return user.id .. "/" .. #collect(client, "assigned_users", "5", "6")
    end)
    assert.equal(9, #results)
    assert.equal("1001/9", results[1])
    assert.equal("3003/9", results[9])
  end)
end)

describe("each, as the inputs of a map", function()
  it("waits for a page as a call of the map does, though it was made before", function()
    local answer, asked = pages(2)
    local clock = stub.clock()
    local client
    client = stub.client(function(request)
      if not request.url:find("owned") then
        client.claim.turns:await({}, 1)
        return stub.reply(200, '{"data":[]}')
      end
      if request.url:find("after=") and asked[1] == 1 then
        asked[1] = 2
        return stub.graph_error(400, { code = 80008 }, { ["retry-after"] = "30" })
      end
      return answer(request)
    end, { clock = clock, timeout = 100, max_attempts = 3 })
    local began, ended = clock.now(), {}
    local _, errors, stopped = client:map(client:each("owned_accounts", "1"), function(account)
      for _ = 1, 3 do assert(client:assigned_users(account.id, "1")) end
      ended[#ended + 1] = clock.now() - began
    end, { concurrency = 8 })
    assert.same({}, errors)
    assert.is_nil(stopped)
    assert.equal(6, #ended)
    assert.is_true(ended[3] <= 4 and ended[4] >= 30, table.concat(ended, " "))
  end)
end)
