--- client:access: the matrix of accounts and users, by as few requests as Graph allows.

local sandbox = require "waba.sandbox"
local stub = require "spec.support.stub"
local waba = require "waba"

local W = sandbox.world
local ANNA, JASPER = "1972385232742142", "1972385232752545"

local graph

local function client_of(options)
  local settings = { access_token = W.admin_token, transport = graph, clock = (stub.clock()),
    budget = stub.FORGETFUL }
  for name, value in pairs(options or {}) do settings[name] = value end
  return assert(waba.new(settings))
end

--- A fleet of `count` accounts, every other one owned, each with two users.
local function fleet(count, change)
  local seed = sandbox.seed()
  seed.wabas = {}
  for i = 1, count do
    seed.wabas[i] = {
      id = ("%d"):format(700000000000000 + i), name = "Account " .. i,
      business = i % 2 == 0 and W.business or W.client,
      shared_with = i % 2 == 1 and { { business = W.business } } or nil,
      assigned = { { user = W.admin, tasks = { "MANAGE" } },
        { user = i % 3 == 0 and ANNA or W.spare_user, tasks = { "DEVELOP", "VIEW_COST" } } },
    }
  end
  if change then change(seed) end
  return sandbox.new(seed)
end

local NESTED = { fields = "assigned_users" }
local REFUSED = { code = 100, message = "(#100) For field 'assigned_users': no" }
local TOO_MUCH = { code = 1, message = "Please reduce the amount of data you're asking for" }

local function refuse(rule, status, fault)
  rule.status, rule.body, rule.times = status, { error = fault }, rule.times or math.huge
  graph:fault(rule)
end

