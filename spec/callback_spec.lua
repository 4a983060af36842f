--- The driver for any Lua function.

local called_off = require "waba.transport.called_off"
local contract = require "spec.transport_contract"
local stub = require "spec.support.stub"

local function lower_names(headers)
  local result = {}
  for name, value in pairs(headers) do result[name:lower()] = value end
  return result
end

local function open(example)
  local answers = {}
  for i, answer in ipairs(example.answers) do
    if answer.lost then answer = stub.lost("the connection broke", "network", true) end
    if answer.silent then answer = stub.lost("no byte in time", "timeout", true) end
    answers[i] = answer
  end
  if example.unreachable then answers[1] = stub.lost("connection refused", "network", false) end
  answers[1] = answers[1] or function() error("a request was sent", 0) end
  local client, requests = stub.client(answers, example.options)
  return { client = client, requests = function()
    local list = {}
    for i, request in ipairs(requests) do
      local path = request.url:match("^https://graph%.facebook%.com(.*)$")
      list[i] = { line = request.method .. " " .. path,
        headers = lower_names(request.headers), body = request.body or "" }
    end
    return list
  end }
end

describe("a Lua function as transport", function()
  contract(it, open)

  it("is called with a request of its own each time", function()
    local client, requests = stub.client(stub.reply(503, ""), { max_attempts = 2 })
    stub.call(client, "system_users")
    assert.not_equal(requests[1], requests[2])
    assert.not_equal(requests[1].headers, requests[2].headers)
  end)

  it("cannot change what is sent by changing the request", function()
    local client, requests = stub.client({ function(request)
      request.url, request.headers.Authorization = "x", "y"
      return stub.reply(503, "")
    end, stub.reply(200, '{"data":[]}') }, { max_attempts = 2 })
    stub.call(client, "system_users")
    assert.matches("^https://graph", requests[2].url)
    assert.equal("Bearer TEST_TOKEN", requests[2].headers.Authorization)
  end)

  it("that says nothing but nil lost the reply to a request that was sent", function()
    local client = stub.client(function() return nil end)
    local _, err = stub.call(client, "assign")
    assert.equal("indeterminate", err.kind)
    _, err = stub.call(client, "system_users")
    assert.equal("network", err.kind)
    assert.equal("no reply", err.message)
  end)

  it("that says false is as one that says nil", function()
    local _, err = stub.call(stub.client(function() return false, "no" end), "system_users")
    assert.equal("network", err.kind)
    assert.equal("no", err.message)
  end)

  it("that names a kind there is not raises", function()
    for _, kind in ipairs { "weather", "closed" } do
      local client = stub.client(function() return nil, "m", kind end)
      assert.error_matches(function() stub.call(client, "assign") end,
        ("invalid option '%s'"):format(kind))
    end
  end)

  it("that was called off has sent nothing: no attempt, and no doubt", function()
    local client = stub.client({ stub.reply(503, '{"error":{"code":2}}'),
      stub.lost("called off", called_off) }, { max_attempts = 3 })
    local _, err = stub.call(client, "assign")
    assert.same({ "transient", 503, 1 }, { err.kind, err.status, err.attempts })
    _, err = stub.call(client, "assign")
    assert.same({ "closed", 0 }, { err.kind, err.attempts })
  end)

  it("that answers with something odd raises, naming what is wrong", function()
    for _, answer in ipairs { "text", 5, true, {}, { status = "200" },
      { status = 200, body = 5 } } do
      local client = stub.client(function() return answer end)
      assert.error_matches(function() stub.call(client, "assign") end, "transport: ")
    end
  end)

  it("may be another client's: transports compose", function()
    local inner = stub.transport(stub.reply(200, '{"data":[{"id":"1"}]}'))
    local seen = {}
    local client = stub.client(function(request, timeout)
      seen[#seen + 1] = request.method
      return inner(request, timeout)
    end)
    assert.same({ { id = "1" } }, (stub.call(client, "system_users")))
    assert.same({ "GET" }, seen)
  end)
end)
