--- Budgets as a client keeps them: what is sent when, by the replies that came before.

local dict = require "waba.dict"
local budgets = require "waba.budget"
local stub = require "spec.support.stub"
local waba = require "waba"

local A, B, BUSINESS = "102290129340398", "104996122399160", "9876543210987654"

local function usage(account, percent, minutes)
  return { ["x-business-use-case-usage"] = ('{"%s":[{"type":"whatsapp_business_management",'
    .. '"call_count":%d,"total_cputime":0,"total_time":0,"estimated_time_to_regain_access":%d}]}')
    :format(account, percent, minutes or 0) }
end

local function app_usage(percent)
  local told = '{"call_count":%d,"total_cputime":0,"total_time":0}'
  return { ["x-app-usage"] = told:format(percent) }
end

local function list(headers) return stub.reply(200, '{"data":[]}', headers) end

local function throttled(code, headers)
  return stub.graph_error(400, { message = "too many", code = code }, headers)
end

--- A client on these answers, its clock, and what was sent. Budgets are in memory, unless there is
--- an option `budget`: a store, or "store" for one.
local function new(answers, options)
  local clock, sleeps = stub.clock()
  local settings = { clock = clock, timeout = 80000 }
  for key, value in pairs(options or {}) do settings[key] = value end
  if settings.budget == "store" then settings.budget = dict.new { now = clock.now } end
  local client, requests = stub.client(answers, settings)
  if not settings.budget then client.driver.budget = budgets.new(nil, { now = clock.now }) end
  return client, clock, requests, sleeps
end

local function read(client, account, options)
  return client:assigned_users(account or A, BUSINESS, options)
end

local function write(client, account) return client:assign(account or A, "1", "MANAGE") end

--- Seconds that a call took.
local function took(clock, fn, ...)
  local began = clock.now()
  fn(...)
  return clock.now() - began
end

describe("a budget without readings", function()
  it("holds nothing back", function()
    local client, clock = new(list())
    for _ = 1, 1000 do assert(read(client)) end
    assert.equal(1000, clock.now())
    assert.same({}, client:usage().accounts)
    assert.is_nil(client:usage().app.percent)
  end)

  it("holds nothing back either where the headers are garbled", function()
    local client, clock = new(list {
      ["x-app-usage"] = "{", ["x-business-use-case-usage"] = "17 of",
    })
    for _ = 1, 300 do assert(read(client)) end
    assert.equal(1000, clock.now())
  end)
end)

