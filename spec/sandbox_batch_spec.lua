--- The sandbox's batch endpoint, asked as any client would ask it.

local json = require("waba.core").json
local params = require "waba.sandbox.params"
local sandboxes = require "waba.sandbox"

local world = sandboxes.world
local TEAM = ("v26.0/%s/assigned_users?business=%s"):format(world.team_waba, world.business)
local READ = { method = "GET", relative_url = TEAM }
local WRITE = { method = "POST", relative_url = ("v26.0/%s/assigned_users"):format(world.waba),
  body = ("user=%s&tasks=MANAGE"):format(world.system_user) }

local function form(fields)
  local parts = {}
  for name, value in pairs(fields) do parts[#parts + 1] = name .. "=" .. params.escape(value) end
  return table.concat(parts, "&")
end

--- Sends a batch; `fields` go beside it, `change` into the request.
local function send(sandbox, items, fields, change)
  local all = { batch = type(items) == "string" and items or json.encode(items) }
  for name, value in pairs(fields or {}) do all[name] = value end
  local request = { method = "POST", url = "https://graph.facebook.com/", body = form(all),
    headers = { Authorization = "Bearer " .. world.admin_token } }
  for key, value in pairs(change or {}) do request[key] = value end
  return sandbox(request)
end

local function parts_of(response)
  assert.equal(200, response.status)
  return assert(json.items(response.body))
end

local function refusal_of(response)
  return assert(json.decode(response.body)).error
end

describe("the sandbox refuses a batch", function()
  local sandbox
  before_each(function() sandbox = sandboxes.new() end)

  for name, items in pairs {
    ["that is no JSON"] = "[{", ["that is no list"] = "5", ["that is empty"] = "[]",
    ["with null for an item"] = "[null]", ["with a number for an item"] = "[5]",
    ["with an item without a method"] = { { relative_url = "v26.0/1" } },
    ["with an item without an address"] = { READ, { method = "GET" } },
    ["of 51 items"] = "[" .. ('{"method":"GET","relative_url":"1"},'):rep(51):sub(1, -2) .. "]",
  } do
    it(name, function()
      local response = send(sandbox, items)
      assert.equal(400, response.status)
      assert.equal(100, refusal_of(response).code)
      assert.equal(1, #sandbox.log)
    end)
  end

  it("without a token, even where the items have theirs", function()
    local item = { method = "GET", relative_url = TEAM .. "&access_token=" .. world.admin_token }
    local response = send(sandbox, { item }, nil, { headers = {} })
    assert.equal(104, refusal_of(response).code)
    assert.equal(1, #sandbox.log)
  end)

  it("with a dead token", function()
    local headers = { Authorization = "Bearer " .. world.expired_token }
    assert.equal(190, refusal_of(send(sandbox, { READ }, nil, { headers = headers })).code)
  end)

  it("without a proof, where proofs are required", function()
    local seed = sandboxes.seed()
    seed.require_proof = true
    local response = send(sandboxes.new(seed), { READ })
    assert.equal("API calls from the server require an appsecret_proof argument",
      refusal_of(response).message)
  end)

  it("by GET, or under a path: it is another request then", function()
    assert.equal(400, send(sandbox, { READ }, nil, { method = "GET" }).status)
    local elsewhere = send(sandbox, { READ }, nil, { url = "/v26.0/" .. world.team_waba })
    assert.equal(400, elsewhere.status)
    assert.equal(2, #sandbox.log)
  end)
end)

describe("the sandbox answers a batch", function()
  local sandbox
  before_each(function() sandbox = sandboxes.new() end)

  it("item by item, in order, the world changing in between", function()
    local shown = { method = "GET",
      relative_url = ("v26.0/%s/assigned_users?business=%s"):format(world.waba, world.business) }
    local parts = parts_of(send(sandbox, { shown, WRITE, shown }))
    assert.same({ 200, 200, 200 }, { parts[1].code, parts[2].code, parts[3].code })
    assert.equal(0, #json.decode(parts[1].body).data)
    assert.is_true(json.decode(parts[2].body).success)
    assert.equal(world.system_user, json.decode(parts[3].body).data[1].id)
  end)

  it("as the same request alone would be answered", function()
    local alone = sandboxes.new() { method = "GET", url = "/" .. TEAM,
      headers = { Authorization = "Bearer " .. world.admin_token } }
    local part = parts_of(send(sandbox, { READ }))[1]
    local headers = {}
    local before = ""
    for _, header in ipairs(part.headers) do
      headers[header.name] = header.value
      assert.is_true(before < header.name) -- the same bytes in every run
      before = header.name
    end
    assert.same(alone, { status = part.code, headers = headers, body = part.body })
  end)

  it("keeping an item's error to the item", function()
    local parts = parts_of(send(sandbox, { READ, { method = "GET", relative_url = "v26.0/1/x" },
      { method = "PATCH", relative_url = "" }, READ }))
    assert.same({ 200, 400, 400, 200 },
      { parts[1].code, parts[2].code, parts[3].code, parts[4].code })
    assert.equal(100, json.decode(parts[2].body).error.code)
  end)

  it("under a version, in JSON, or with the token in the form", function()
    for _, change in ipairs {
      { url = "/v25.0/" }, { url = "https://graph.facebook.com" }, { method = "post" },
      { body = json.encode { batch = { READ } },
        headers = { Authorization = "Bearer " .. world.admin_token,
          ["Content-Type"] = "application/json" } },
      { body = form { access_token = world.admin_token, batch = json.encode { READ } },
        headers = {} },
    } do
      assert.equal(200, parts_of(send(sandbox, { READ }, nil, change))[1].code)
    end
  end)

  it("of 50", function()
    local items = {}
    for i = 1, 50 do items[i] = READ end
    assert.equal(50, #parts_of(send(sandbox, items)))
  end)

  it("without headers where none are wanted", function()
    assert.is_nil(parts_of(send(sandbox, { READ }, { include_headers = "false" }))[1].headers)
    assert.is_table(parts_of(send(sandbox, { READ }, { include_headers = "true" }))[1].headers)
  end)

  it("leaving a success out where the item asks for that", function()
    local parts = parts_of(send(sandbox, {
      { method = "GET", relative_url = TEAM, omit_response_on_success = true },
      { method = "GET", relative_url = "v26.0/1", omit_response_on_success = true },
    }))
    assert.is_false(parts[1])
    assert.equal(400, parts[2].code)
  end)

  it("each item under its own token, or the one beside the batch", function()
    local own = { method = "GET", relative_url = TEAM .. "&access_token=" .. world.client_token }
    local parts = parts_of(send(sandbox, { READ, own }))
    assert.same({ 200, 400 }, { parts[1].code, parts[2].code })
    assert.not_equal(sandbox.log[1].token, sandbox.log[2].token)
  end)

  it("lending its proof to items under its token", function()
    local seed = sandboxes.seed()
    seed.require_proof = true
    local proof
    for _, token in ipairs(seed.tokens) do
      if token.token == world.admin_token then proof = token.proof end
    end
    local parts = parts_of(send(sandboxes.new(seed), { READ, WRITE,
      { method = "GET", relative_url = TEAM .. "&access_token=" .. world.admin_token } },
      { appsecret_proof = proof }))
    assert.same({ 200, 200, 400 }, { parts[1].code, parts[2].code, parts[3].code })
  end)

  it("counting each item where it belongs, and the whole nowhere", function()
    send(sandbox, { READ, READ, READ, WRITE })
    assert.equal(1, sandbox.state:usage(world.team_waba)) -- 3 of 200 an hour
    assert.equal(0, sandbox.state:usage("app"))
  end)

  it("with each item in the log, then the batch, and no token in either", function()
    send(sandbox, { READ, WRITE }, { access_token = world.admin_token })
    assert.same({ "GET", "POST", "POST" },
      { sandbox.log[1].method, sandbox.log[2].method, sandbox.log[3].method })
    assert.equal("/", sandbox.log[3].path)
    local function check(value)
      if type(value) == "table" then for _, inner in pairs(value) do check(inner) end end
      if type(value) == "string" then assert.is_nil(value:find(world.admin_token, 1, true)) end
    end
    check(sandbox.log)
  end)
end)

describe("a fault rule and a batch", function()
  local sandbox
  before_each(function() sandbox = sandboxes.new() end)

  for _, rule in ipairs { { timeout = true }, { broken = true }, { broken = "tls" },
    { wire = "half" }, { wire = "reset" } } do
    it(("meet in one item: %s makes it null"):format((next(rule))), function()
      rule.path, rule.nth = "assigned_users", 2
      sandbox:fault(rule)
      local parts = parts_of(send(sandbox, { READ, WRITE, READ }))
      assert.same({ 200, false, 200 }, { parts[1].code, parts[2], parts[3].code })
      assert.equal(0, #sandbox.state:assignments(world.waba, world.business))
    end)
  end

  it("may let the item take effect", function()
    sandbox:fault { method = "POST", path = "assigned_users", timeout = true, applied = true }
    assert.is_false(parts_of(send(sandbox, { WRITE }))[1])
    assert.equal(1, #sandbox.state:assignments(world.waba, world.business))
  end)

  it("may give the item a reply", function()
    sandbox:fault { path = "assigned_users", status = 503, body = "away" }
    local parts = parts_of(send(sandbox, { READ, READ }))
    assert.same({ 503, "away", 200 }, { parts[1].code, parts[1].body, parts[2].code })
  end)

  it("meet in the whole first, which then does nothing", function()
    sandbox:fault { timeout = true }
    local response, _, kind = send(sandbox, { WRITE })
    assert.same({ nil, "timeout" }, { response, kind })
    assert.equal(1, #sandbox.log)
    assert.equal(0, #sandbox.state:assignments(world.waba, world.business))
  end)

  it("may lose the reply to the whole after all was done", function()
    sandbox:fault { timeout = true, applied = true }
    assert.is_nil((send(sandbox, { WRITE })))
    assert.equal(1, #sandbox.state:assignments(world.waba, world.business))
  end)
end)