--- Requests of the log whose path ends so.
local function count_of(edge)
  local count = 0
  for _, entry in ipairs(graph.log) do
    if entry.path:sub(-#edge) == edge then count = count + 1 end
  end
  return count
end

--- What is of interest, as text: "account ownership user=tasks ...".
local function rows(access)
  local lines = {}
  for i, account in ipairs(access.accounts) do
    local users = {}
    for id, tasks in pairs(account.tasks) do
      users[#users + 1] = id .. "=" .. (tasks == "unknown" and "?" or table.concat(tasks, "+"))
    end
    table.sort(users)
    lines[i] = ("%s %s %s%s"):format(account.id, account.ownership, table.concat(users, " "),
      account.unknown and " " .. account.unknown.kind or "")
  end
  return lines
end

describe("access", function()
  before_each(function() graph = sandbox.new() end)

  it("raises on what is no option, and on a call without a colon", function()
    local client = client_of()
    for _, options in ipairs { { all = true }, { timeout = "1" }, { on_progress = 1 },
      { system_users_only = 1 } } do
      local ok, message = pcall(function() return client:access(W.business, options) end)
      assert.is_false(ok)
      assert.matches("access_spec.lua:%d+: access: ", message)
    end
    assert.has_error(function() client:access(W.business, 5) end)
    assert.has_error(function() client.access(W.business) end)
    assert.has_error(function() client:access(5) end)
    assert.equal(0, #graph.log)
  end)

  it("fails as a whole where a list cannot be read", function()
    local function fails(kind, ...)
      local result, err = client_of(...):access(W.business)
      assert.is_nil(result)
      assert.equal(kind, err.kind)
      assert.equal("access", err.operation)
    end
    fails("auth", { access_token = W.expired_token })
    fails("permission", { access_token = W.employee_token })
    refuse({ path = "client_whatsapp" }, 403, { code = 200, message = "(#200) no" })
    fails("permission")
    local result, err = client_of():access("x")
    assert.is_nil(result)
    assert.equal("invalid", err.kind)
    local client = client_of()
    client:close()
    assert.equal("closed", select(2, client:access(W.business)).kind)
  end)

  it("ends where a list does not, or is none", function()
    local function fails(page, words)
      local client = stub.client { stub.reply(200, '{"data":[]}'), stub.reply(200, page) }
      local result, err = client:access("5")
      assert.is_nil(result)
      assert.equal("protocol", err.kind)
      assert.matches(words, err.message)
    end
    fails('{"data":[],"paging":{"cursors":{"after":"c"},"next":"x"}}', "does not end")
    fails('{"data":[],"paging":{"next":"x"}}', "does not end")
    fails('{"data":[{"name":"x"}]}', "without an id")
    fails('{"data":["x"]}', "without an id")
    fails('{"data":"x"}', "without data")
    fails('["x"]', "without data")
  end)

  it("marks the account whose list of users is none", function()
    local client = stub.client { stub.reply(200, '{"data":[]}'),
      stub.reply(200, '{"data":[{"id":"1","assigned_users":{"data":[{"name":"x"}]}}]}'),
      stub.reply(200, '{"data":[]}'), stub.reply(200, '{"data":[{"name":"x"}]}') }
    local access = assert(client:access("5"))
    assert.same({}, access.accounts[1].tasks)
    assert.equal("protocol", access.accounts[1].unknown.kind)
  end)

  it("asks no further user once one cannot be asked", function()
    graph = fleet(3, function(seed) seed.list_tasks = false end)
    graph:fault { path = "assigned_whatsapp", broken = true, times = math.huge }
    assert(client_of({ max_attempts = 1 }):access(W.business))
    assert.equal(1, count_of("assigned_whatsapp_business_accounts"))
  end)

  it("is three requests where accounts hold their users", function()
    local access = assert(client_of():access(W.business))
    assert.same({
      W.waba .. " owned ",
      W.partner_waba .. " client ",
      ("%s owned %s=VIEW_COST+VIEW_TEMPLATES %s=MANAGE %s=DEVELOP"):format(W.team_waba,
        W.spare_user, ANNA, JASPER),
    }, rows(access))
    assert.equal(W.business, access.business)
    assert.same({ 3, 6 }, { access.requests, access.naive })
    assert.equal(3, #graph.log)
    assert.equal("Lucky Shrub", access.accounts[2].name)
    local users = {}
    for i, user in ipairs(access.users) do users[i] = user.id .. " " .. user.user_type end
    assert.same({ W.admin .. " SYSTEM_USER", W.spare_user .. " SYSTEM_USER",
      ANNA .. " BUSINESS_USER", JASPER .. " BUSINESS_USER", W.system_user .. " SYSTEM_USER",
    }, users)
  end)

  it("reads an account on its own whose users do not fit into a list", function()
    local seed = sandbox.seed()
    for i = 1, 101 do
      local id = ("%d"):format(500000 + i)
      seed.users[#seed.users + 1] = { id = id, name = "User " .. i, business = W.business }
      seed.wabas[1].assigned = seed.wabas[1].assigned or {}
      table.insert(seed.wabas[1].assigned, { user = id, tasks = { "DEVELOP" } })
    end
    graph = sandbox.new(seed)
    local access = assert(client_of():access(W.business))
    local count = 0
    for _ in pairs(access.accounts[1].tasks) do count = count + 1 end
    assert.equal(101, count)
    -- two pages of system users, the two lists, two pages of the one account
    assert.equal(6, access.requests)
    assert.equal(2, count_of("/assigned_users"))
  end)

  it("reads an account on its own that comes without the inner list", function()
    local inner = graph
    local function transport(request, timeout)
      local reply = inner(request, timeout)
      reply.body = reply.body:gsub('"assigned_users":%b{}', '"gone":1', 1)
      return reply
    end
    local access = assert(client_of({ transport = transport }):access(W.business))
    assert.equal(1, count_of(W.waba .. "/assigned_users"))
    assert.equal(1 + 2 + 2, access.requests)
  end)

  it("goes account by account where inner lists are refused", function()
    graph = fleet(7)
    local wanted = rows(assert(client_of():access(W.business)))
    refuse({ params = NESTED }, 400, REFUSED)
    local access = assert(client_of():access(W.business))
    assert.same(wanted, rows(access))
    -- system users, the list refused, both lists plain, seven accounts
    assert.equal(1 + 1 + 2 + 7, access.requests)
    assert.equal(1 + 2 + 7, access.naive)
  end)

  it("asks for less where it is too much at once", function()
    graph = fleet(120)
    local wanted = rows(assert(client_of():access(W.business)))
    for limit = 17, 100 do
      refuse({ params = { fields = "assigned_users", limit = tostring(limit) } }, 500, TOO_MUCH)
    end
    local access = assert(client_of({ max_attempts = 1 }):access(W.business))
    assert.same(wanted, rows(access))
    assert.equal(0, count_of("/assigned_users"))
    assert.is_true(access.requests < 40, access.requests)
  end)

  it("asks for more again where it has become less", function()
    graph = fleet(120)
    local wanted = rows(assert(client_of():access(W.business)))
    refuse({ params = NESTED, times = 3 }, 500, TOO_MUCH) -- 100, 25 and 6 of the owned ones
    local access = assert(client_of({ max_attempts = 1 }):access(W.business))
    assert.same(wanted, rows(access))
    assert.equal(0, count_of("/assigned_users"))
    assert.is_true(access.requests < 20, access.requests)
  end)

  it("reads the one account that is too much by itself, and no other", function()
    graph = fleet(120)
    local wanted = rows(assert(client_of():access(W.business)))
    refuse({ params = NESTED, times = 4 }, 500, TOO_MUCH) -- 100, 25, 6 and 1
    local access = assert(client_of({ max_attempts = 1 }):access(W.business))
    assert.same(wanted, rows(access))
    assert.equal(1, count_of("/assigned_users"))
    -- system users, four refused, the one without its users, the others, the shared ones, the one
    assert.equal(1 + 4 + 1 + 1 + 1 + 1, access.requests)
  end)

  it("gives up on inner lists where each account alone is too much", function()
    graph = fleet(20)
    local wanted = rows(assert(client_of():access(W.business)))
    refuse({ params = NESTED }, 500, TOO_MUCH)
    local access = assert(client_of({ max_attempts = 1 }):access(W.business))
    assert.same(wanted, rows(access))
    assert.equal(20, count_of("/assigned_users"))
    assert.is_true(access.requests < 20 + 25, access.requests)
  end)

  it("marks the account that cannot be read, with what the inverse edge knows of it", function()
    graph = fleet(4)
    refuse({ params = NESTED }, 400, REFUSED)
    local lost = "700000000000003"
    refuse({ path = lost .. "/assigned_users" }, 403, { code = 200, message = "(#200) no" })
    local access = assert(client_of():access(W.business))
    assert.same({
      ("700000000000001 client %s=DEVELOP+VIEW_COST %s=MANAGE"):format(W.spare_user, W.admin),
      ("700000000000002 owned %s=DEVELOP+VIEW_COST %s=MANAGE"):format(W.spare_user, W.admin),
      -- Anna is not known: the inverse edge was asked about system users
      ("700000000000003 client %s=MANAGE permission"):format(W.admin),
      ("700000000000004 owned %s=DEVELOP+VIEW_COST %s=MANAGE"):format(W.spare_user, W.admin),
    }, rows(access))
    refuse({ path = "assigned_whatsapp" }, 400, { code = 100, message = "(#100) no" })
    access = assert(client_of():access(W.business))
    assert.equal(lost .. " client  permission", rows(access)[3])
  end)

  it("asks the inverse edge for tasks that no list tells, and marks those it cannot", function()
    graph = fleet(3, function(seed) seed.list_tasks = false end)
    local access = assert(client_of():access(W.business))
    assert.same({
      ("700000000000001 client %s=DEVELOP+VIEW_COST %s=MANAGE"):format(W.spare_user, W.admin),
      ("700000000000002 owned %s=DEVELOP+VIEW_COST %s=MANAGE"):format(W.spare_user, W.admin),
      ("700000000000003 client %s=MANAGE %s=?"):format(W.admin, ANNA),
    }, rows(access))
    assert.equal(3 + 2, access.requests) -- of the system users, two are on an account
    refuse({ path = "assigned_whatsapp" }, 400, { code = 100, message = "(#100) no" })
    access = assert(client_of():access(W.business))
    assert.equal(("700000000000001 client %s=? %s=?"):format(W.spare_user, W.admin),
      rows(access)[1])
  end)

  it("asks for each system user instead of each account, where no others matter", function()
    graph = fleet(9)
    refuse({ params = NESTED }, 400, REFUSED)
    local access = assert(client_of():access(W.business, { system_users_only = true }))
    assert.equal(0, count_of("/assigned_users"))
    assert.equal(1 + 1 + 2 + 3, access.requests)
    assert.is_true(access.system_users_only)
    assert.equal(("700000000000003 client %s=MANAGE"):format(W.admin), rows(access)[3])
    refuse({ path = W.system_user .. "/assigned_whatsapp" }, 400, REFUSED)
    access = assert(client_of():access(W.business, { system_users_only = true }))
    assert.equal(9, count_of("/assigned_users"))
    assert.is_nil(access.system_users_only)
  end)

  it("tells how far it is, and counts what it sends", function()
    graph = fleet(7)
    refuse({ params = NESTED }, 400, REFUSED)
    local sent, told, last = 0, {}, 0
    local client = client_of { on_event = function(event)
      if event.type == "request" then sent = sent + 1 end
    end }
    local access = assert(client:access(W.business, { on_progress = function(done, total)
      assert.is_true(done >= last and done <= total)
      last, told[#told + 1] = done, total
    end }))
    assert.equal(sent, access.requests)
    assert.same({ 7, 7 }, { last, told[#told] })
  end)

  it("runs inside of a map, also where it goes account by account", function()
    graph = fleet(5)
    refuse({ params = NESTED }, 400, REFUSED)
    local wanted = rows(assert(client_of():access(W.business)))
    local client = client_of()
    local results, errors = client:map({ W.business, W.business }, function(business)
      return client:access(business)
    end)
    assert.is_nil(next(errors))
    assert.same({ wanted, wanted }, { rows(results[1]), rows(results[2]) })
  end)

  it("raises what a callback raises", function()
    graph = fleet(5)
    refuse({ params = NESTED }, 400, REFUSED)
    assert.has_error(function()
      client_of():access(W.business, { on_progress = function(done)
        if done > 1 then error("enough", 0) end
      end })
    end, "enough")
    assert(client_of():access(W.business))
  end)
end)

--- Faults of every kind at places that a seed decides. What comes back is the truth, or is marked.
describe("access under faults", function()
  local FAULTS = {
    { status = 500, body = { error = { code = 2, message = "m" } } },
    { status = 500, body = { error = TOO_MUCH } },
    { status = 400, body = { error = REFUSED } },
    { status = 403, body = { error = { code = 200, message = "(#200) no" } } },
    { status = 400, body = { error = { code = 80008, message = "m" } } },
    { status = 200, body = "<html>" },
    { status = 200, body = { data = "x" } },
    { broken = true },
    { timeout = true },
  }
  local EDGES = { "system_users", "owned_whatsapp", "client_whatsapp", "/assigned_users",
    "assigned_whatsapp" }

  local function truth_of(seed)
    local truth = {}
    for _, account in ipairs(seed.wabas) do
      truth[account.id] = {}
      for _, given in ipairs(account.assigned) do truth[account.id][given.user] = given.tasks end
    end
    return truth
  end

  local function check(access, truth, every)
    local known = 0
    for _, account in ipairs(access.accounts) do
      local real = truth[account.id]
      for id, tasks in pairs(account.tasks) do
        assert.is_table(real[id], id)
        if tasks ~= "unknown" then assert.same(real[id], tasks) end
      end
      if not account.unknown then
        known = known + 1
        for id in pairs(real) do assert.is_not_nil(account.tasks[id]) end
      end
    end
    if every then assert.equal(every, #access.accounts) end
    return known
  end

  it("is true, or marked as unknown", function()
    local answered, failed, known, unknown = 0, 0, 0, 0
    for number = 1, 60 do
      local state = number
      local function random(most) -- Park and Miller's
        state = state * 16807 % 2147483647
        return state % most + 1
      end
      local seed
      graph = fleet(23, function(made)
        seed, made.list_tasks = made, random(3) > 1
      end)
      for _ = 1, random(6) do
        local rule = { path = EDGES[random(#EDGES)], nth = random(5), times = random(20) }
        for key, value in pairs(FAULTS[random(#FAULTS)]) do rule[key] = value end
        graph:fault(rule)
      end
      local access, err = client_of():access(W.business)
      if access then
        local told = check(access, truth_of(seed), 23)
        answered, known, unknown = answered + 1, known + told, unknown + 23 - told
      else
        failed = failed + 1
        assert.equal("access", err.operation)
      end
    end
    assert.is_true(answered > 15 and failed > 5 and known > 300 and unknown > 5,
      table.concat({ answered, failed, known, unknown }, " "))
  end)
end)