describe("a reading", function()
  it("below 50 % holds nothing back", function()
    local client, clock = new(list(usage(A, 49)))
    read(client)
    assert.equal(0, took(clock, read, client))
  end)

  it("of 50 % and more leaves a gap, for that account alone", function()
    local client, clock = new(list(usage(A, 60)))
    read(client)
    read(client)
    assert.is_true(took(clock, read, client) > 0.5)
    read(client)
    assert.equal(0, took(clock, read, client, B))
  end)

  it("of the app leaves a gap for everybody", function()
    local client, clock = new(list(app_usage(60)))
    read(client)
    read(client)
    assert.is_true(took(clock, read, client, B) > 0.5)
  end)

  it("with a time keeps a longer one that was stated before", function()
    for _, later in ipairs { { regain = 60 }, { regain = 0, throttled = { code = 80008,
      retry_after = -1 } } } do
      local budget = budgets.new(nil, { now = function() return 1000 end })
      local told = { regain = 600 }
      local call = { account = function() return A, false end }
      function call.kind() return told.throttled and "throttled" end
      function call.usage() return nil, 0, false, nil, told.regain, false end
      function call.throttled() return told.throttled.code, told.throttled.retry_after end
      local _, first = budget:delay(call)
      local _, second = budget:delay(call)
      budget:learn(call, first)
      told = later
      budget:learn(call, second)
      assert.equal(600, (budget:delay(call)))
    end
  end)

  --- Seconds until a second request goes where the first is on its way, and how long the gap is.
  local function second_goes(percent, replied_after)
    local now = 1000
    local budget = budgets.new(nil, { now = function() return now end })
    local call = {}
    function call.account() return A, false end
    function call.usage() return nil, 0, false, percent, 0, false end
    function call.kind() end
    local function go()
      local wait, receipt = budget:delay(call)
      return wait == 0 and receipt, wait
    end
    for _ = 1, 2 * percent - 1 do go() end -- so that one costs half a percent, as it is taken to
    budget:learn(call, assert(go()))
    local first = assert(go())
    local _, gap = go()
    local began = now
    repeat
      local gone, wait = go()
      if not gone then now = now + wait end
      if first and now - began >= replied_after then
        budget:learn(call, first)
        first = nil
      end
    until gone
    return now - began, gap
  end

  it("below 75 % waits for no reply", function()
    local waited, gap = second_goes(60, 600)
    assert.near(gap, waited, 0.1)
  end)

  it("of 75 % and more keeps one request in flight", function()
    local waited, gap = second_goes(80, 3)
    assert.is_true(gap < 3 and waited >= 3, waited)
    assert.is_true(waited < 2 * gap, waited)
  end)

  it("of 75 % and more lets the next go after two gaps where the reply is slow", function()
    local waited, gap = second_goes(80, 600)
    assert.near(2 * gap, waited, 0.3)
  end)

  it("of 90 % pauses writes, and lets reads through", function()
    local client, clock = new({ list(usage(A, 91)), list(), stub.reply(200, '{"success":true}') })
    read(client)
    assert.is_true(took(clock, read, client) < 5)
    assert.is_true(took(clock, write, client) > 10)
  end)

  it("of 95 % closes the budget for a minute, or until it says so", function()
    for _, minutes in ipairs { 0, 1, 10 } do
      local client, clock = new(list(usage(A, 95, minutes)))
      read(client)
      local waited = took(clock, read, client)
      assert.is_true(waited >= math.max(20, minutes * 60), waited)
      assert.is_true(waited <= math.max(120, minutes * 60), waited)
    end
  end)

  it("with a time to regain access closes the budget, however low it is", function()
    local client, clock = new { list(usage(A, 1, 7)), list() }
    read(client)
    assert.equal(0, took(clock, read, client, B))
    assert.equal(420, took(clock, read, client))
  end)

  it("that cannot be read does not undo the one before", function()
    local half = ('{"%s":[{"call_count":"?","total_time":1}]}'):format(A)
    local client = new { list(usage(A, 40)), list { ["x-business-use-case-usage"] = half },
      list { ["x-business-use-case-usage"] = "{" }, list() }
    for _ = 1, 4 do
      assert(read(client))
      assert.is_true(client:usage().accounts[A].percent >= 40)
    end
  end)

  it("that is late does not undo a newer one", function()
    local first = true
    local client
    client = new(function()
      if not first then return list(usage(A, 40)) end
      first = false
      assert(read(client)) -- goes later, and is back earlier
      return list(usage(A, 10))
    end)
    assert(read(client))
    assert.is_true(client:usage().accounts[A].percent >= 40)
  end)
end)

