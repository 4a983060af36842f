--- A map with `batch` that is broken off: what has not left stays, and everybody is told.

local called_off = require "waba.transport.called_off"
local numbered = require "spec.support.numbered"
local stub = require "spec.support.stub"
local turns = require "waba.turns"
local waba = require "waba"

local DONE, numbers = numbered.DONE, numbered.numbers
local INTERRUPT = "x.lua:1: interrupted!"

local function assign(client, account) return client:assign(account, "1", "MANAGE") end

--- A reply in which so many items are done.
local function done(n)
  return stub.reply(200, "[" .. ('{"code":200,"body":"true"},'):rep(n):sub(1, -2) .. "]")
end

--- The next wake is cut short, as LuaJIT does it: Ctrl-C raises an error anywhere.
local function interrupt_wake(turn)
  function turn.wake()
    turn.wake = nil
    error(INTERRUPT, 0)
  end
end

local function kinds_of(errors)
  local kinds = {}
  for _, err in pairs(errors) do kinds[err.kind] = (kinds[err.kind] or 0) + 1 end
  return kinds
end

describe("a batch that is broken off", function()
  it("by Ctrl-C where it is carried hears that once, and lets what is in flight end", function()
    local client
    client = stub.client(function(request)
      if request.method == "POST" then error(INTERRUPT, 0) end
      client.claim.turns:await({}, 3)
      return numbered.echo(request)
    end)
    local results, errors, stopped = client:map({ "9", "11", "12" }, function(account)
      if account == "9" then return numbered.read(client, account) end
      client.claim.turns:await({}, 1)
      return assign(client, account)
    end, { batch = true })
    assert.same({ "9" }, results)
    assert.same({ indeterminate = 1 }, kinds_of(errors))
    assert.equal("indeterminate", errors[3].kind)
    assert.same({ reason = INTERRUPT, begun = 3, total = 3, abandoned = { 2 } }, stopped)
  end)

  it("by Ctrl-C where it is about to go leaves nobody waiting for it", function()
    for _, n in ipairs { 49, 50 } do -- when nobody else can run, and when it is full
      local clock = stub.clock()
      local client, requests = stub.client(DONE, { clock = clock })
      local began, armed = clock.now(), true
      local results, errors, stopped = client:map(numbers(n), function(account)
        if armed then interrupt_wake(client.claim.turns) end
        armed = false
        return assign(client, account)
      end, { batch = true })
      assert.same({ {}, {}, { closed = 49 } }, { requests, results, kinds_of(errors) })
      assert.equal(began, clock.now())
      assert.equal(INTERRUPT, stopped.reason)
    end
  end)

  it("by Ctrl-C once it is answered tells everybody what came", function()
    local clock = stub.clock()
    local began = clock.now()
    local client
    client = stub.client(function()
      interrupt_wake(client.claim.turns)
      return done(3)
    end, { clock = clock })
    local results, errors, stopped = client:map(numbers(3), function(account)
      return assign(client, account)
    end, { batch = true })
    assert.same({ nil, true, true }, results)
    assert.same({}, errors)
    assert.same({ 1 }, stopped.abandoned)
    assert.equal(began, clock.now())
  end)

  it("in the same breath as it became full does not go", function()
    local client, requests = stub.client(done(50))
    local results, errors, stopped = client:map(numbers(51), function(account)
      if account == "1051" then error(INTERRUPT, 0) end
      return assign(client, account)
    end, { batch = true, concurrency = 60 })
    assert.same({ {}, {}, { closed = 50 } }, { requests, results, kinds_of(errors) })
    assert.equal(INTERRUPT, stopped.reason)
  end)

  it("takes nobody with it who comes later", function()
    local turn, kinds = turns.new(function() return 0 end, function() end), {}
    local send = waba.transport.batch(function() error "sent" end, turn)
    local request = { method = "GET", url = "https://h/v26.0/1", headers = {} }
    local function one() kinds[#kinds + 1] = select(3, send(request)) end
    turn:begin(one)
    turn:go()
    turn.over = true
    turn.call_off()
    turn:begin(one)
    for _ = 1, 10 do
      if turn.active > 0 then turn:go() end
    end
    assert.equal(0, turn.active)
    assert.same({ called_off, called_off }, kinds)
  end)
end)

describe("a batch that is answered", function()
  it("is forgotten", function()
    local kept = setmetatable({}, { __mode = "k" })
    local client = waba.new { access_token = "T", clock = (stub.clock()), budget = stub.FORGETFUL,
      transport = function(request)
        kept[request] = true
        return numbered.echo(request)
      end }
    local left = 0
    client:map({ "1" }, function(account)
      for _ = 1, 10 do assert(numbered.read(client, account)) end
      collectgarbage()
      collectgarbage()
      for _ in pairs(kept) do left = left + 1 end
    end, { batch = true })
    assert.is_true(left < 3, left)
  end)
end)
