--- The log of requests: what it tells, and that no token is in it.

local waba_sandbox = require("waba.sandbox")

local W = waba_sandbox.world
local USERS = "/v26.0/" .. W.business .. "/system_users"
local ASSIGNED = "/v26.0/" .. W.waba .. "/assigned_users"

local sandbox

local function send(method, url, token)
  return sandbox({
    method = method, url = url, headers = { Authorization = "Bearer " .. (token or W.admin_token) },
  })
end

describe("sandbox log", function()
  before_each(function() sandbox = waba_sandbox.new() end)

  it("is empty at first and after a reset, and stays the same table", function()
    local log = sandbox.log
    send("GET", USERS)
    sandbox:reset()
    assert.are.same({}, log)
    assert.are.equal(log, sandbox.log)
  end)

  it("tells what was asked and what was answered", function()
    sandbox({
      method = "POST", url = ASSIGNED .. "?user=1", body = "tasks[]=DEVELOP",
      headers = { Authorization = "Bearer " .. W.admin_token },
    })
    local entry = sandbox.log[1]
    assert.are.same({ "POST", ASSIGNED, 400 }, { entry.method, entry.path, entry.status })
    assert.are.same({ user = "1" }, entry.query)
    assert.are.same({ tasks = { "DEVELOP" } }, entry.body)
  end)

  local PLACES = {
    { "header", { headers = { Authorization = "Bearer " .. W.admin_token } } },
    { "query", { url = USERS .. "?access_token=" .. W.admin_token } },
    { "body", { body = "access_token=" .. W.admin_token } },
  }
  for _, case in ipairs(PLACES) do
    it("tells that the token came in the " .. case[1], function()
      case[2].method, case[2].url = "GET", case[2].url or USERS
      sandbox(case[2])
      assert.are.equal(case[1], sandbox.log[1].token_in)
    end)
  end

  it("never holds a token, wherever it stood", function()
    local token = W.admin_token
    sandbox({
      method = "POST", body = '{"access_token":"' .. token .. '","a":["' .. token .. '"]}',
      url = "/" .. token .. "/x?access_token=" .. token .. "&note=is+" .. token .. "&" .. token,
      headers = { Authorization = "Bearer " .. token, ["Content-Type"] = "application/json" },
    })
    local shown = sandbox:control({ method = "GET", url = "/sandbox/log" }).body
    assert.is_nil(shown:find(token, 1, true))
  end)

  it("never holds a second token that was not used", function()
    send("GET", USERS .. "?access_token=" .. W.employee_token)
    assert.is_nil(sandbox.log[1].query.access_token:find(W.employee_token, 1, true))
  end)

  it("never holds a token that came as a list", function()
    send("GET", USERS .. "?access_token[]=" .. W.employee_token)
    assert.are.equal("token:malformed", sandbox.log[1].query.access_token)
  end)

  it("takes a token of any bytes", function()
    sandbox({ method = "GET", url = USERS .. "?access_token=%00%25[a%80" })
    assert.are.equal(400, sandbox.log[1].status)
    assert.has_match("^token:%x+$", sandbox.log[1].query.access_token)
  end)

  it("marks the same token alike and others differently", function()
    send("GET", USERS)
    send("GET", USERS)
    send("GET", USERS, W.employee_token)
    local first, second, third = sandbox.log[1], sandbox.log[2], sandbox.log[3]
    assert.are.equal(first.token, second.token)
    assert.are_not.equal(first.token, third.token)
  end)

  it("has no mark where there was no token", function()
    sandbox({ method = "GET", url = USERS })
    assert.is_nil(sandbox.log[1].token)
  end)

  for fault, expected in pairs({ status = 500, timeout = false, half = false, redirect = 302 }) do
    it("names the fault " .. fault, function()
      local rules = { status = { status = 500 }, timeout = { timeout = true } }
      sandbox:fault(rules[fault] or { wire = fault })
      send("GET", USERS)
      local entry = sandbox.log[1]
      assert.are.same({ fault, expected }, { entry.fault, entry.status or false })
    end)
  end
end)