describe("a throttled reply", function()
  it("closes the account until the stated minute, and others go on", function()
    local client, clock, requests = new { throttled(80008, usage(A, 100, 30)), list() }
    assert.equal("throttled", select(2, read(client)).kind)
    assert.equal(0, took(clock, read, client, B))
    assert.equal(1800, took(clock, read, client))
    assert.equal(3, #requests)
  end)

  it("fails a call whose timeout ends before, unsent, and says when", function()
    local client, _, requests = new { throttled(80008, usage(A, 100, 30)), list() }
    read(client)
    local result, err = read(client, A, { timeout = 60 })
    assert.is_nil(result)
    assert.equal("throttled", err.kind)
    assert.equal(1800, err.retry_after)
    assert.equal(1, #requests)
  end)

  for _, code in ipairs { 4, 17, 341 } do
    it(("with code %d closes everything"):format(code), function()
      local client, clock = new { throttled(code, usage(A, 100, 3)), list() }
      read(client)
      assert.equal(180, took(clock, read, client, B))
    end)
  end

  it("closes everything where the app is at 95 % or more", function()
    local client, clock = new { throttled(613, app_usage(95)), list() }
    read(client)
    assert.is_true(took(clock, read, client, B) >= 20)
  end)

  it("with Retry-After closes for so long", function()
    local client, clock = new { throttled(613, { ["retry-after"] = "42" }), list() }
    read(client)
    assert.equal(42, took(clock, read, client))
  end)

  it("that states nothing closes for longer every time, until one succeeds", function()
    local answer = throttled(613)
    local client, clock = new(function() return answer end)
    read(client)
    local waits = {}
    for i = 1, 3 do waits[i] = took(clock, read, client) end
    assert.same({ 1, 2, 4 }, waits)
    answer = list()
    assert.equal(8, took(clock, read, client))
    answer = throttled(613)
    read(client)
    assert.equal(1, took(clock, read, client))
  end)
end)

describe("throttled replies that state nothing", function()
  --- A budget, with requests on their way, and what their replies do.
  local function in_flight(count)
    local now = { 1000 }
    local budget = budgets.new(nil, { now = function() return now[1] end })
    local receipts = {}
    local function call(throttled_code)
      return { account = function() return A, false end,
        kind = function() return throttled_code and "throttled" end,
        usage = function() return nil, 0, false, nil, 0, false end,
        throttled = function() return throttled_code, -1 end }
    end
    local function send()
      local _, receipt = budget:delay(call())
      return receipt
    end
    for i = 1, count do receipts[i] = assert(send()) end
    local function reply(receipt, code) budget:learn(call(code), receipt) end
    return budget, receipts, send, reply, now
  end

  for _, code in ipairs { 4, 613 } do
    it(("with code %d are one strike where their requests went together"):format(code), function()
      local budget, receipts, send, reply, now = in_flight(32)
      for _, receipt in ipairs(receipts) do reply(receipt, code) end
      local told = budget:usage()
      assert.equal(1, (code == 4 and told.app or told.accounts[A]).parked_seconds)
      now[1] = now[1] + 1
      reply(assert(send()), code)
      told = budget:usage()
      assert.equal(2, (code == 4 and told.app or told.accounts[A]).parked_seconds)
    end)

    it(("with code %d are forgotten once a later request succeeds"):format(code), function()
      local _, receipts, send, reply, now = in_flight(3)
      for round = 1, 12 do
        reply(receipts[1], code)
        now[1] = now[1] + 1
        receipts[1] = assert(send(), round)
        reply(receipts[2]) -- went before: says nothing
        reply(receipts[1])
        receipts[1], receipts[2] = assert(send()), assert(send())
      end
    end)
  end
end)

describe("a stated time", function()
  it("beyond the timeout fails at once, with what Graph says", function()
    local client, clock, requests = new(throttled(80008, usage(A, 100, 30)), { timeout = 60 })
    local _, err = read(client)
    assert.equal(1, #requests)
    assert.equal(1000, clock.now())
    assert.equal(80008, err.code)
    assert.equal(400, err.status)
    assert.equal(1800, err.retry_after)
  end)

  it("is waited for without a retry quota", function()
    local seen = {}
    local client, _, requests = new(function(request)
      if seen[request.url] then return list() end
      seen[request.url] = true
      return throttled(80008, usage(request.url:match("v26.0/(%d+)/"), 100, 1))
    end, { max_attempts = 4 })
    for i = 1, 150 do assert(read(client, ("1%05d"):format(i))) end
    assert.equal(300, #requests)
  end)

  it("in X-App-Usage closes everything", function()
    local app = { ["x-app-usage"] = '{"call_count":5,"total_cputime":0,"total_time":0,'
      .. '"estimated_time_to_regain_access":7}' }
    local client, clock = new { list(app), list() }
    read(client)
    assert.equal(420, took(clock, read, client, B))
  end)
end)

describe("what is told under another key", function()
  it("is said of the account as well, where its own is not there", function()
    local client, clock = new { list(), list(usage(BUSINESS, 5, 7)), list() }
    client:get(BUSINESS)
    read(client)
    assert.equal(420, took(clock, read, client))
  end)

  it("is of no budget but an account's", function()
    local client, clock = new { list(usage("app", 5, 7)), list() }
    read(client)
    assert.equal(0, took(clock, read, client, B))
  end)
end)

describe("a request that never left", function()
  it("is not counted: there was no token", function()
    local token = stub.TOKEN
    local client = new(list(usage(A, 12)), { access_token = function() return token end })
    read(client)
    token = nil
    for _ = 1, 300 do assert.equal("auth", select(2, read(client)).kind) end
    assert.equal(1, client:usage().accounts[A].sent)
    assert.equal(1, client:usage().app.sent)
  end)

  for _, place in ipairs { "memory", "store" } do
    it("is not counted: nobody answered, in a " .. place, function()
      local first = true
      local client = new(function()
        if not first then return nil, "refused", "network", false end
        first = false
        return list(usage(A, 12))
      end, { max_attempts = 1, budget = place == "store" and place or nil })
      read(client)
      for _ = 1, 300 do assert.equal("network", select(2, read(client)).kind) end
      assert.equal(1, client:usage().accounts[A].sent)
      assert.equal(1, client:usage().app.sent)
    end)
  end

  it("is not counted: on_event raised when it was told of it", function()
    local client = new(list(), { on_event = function() error("full disk") end })
    for _ = 1, 3 do assert.has_error(function() read(client) end) end
    assert.equal(0, client:usage().app.sent)
  end)

  it("may have left, and then it counts", function()
    local client = new(function() return nil, "reset", "network", true end, { max_attempts = 1 })
    for _ = 1, 3 do read(client) end
    assert.equal(3, client:usage().app.sent)
  end)
end)

describe("strikes", function()
  it("are remembered for longer than the longest gate they make", function()
    local client, clock, requests = new(throttled(613), { max_attempts = 1 })
    for _ = 1, 30 do read(client) end
    assert.is_true(#requests == 30)
    assert.equal(3600, took(clock, read, client))
  end)

  it("end with any answer that shows that there is budget", function()
    local refusal = stub.graph_error(404, { message = "m", code = 803 })
    local client, clock = new { throttled(613), refusal, throttled(613), list() }
    read(client)
    assert.equal(1, took(clock, read, client))
    read(client)
    assert.equal(1, took(clock, read, client)) -- and not 2
  end)
end)

describe("a store that fails", function()
  local function raise() error("the store is down") end
  local function none() return nil, "no memory" end
  local ways = {
    { "raises", raise, raise, raise },
    { "answers nothing", none, none, none },
    { "answers false", function() return false end, function() return false end,
      function() return false end },
    { "answers words", function() return "x" end, none, function() return "x" end },
    { "answers tables", function() return {} end, none, function() return {} end },
    { "answers huge numbers", function() return 1e300 end, none, function() return 1e300 end },
    { "answers NaN", function() return 0 / 0 end, none, function() return 0 / 0 end },
  }
  for _, way in ipairs(ways) do
    it("holds up no call: " .. way[1], function()
      local store = { get = way[2], set = way[3], incr = way[4] }
      local client, clock = new({ list(usage(A, 30)), stub.reply(200, '{"success":true}'), list() },
        { budget = store, timeout = 100 })
      if way[1]:find("huge") or way[1]:find("NaN") then
        pcall(read, client) -- it may wait, and may not raise
        local sound, err = pcall(read, client)
        assert.is_true(sound, tostring(err))
      else
        assert(read(client))
        assert(write(client))
        assert(read(client))
        assert.equal(1000, clock.now())
      end
      assert.is_table(client:usage())
    end)
  end

  it("may answer NaN in words", function()
    local inner = dict.new { now = function() return 1000 end }
    local store = setmetatable({}, { __index = inner })
    function store.get(_, key) return key:find("cost$") and "nan" or inner:get(key) end
    function store.incr(_, ...) return inner:incr(...) end
    function store.set(_, ...) return inner:set(...) end
    local client, clock = new(list(usage(A, 12)), { budget = store })
    for _ = 1, 3 do assert(read(client)) end
    assert.equal(1000, clock.now())
  end)

  it("may answer digits, as some do", function()
    local inner = dict.new { now = function() return 1000 end }
    local store = setmetatable({}, { __index = inner })
    function store.get(_, key)
      local value = inner:get(key)
      return value and tostring(value)
    end
    function store.incr(_, ...) return tostring(inner:incr(...)) end
    function store.set(_, ...) return inner:set(...) end
    local client = new(list(usage(A, 34)), { budget = store })
    for _ = 1, 10 do assert(read(client)) end
    assert.equal(10, client:usage().app.sent)
  end)
end)

describe("a store", function()
  it("is paced by like the memory", function()
    local waits = {}
    for i, place in ipairs { "memory", "store" } do
      local client, clock = new(list(usage(A, 60)), { budget = place == "store" and place or nil })
      waits[i] = {}
      for call = 1, 40 do waits[i][call] = took(clock, read, client) end
    end
    assert.same(waits[1], waits[2])
    assert.is_true(waits[1][3] > 0.5)
  end)

  it("is shared by clients of the same app, and apart for others", function()
    local time = { now = 0 }
    local store = dict.new { now = function() return time.now end }
    local first = new(throttled(80008, usage(A, 100, 30)), { budget = store, app_id = "1" })
    read(first)
    local second, clock = new(list(), { budget = store, app_id = "1" })
    assert.is_true(took(clock, function()
      assert.equal("throttled", select(2, read(second, A, { timeout = 60 })).kind)
    end) == 0)
    local other = new(list(), { budget = store, app_id = "2" })
    assert(read(other))
  end)

  it("decides when a gate opens, whatever our clock says", function()
    local store = dict.new { now = function() return 0 end }
    local client, clock = new({ throttled(613), list() }, { budget = store })
    read(client)
    clock.sleep(3600)
    assert.equal("throttled", select(2, read(client, A, { timeout = 10 })).kind)
    for _, key in ipairs(store:get_keys(0)) do
      if key:find("gate$") then store:set(key, nil) end
    end
    assert(read(client, A, { timeout = 10 }))
  end)

  it("is given no time that some would take for no time at all", function()
    local inner = dict.new { now = function() return 1000 end }
    local store = setmetatable({}, { __index = inner })
    function store.get(_, key) return inner:get(key) end
    function store.incr(_, ...) return inner:incr(...) end
    local shortest = math.huge
    function store.set(_, key, value, seconds)
      if value ~= nil and seconds then shortest = math.min(shortest, seconds) end
      return inner:set(key, value, seconds)
    end
    read((new(throttled(613, { ["retry-after"] = "0.0004" }), { budget = store })))
    assert.equal(0.001, shortest)
  end)

  it("holds numbers and text under the app's prefix, and nothing secret", function()
    local seen = {}
    local store = dict.new { now = function() return 0 end }
    local spy = setmetatable({}, { __index = store })
    function spy.set(_, key, value, ttl) seen[key] = value return store:set(key, value, ttl) end
    function spy.get(_, key) return store:get(key) end
    function spy.incr(_, key, ...) seen[key] = 1 return store:incr(key, ...) end
    function spy.get_keys(_, most) return store:get_keys(most) end
    local client = new(throttled(613, usage(A, 60, 2)), { budget = spy, app_id = "77" })
    read(client)
    assert.is_not_nil(next(seen))
    for key, value in pairs(seen) do
      assert.matches("^waba:77:[%w-]+:%w+$", key)
      assert.is_true(type(value) == "number" or type(value) == "string")
      assert.not_matches(stub.TOKEN, key .. value, 1, true)
    end
  end)

  it("must be one: get, set and incr", function()
    for _, wrong in ipairs { 1, "store", print, true } do
      assert.error_matches(function() waba.new { access_token = "T", budget = wrong } end,
        "option 'budget' must be a store")
    end
    local half = { get = print, set = print }
    assert.error_matches(function() waba.new { access_token = "T", budget = half } end,
      "option 'budget': 'incr' must be a function, got a nil", 1, true)
    assert.error_matches(function() waba.new { access_token = "T", budget = io.stdout } end,
      "option 'budget': 'get' must be a function", 1, true)
  end)
end)

describe("client:usage", function()
  for _, place in ipairs { "memory", "store" } do
    it("tells what is used, sent and parked, in a " .. place, function()
      local client, clock = new({
        list { ["x-app-usage"] = '{"call_count":12,"total_cputime":1,"total_time":1}',
          ["x-business-use-case-usage"] = usage(A, 34)["x-business-use-case-usage"] },
        throttled(80008, usage(B, 100, 2)),
      }, { budget = place == "store" and place or nil })
      read(client)
      read(client, B)
      clock.sleep(30)
      local told = client:usage()
      assert.equal("34", tostring(told.accounts[A].percent)) -- not 34.0
      assert.equal(1, told.accounts[A].sent)
      assert.equal(0, told.accounts[A].parked_seconds)
      assert.equal(100, told.accounts[B].percent)
      assert.equal(90, told.accounts[B].parked_seconds)
      assert.is_true(told.app.percent >= 12)
      assert.equal(2, told.app.sent)
      assert.equal(0, told.app.parked_seconds)
    end)
  end
end)

describe("budgets in memory", function()
  it("forget nothing of 10,000 accounts that are worked on by turns", function()
    local budget = budgets.new(nil, { now = function() return 1000 end })
    local account
    local call = { account = function() return account, false end }
    for _ = 1, 4 do
      for i = 1, 10000 do
        account = ("%d"):format(10 ^ 14 + i)
        assert.equal(0, (budget:delay(call)))
      end
    end
    for i = 1, 10000, 37 do
      account = ("%d"):format(10 ^ 14 + i)
      assert.equal(4, (select(2, budget.ledger:describe(account, 1000))))
    end
  end)
end)

describe("a closed client", function()
  it("knows nothing any more of budgets in memory", function()
    local client = new(list(usage(A, 34)))
    read(client)
    client:close()
    assert.same({}, client:usage().accounts)
    assert.equal(0, client:usage().app.sent)
  end)

  it("leaves a store to those who share it", function()
    local store = dict.new { now = function() return 0 end }
    local client = new(list(usage(A, 34)), { budget = store })
    read(client)
    client:close()
    local other = new(list(), { budget = store })
    assert.equal(34, other:usage().accounts[A].percent)
  end)
end)
