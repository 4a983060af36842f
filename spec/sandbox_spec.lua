--- The emulator as a transport: the contract, the state, the headers.

local json = require("waba.core").json
local waba_sandbox = require("waba.sandbox")

local W = waba_sandbox.world
local HOST = "https://graph.facebook.com"
local USERS = "/v26.0/" .. W.business .. "/system_users"
local ASSIGNED = "/v26.0/" .. W.waba .. "/assigned_users"
local LIST = ASSIGNED .. "?business=" .. W.business

local sandbox

local function send(method, url, token)
  return sandbox({
    method = method, url = url, headers = { Authorization = "Bearer " .. (token or W.admin_token) },
  })
end

local function decoded(method, url, token)
  return assert(json.decode(send(method, url, token).body))
end

local function assign(tasks, waba)
  return send("POST", "/" .. (waba or W.waba) .. "/assigned_users?user=" .. W.system_user
    .. "&tasks=" .. tasks)
end

local function tasks_of(list)
  local first = decoded("GET", list or LIST).data[1]
  return first and table.concat(first.tasks, ",")
end

describe("sandbox transport", function()
  before_each(function() sandbox = waba_sandbox.new() end)

  for title, request in pairs({
    ["without a request"] = false,
    ["with a request that is text"] = "GET /",
    ["with a request without url"] = { method = "GET" },
    ["with a request without method"] = { url = "/" },
  }) do
    it("is misused " .. title, function()
      local _, message = pcall(function() sandbox(request or nil) end)
      assert.has_match("sandbox_spec.lua:%d+: sandbox: request must be a table", message)
    end)
  end

  it("returns status, lower-case headers and a body", function()
    local response = send("GET", USERS)
    assert.are.same({ "number", "table", "string" },
      { type(response.status), type(response.headers), type(response.body) })
    for name in pairs(response.headers) do assert.are.equal(name:lower(), name) end
  end)

  it("returns nothing that is not of the contract", function()
    local keys = {}
    for key in pairs(send("GET", USERS)) do keys[#keys + 1] = key end
    table.sort(keys)
    assert.are.same({ "body", "headers", "status" }, keys)
  end)

  local SAME = {
    { "a whole URL", "GET", HOST .. USERS },
    { "a URL of another host", "GET", "http://127.0.0.1:8080" .. USERS },
    { "a bare path", "GET", USERS },
    { "a fragment", "GET", USERS .. "#top" },
    { "a method in lower case", "get", USERS },
  }
  for _, case in ipairs(SAME) do
    it("takes " .. case[1], function()
      assert.are.equal(3, #decoded(case[2], case[3]).data)
    end)
  end

  it("can be called from a coroutine", function()
    local response = coroutine.wrap(function() return send("GET", USERS) end)()
    assert.are.equal(200, response.status)
  end)
end)

describe("sandbox version", function()
  before_each(function() sandbox = waba_sandbox.new() end)

  local cases = {
    { "is the one asked for", "/v24.0", "v24.0" },
    { "is the oldest live one by default", "", "v21.0" },
    { "is the oldest live one for an expired one", "/v2.8", "v21.0" },
  }
  for _, case in ipairs(cases) do
    it(case[1], function()
      local response = send("GET", case[2] .. "/" .. W.business .. "/system_users")
      assert.are.same({ 200, case[3] },
        { response.status, response.headers["facebook-api-version"] })
    end)
  end
end)

describe("sandbox world", function()
  before_each(function() sandbox = waba_sandbox.new() end)

  it("lists system users, and no people", function()
    assert.are.same({
      { id = W.system_user, name = "My System User", role = "EMPLOYEE" },
      { id = W.admin, name = "Reporting server", role = "ADMIN" },
      { id = W.spare_user, name = "Night shift", role = "EMPLOYEE" },
    }, decoded("GET", USERS).data)
  end)

  it("lists those of the caller's business only", function()
    local data = decoded("GET", "/" .. W.client .. "/system_users", W.client_token).data
    assert.are.same({ { id = W.client_admin, name = "System User Bot", role = "ADMIN" } }, data)
  end)

  it("lists nobody for another business, without an error", function()
    local response = send("GET", ASSIGNED .. "?business=" .. W.client)
    assert.are.same({ 200, '{"data":[]}' }, { response.status, response.body })
  end)

  it("lists nobody for a WABA id given as business", function()
    assert.are.equal('{"data":[]}', send("GET", ASSIGNED .. "?business=" .. W.waba).body)
  end)

  it("lets a token of no admin read who is assigned", function()
    assert.are.equal(200, send("GET", LIST, W.employee_token).status)
  end)

  it("answers an assignment with bare success", function()
    local response = assign("MANAGE")
    assert.are.same({ 200, '{"success":true}' }, { response.status, response.body })
  end)

  it("shows what was assigned", function()
    assign("MANAGE")
    assert.are.same({ { id = W.system_user, name = "My System User", tasks = { "MANAGE" } } },
      decoded("GET", LIST).data)
  end)

  it("shows it on that account only", function()
    assign("DEVELOP", W.waba)
    local list = "/" .. W.team_waba .. "/assigned_users?business=" .. W.business
    assert.is_nil(send("GET", list).body:find(W.system_user, 1, true))
  end)

  it("keeps the same assignment as it is", function()
    assign("MANAGE")
    assert.are.equal(200, assign("MANAGE").status)
    assert.are.equal(1, #decoded("GET", LIST).data)
  end)

  it("replaces the tasks at a second assignment", function()
    assign("MANAGE")
    assign("DEVELOP")
    assert.are.equal("DEVELOP", tasks_of())
  end)

  it("adds the tasks where the seed says so", function()
    local seed = waba_sandbox.seed()
    seed.repeated_assign = "merge"
    sandbox = waba_sandbox.new(seed)
    assign("MANAGE")
    assign("DEVELOP,MANAGE")
    assert.are.equal("MANAGE,DEVELOP", tasks_of())
  end)

  it("takes somebody off", function()
    assign("MANAGE")
    assert.are.equal('{"success":true}',
      send("DELETE", ASSIGNED .. "?user=" .. W.system_user).body)
    assert.is_nil(tasks_of())
  end)

  it("permits single tasks where MANAGE is not permitted", function()
    assert.are.equal(200, assign("DEVELOP,MANAGE_BILLING", W.partner_waba).status)
    local list = "/" .. W.partner_waba .. "/assigned_users?business=" .. W.business
    assert.are.equal("DEVELOP,MANAGE_BILLING", tasks_of(list))
  end)

  it("does not show a partner the owner's users", function()
    local list = "/" .. W.partner_waba .. "/assigned_users?business=" .. W.client
    assert.are.equal(0, #decoded("GET", list).data)
  end)

  it("permits what the seed permits, also a task of the future", function()
    local seed = waba_sandbox.seed()
    seed.wabas[2].shared_with[1].permitted_tasks = { "FLY" }
    sandbox = waba_sandbox.new(seed)
    assert.are.equal(200, assign("FLY", W.partner_waba).status)
  end)

  it("permits all tasks on an account shared without limits", function()
    local seed = waba_sandbox.seed()
    seed.wabas[2].shared_with[1].permitted_tasks = nil
    sandbox = waba_sandbox.new(seed)
    assert.are.equal(200, assign("MANAGE,MESSAGING", W.partner_waba).status)
  end)

  it("is not shared between sandboxes", function()
    assign("MANAGE")
    sandbox = waba_sandbox.new()
    assert.is_nil(tasks_of())
  end)

  it("is as it was after a reset", function()
    assign("MANAGE")
    sandbox:fault({ status = 500, nth = 2, times = math.huge })
    sandbox:reset()
    assert.is_nil(tasks_of())
    assert.are.equal(200, send("GET", USERS).status)
  end)
end)

describe("sandbox replies", function()
  before_each(function() sandbox = waba_sandbox.new() end)

  local function transcript()
    sandbox = waba_sandbox.new()
    local lines = {}
    for _, url in ipairs({ USERS .. "?limit=1", LIST .. "&fields=business", LIST, "/", USERS }) do
      local response = send("GET", url)
      lines[#lines + 1] = response.body .. response.headers["x-fb-trace-id"]
    end
    return table.concat(lines, "\n")
  end

  it("are the same bytes in every run", function()
    assert.are.equal(transcript(), transcript())
  end)

  it("have a trace id of their own each", function()
    local first = send("GET", USERS).headers["x-fb-trace-id"]
    assert.are_not.equal(first, send("GET", USERS).headers["x-fb-trace-id"])
  end)

  local HEADERS = {
    ["content-type"] = "application/json; charset=UTF-8",
    ["cache-control"] = "private, no-cache, no-store, must-revalidate",
    ["x-app-usage"] = '{"call_count":0,"total_cputime":0,"total_time":0}',
  }
  for name, value in pairs(HEADERS) do
    it("have the header " .. name, function()
      assert.are.equal(value, send("GET", USERS).headers[name])
    end)
  end

  local function usage(waba)
    local response = send("GET", "/" .. waba .. "/assigned_users?business=" .. W.business)
    local header = assert(json.decode(response.headers["x-business-use-case-usage"]))
    return header[waba][1]
  end

  it("meter each account in percent of 200 calls", function()
    for _ = 1, 99 do send("GET", LIST) end
    assert.are.equal(50, usage(W.waba).call_count)
    assert.are.equal(0, usage(W.team_waba).call_count)
  end)

  it("meter refused calls too", function()
    for _ = 1, 99 do send("GET", ASSIGNED) end
    assert.are.equal(50, usage(W.waba).call_count)
  end)

  it("say how many minutes to wait from the limit on", function()
    for _ = 1, 198 do send("GET", LIST) end
    assert.are.equal(0, usage(W.waba).estimated_time_to_regain_access)
    assert.are.equal(60, usage(W.waba).estimated_time_to_regain_access)
  end)

  it("go on beyond the limit", function()
    for _ = 1, 219 do send("GET", LIST) end
    local meter = usage(W.waba)
    assert.are.same({ 110, 60, "whatsapp_business_management" },
      { meter.call_count, meter.estimated_time_to_regain_access, meter.type })
  end)

  it("have no meter of an account where none was called", function()
    assert.is_nil(send("GET", USERS).headers["x-business-use-case-usage"])
  end)
end)
