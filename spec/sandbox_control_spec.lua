--- The control plane, as a server offers it.

local json = require("waba.core").json
local waba_sandbox = require("waba.sandbox")

local W = waba_sandbox.world

local sandbox

local function control(method, url, body)
  return sandbox:control({ method = method, url = url, body = body })
end

local function get()
  return sandbox({
    method = "GET", url = "/" .. W.business .. "/system_users",
    headers = { Authorization = "Bearer " .. W.admin_token },
  })
end

describe("sandbox control", function()
  before_each(function() sandbox = waba_sandbox.new() end)

  local REFUSED = {
    { "an unknown path", "GET", "/sandbox/nothing", nil, 404, "no such control path" },
    { "the bare prefix", "GET", "/sandbox", nil, 404, "no such control path" },
    { "another method", "GET", "/sandbox/reset", nil, 405, "takes POST" },
    { "a rule that is no JSON", "POST", "/sandbox/faults", "{", 400, "must be a JSON object" },
    { "a rule that is no object", "POST", "/sandbox/faults", "7", 400, "must be a JSON object" },
    { "a rule that is missing", "POST", "/sandbox/faults", nil, 400, "must be a JSON object" },
    { "an unsound rule", "POST", "/sandbox/faults", '{"stauts":500}', 400, "stauts" },
  }
  for _, case in ipairs(REFUSED) do
    it("refuses " .. case[1], function()
      local response = control(case[2], case[3], case[4])
      assert.are.equal(case[5], response.status)
      assert.has_match(case[6], json.decode(response.body).error.message, 1, true)
    end)
  end

  it("names the method it takes", function()
    assert.are.equal("POST", control("GET", "/sandbox/reset").headers.allow)
  end)

  local GRAPH = { "/", "/v26.0/1/assigned_users", "/sandboxed", "/v26.0/sandbox/reset" }
  for _, url in ipairs(GRAPH) do
    it("leaves " .. url .. " to Graph", function()
      assert.is_nil(control("GET", url))
    end)
  end

  it("takes a rule as JSON", function()
    local response = control("POST", "/sandbox/faults", '{"status":500,"nth":2,"path":"users"}')
    assert.are.equal('{"success":true}', response.body)
    assert.are.same({ 200, 500 }, { get().status, get().status })
  end)

  it("takes a whole URL", function()
    assert.are.equal(200, control("POST", "http://127.0.0.1:80/sandbox/reset?x=1").status)
  end)

  it("shows an empty log as an empty array", function()
    assert.are.equal('{"data":[]}', control("GET", "/sandbox/log").body)
  end)

  it("shows the log", function()
    get()
    local data = json.decode(control("GET", "/sandbox/log").body).data
    assert.are.same({ 1, "GET", 200 }, { #data, data[1].method, data[1].status })
  end)

  it("is not in the log", function()
    control("POST", "/sandbox/reset")
    assert.are.equal(0, #sandbox.log)
  end)

  it("resets", function()
    get()
    assert.are.equal('{"success":true}', control("POST", "/sandbox/reset").body)
    assert.are.equal(0, #sandbox.log)
  end)
end)
