--- ensure and revoke: read, write where there is need, read until it shows.

local core = require "waba.core"
local sandboxes = require "waba.sandbox"
local stub = require "spec.support.stub"
local waba = require "waba"

local world = sandboxes.world
local ACCOUNT, USER, BUSINESS = world.waba, world.system_user, world.business

--- A client on a sandbox of its own; `seed` changes its seed.
local function open(options, seed)
  local plan = sandboxes.seed()
  if seed then seed(plan) end
  local sandbox = sandboxes.new(plan)
  local clock, sleeps = stub.clock()
  local settings = { access_token = world.admin_token, transport = sandbox, clock = clock }
  for key, value in pairs(options or {}) do settings[key] = value end
  return assert(waba.new(settings)), sandbox, sleeps
end

local function methods(sandbox)
  local names = {}
  for i, entry in ipairs(sandbox.log) do names[i] = entry.method end
  return table.concat(names, " ")
end

local function ensure(client, tasks, options)
  options = options or {}
  options.business = options.business or BUSINESS
  return client:ensure(options.account or ACCOUNT, USER, tasks or "MANAGE",
    { business = options.business, exact = options.exact, timeout = options.timeout })
end

local function revoke(client, options)
  options = options or {}
  return client:revoke(ACCOUNT, USER, { business = options.business or BUSINESS })
end

local function held(sandbox)
  local assignment = sandbox.state:find(ACCOUNT).assigned[1]
  return assignment and table.concat(assignment.tasks, ",") or "nobody"
end

--- Lists that come one after the other, whatever is written; writes succeed.
local function listing(...)
  local lists, at, writes = { ... }, 0, {}
  local client = stub.client(function(request)
    if request.method ~= "GET" then
      writes[#writes + 1] = request.body or request.url
      return stub.reply(200, "true")
    end
    at = math.min(at + 1, #lists)
    return stub.reply(200, core.json.encode { data = lists[at] })
  end)
  return client, writes
end

--- A client that loses its writes, on which a list is empty before, and answers so after.
local function losing(answer)
  local count = { writes = 0 }
  return stub.client(function(request)
    if request.method ~= "GET" then
      count.writes = count.writes + 1
      return nil, "reset", "network", true
    elseif count.writes == 0 then
      return stub.reply(200, '{"data":[]}')
    end
    if answer.lost then return nil, answer.message, answer.kind end
    return answer
  end, { max_attempts = 3, timeout = 600 }), count
end

local AWAY = { error = { code = 2 } }
local OTHER = { id = "7", tasks = { "MANAGE" } }
local function user(...) return { id = USER, tasks = select("#", ...) > 0 and { ... } or nil } end

describe("ensure and revoke", function()
  local client, sandbox
  before_each(function() client, sandbox = open() end)

  local function raises(words, method, ...)
    local sound, message = pcall(client[method], client, ...)
    assert.is_false(sound)
    assert.matches(words, message, 1, true)
    assert.same({}, sandbox.log)
  end

  it("raise on wrong types, and say whose call it was", function()
    local options = { business = BUSINESS }
    raises("ensure: waba_id must be a string of digits", "ensure", 5, USER, "MANAGE", options)
    raises("revoke: user_id must be a string of digits", "revoke", ACCOUNT, nil, options)
    raises("ensure: tasks must be", "ensure", ACCOUNT, USER, nil, options)
    raises("ensure: tasks must be", "ensure", ACCOUNT, USER, { 5 }, options)
    raises("ensure: options must be a table", "ensure", ACCOUNT, USER, "MANAGE")
    raises("option 'business' must be given", "revoke", ACCOUNT, USER, {})
    raises("option 'business' must be a string", "revoke", ACCOUNT, USER, { business = 5 })
    raises("option 'exact' must be a boolean", "ensure", ACCOUNT, USER, "MANAGE",
      { business = BUSINESS, exact = 1 })
    raises("unknown option 'exact'", "revoke", ACCOUNT, USER, { business = BUSINESS, exact = true })
    raises("unknown option 'buisness'", "ensure", ACCOUNT, USER, "MANAGE", { buisness = BUSINESS })
    assert.has_error(function() client.ensure({}, ACCOUNT, USER, "MANAGE", options) end)
    local _, message = pcall(function() client:ensure(5, USER, "MANAGE", options) end)
    assert.matches("^spec/ensure_spec%.lua:%d+: ", message)
  end)

  it("answer bad values with invalid, before anything is sent", function()
    local function refused(result, err)
      assert.is_nil(result)
      assert.equal("invalid", err.kind)
      assert.same({}, sandbox.log)
    end
    local options = { business = BUSINESS }
    refused(client:ensure("x", USER, "MANAGE", options))
    refused(client:ensure(ACCOUNT, "x", "MANAGE", options))
    refused(client:ensure(ACCOUNT, USER, "manage", options))
    refused(client:ensure(ACCOUNT, USER, {}, options))
    refused(client:ensure(ACCOUNT, USER, "MANAGE", { business = "x" }))
    refused(client:ensure(ACCOUNT, USER, "MANAGE", { business = BUSINESS, timeout = -1 }))
    refused(client:revoke("x", USER, options))
    refused(client:revoke(ACCOUNT, "x", options))
    refused(client:revoke(ACCOUNT, USER, { business = "" }))
  end)

  it("answer what failed where the first read does", function()
    for _, method in ipairs { ensure, revoke } do
      client, sandbox = open { access_token = world.expired_token }
      local result, err = method(client)
      assert.is_nil(result)
      assert.equal("auth", err.kind)
      assert.equal("GET", methods(sandbox))
    end
  end)

  it("end as closed on a closed client", function()
    client:close()
    for _, method in ipairs { ensure, revoke } do
      assert.equal("closed", select(2, method(client)).kind)
    end
    assert.same({}, sandbox.log)
  end)

  it("end as closed where it is closed before the write", function()
    for _, method in ipairs { ensure, revoke } do
      client, sandbox = open { on_event = function(event)
        if event.type == "response" then client:close() end
      end }
      assert.equal("closed", select(2, method(client)).kind)
      assert.equal("GET", methods(sandbox))
    end
  end)

  it("tell what was written where it is closed after the write", function()
    for kind, rule in pairs {
      unverified = {}, indeterminate = { broken = true, applied = true },
    } do
      client, sandbox = open { on_event = function(event)
        if event.type == "response" and event.operation == "assign" then client:close() end
      end }
      rule.method = "POST"
      if kind == "indeterminate" then sandbox:fault(rule) end
      local result, err = ensure(client)
      assert.is_nil(result)
      assert.equal(kind, err.kind)
      assert.matches("closed", err.hint)
      assert.equal("MANAGE", held(sandbox))
    end
  end)
end)

describe("ensure", function()
  it("does nothing where the tasks are there", function()
    local client, writes = listing({ OTHER, user("DEVELOP", "MANAGE") })
    assert.equal("unchanged", ensure(client))
    assert.same({}, writes)
  end)

  it("finds a user on a later page, and reads no further", function()
    local requests = 0
    local client = stub.client(function(request)
      requests = requests + 1
      assert.equal("GET", request.method)
      local list = requests == 2 and { user("MANAGE") } or { OTHER }
      return stub.reply(200, core.json.encode { data = list,
        paging = { cursors = { after = "c" .. requests }, next = "x" } })
    end)
    assert.equal("unchanged", ensure(client))
    assert.equal(2, requests)
  end)

  it("assigns, and reads it back", function()
    local client, sandbox, sleeps = open()
    assert.equal("assigned", ensure(client))
    assert.equal("GET POST GET", methods(sandbox))
    assert.equal("MANAGE", held(sandbox))
    assert.equal("unchanged", ensure(client))
    assert.same({}, sleeps)
  end)

  it("answers what failed where Graph refuses the write", function()
    local client, sandbox = open()
    local result, err = ensure(client, nil, { account = world.partner_waba })
    assert.is_nil(result)
    assert.equal("invalid", err.kind)
    assert.equal("assign", err.operation)
    assert.equal("GET POST", methods(sandbox))
  end)

  it("loses no task the user has, whether a second assignment adds or replaces", function()
    for _, way in ipairs { "merge", "replace" } do
      local client, sandbox = open(nil, function(seed) seed.repeated_assign = way end)
      ensure(client, "DEVELOP")
      assert.equal("assigned", ensure(client, "MANAGE"))
      assert.truthy(held(sandbox):find("DEVELOP", 1, true), way)
      assert.truthy(held(sandbox):find("MANAGE", 1, true), way)
    end
  end)

  it("says so where what it sent besides may be what is refused", function()
    local client = stub.client(function(request)
      if request.method == "GET" then
        return stub.reply(200, core.json.encode { data = { user("DEVELOP") } })
      end
      return stub.graph_error(400, { code = 100, message = "(#100) Invalid parameter" })
    end)
    local _, err = ensure(client)
    assert.equal("invalid", err.kind)
    assert.matches("MANAGE, DEVELOP", err.hint, 1, true)
  end)

  it("waits for a late change: half a second, one, two, four, eight", function()
    for late = 0, 5 do
      local lists = { {} }
      for _ = 1, late do lists[#lists + 1] = {} end
      lists[#lists + 1] = { user("MANAGE", "VIEW_COST") } -- expanded when read
      local clock, sleeps = stub.clock()
      local client, writes = listing((table.unpack or unpack)(lists)) -- luacheck: ignore
      client.driver.now, client.driver.sleep = clock.now, clock.sleep
      assert.equal("assigned", ensure(client))
      assert.equal(1, #writes)
      local expected = {}
      for i = 1, late do expected[i] = 2 ^ (i - 2) end
      assert.same(expected, sleeps)
    end
  end)

  it("is unverified where it never shows, with a hint that names the business", function()
    local client, writes = listing({})
    local result, err = ensure(client)
    assert.is_nil(result)
    assert.equal("unverified", err.kind)
    assert.equal("ensure", err.operation)
    assert.equal(1, err.attempts)
    assert.is_false(err.retryable)
    assert.truthy(err.hint:find(BUSINESS, 1, true))
    assert.matches("^unverified: ", tostring(err))
    assert.equal(1, #writes)
  end)

  it("is unverified with a wrong business, although it was done", function()
    local client, sandbox = open()
    local _, err = ensure(client, nil, { business = world.client })
    assert.equal("unverified", err.kind)
    assert.truthy(err.hint:find(world.client, 1, true))
    assert.equal("MANAGE", held(sandbox))
  end)

  it("is unverified where lists carry no tasks: listed is not the same as allowed", function()
    local client, sandbox = open(nil, function(seed) seed.list_tasks = false end)
    local result, err = ensure(client)
    assert.is_nil(result)
    assert.equal("unverified", err.kind)
    assert.matches("no tasks", err.hint)
    assert.equal("GET POST GET", methods(sandbox))
  end)

  it("writes nothing where the user is listed without tasks: some could be lost", function()
    local client, writes = listing({ user() })
    local result, err = ensure(client)
    assert.is_nil(result)
    assert.same({ "unverified", "ensure", 0 }, { err.kind, err.operation, err.attempts })
    assert.matches("no tasks", err.message)
    assert.matches("with `exact`", err.hint, 1, true)
    assert.same({}, writes)
    assert.matches("no tasks", select(2, ensure(client, nil, { exact = true })).hint)
    assert.equal("user=" .. USER .. "&tasks=%5B%22MANAGE%22%5D", writes[1])
  end)

  it("takes tasks that are no list of strings for unknown, whatever they are", function()
    for name, tasks in pairs {
      text = "MANAGE", number = 5, mixed = { "MANAGE", 5 }, lists = { { "MANAGE" } },
      object = { a = "MANAGE" }, yes = true,
    } do
      local client, writes = listing({ { id = USER, tasks = tasks } })
      local result, err = ensure(client)
      assert.is_nil(result, name)
      assert.equal("unverified", err.kind, name)
      assert.matches("no tasks", err.message, 1, true)
      assert.same({}, writes, name)
    end
  end)

  it("is unverified where reading back fails, and says why", function()
    local client, sandbox = open { max_attempts = 1 }
    sandbox:fault { method = "GET", nth = 2, status = 503, body = { error = { code = 2 } } }
    local _, err = ensure(client)
    assert.equal("unverified", err.kind)
    assert.matches("transient", err.hint)
  end)

  describe("exact", function()
    it("takes more tasks for a difference, and sends only the wanted", function()
      local client, writes = listing({ user("MANAGE", "DEVELOP") }, { user("MANAGE") })
      assert.equal("assigned", ensure(client, { "MANAGE" }, { exact = true }))
      assert.equal("user=" .. USER .. "&tasks=%5B%22MANAGE%22%5D", writes[1])
    end)

    it("does nothing where the tasks are these, in any order", function()
      local client, writes = listing({ user("A", "B") })
      assert.equal("unchanged", ensure(client, { "B", "A" }, { exact = true }))
      assert.same({}, writes)
    end)

    it("is unverified where the others remain", function()
      local client, sandbox = open(nil, function(seed) seed.repeated_assign = "merge" end)
      ensure(client, "DEVELOP")
      local _, err = ensure(client, "MANAGE", { exact = true })
      assert.equal("unverified", err.kind)
      assert.matches("revoke, then ensure", err.hint, 1, true)
      assert.equal("DEVELOP,MANAGE", held(sandbox))
    end)
  end)

  describe("after a write of unknown fate", function()
    it("reads, and does not send again what was applied", function()
      local client, sandbox = open()
      sandbox:fault { method = "POST", broken = true, applied = true }
      assert.equal("assigned", ensure(client))
      assert.equal("GET POST GET", methods(sandbox))
    end)

    it("reads, and sends again what was not", function()
      local client, sandbox = open()
      sandbox:fault { method = "POST", timeout = true }
      assert.equal("assigned", ensure(client))
      assert.equal("GET POST GET GET GET GET GET GET POST GET", methods(sandbox))
    end)

    it("sends no more than max_attempts times, and stays indeterminate", function()
      for attempts = 1, 3 do
        local client, sandbox = open { max_attempts = attempts, timeout = 600 }
        sandbox:fault { method = "POST", broken = true, times = 99 }
        local _, err = ensure(client)
        assert.equal("indeterminate", err.kind)
        assert.equal(attempts, err.attempts)
        assert.truthy(err.hint:find(BUSINESS, 1, true))
        local _, posts = methods(sandbox):gsub("POST", "")
        assert.equal(attempts, posts)
      end
    end)

    it("stays indeterminate where a later one is refused, or time runs out", function()
      local client, sandbox = open { timeout = 600 }
      sandbox:fault { method = "POST", broken = true }
      sandbox:fault { method = "POST", nth = 2, status = 403, body = { error = { code = 200 } } }
      assert.equal("indeterminate", select(2, ensure(client)).kind)
      client, sandbox = open()
      sandbox:fault { method = "POST", broken = true, times = 99 }
      assert.equal("indeterminate", select(2, ensure(client, nil, { timeout = 16 })).kind)
    end)

    it("stays indeterminate where a budget holds the next, and looks no further", function()
      local client, sandbox = open { timeout = 600 }
      sandbox:fault { method = "POST", broken = true }
      client.driver.budget = {
        delay = function(_, call)
          local again = call:facts().operation == "assign" and call:facts().attempt > 1
          return again and 7200 or 0
        end,
        learn = function() end,
      }
      local _, err = ensure(client)
      assert.same({ "indeterminate", 1 }, { err.kind, err.attempts })
      assert.truthy(err.hint:find("does not show the user", 1, true), err.hint)
      assert.equal("GET POST GET GET GET GET GET GET", methods(sandbox))
    end)

    for name, answer in pairs {
      ["fails"] = stub.graph_error(403, { code = 200 }),
      ["is lost"] = stub.lost("m", "network"),
      ["shows no tasks"] = stub.reply(200, core.json.encode { data = { user() } }),
    } do
      it("stays indeterminate, and is not sent again, where reading back " .. name, function()
        local client, count = losing(answer)
        local result, err = ensure(client)
        assert.is_nil(result)
        assert.same({ "indeterminate", 1, 1 }, { err.kind, err.attempts, count.writes })
        assert.truthy(err.hint)
      end)
    end
  end)

  describe("told 'already assigned'", function()
    local function fault(sandbox, nth)
      sandbox:fault { method = "POST", nth = nth, times = 99, status = 422,
        body = { error = { code = 100, message = "already assigned" } } }
    end

    it("after its own write, takes it for success where the list agrees", function()
      local client, sandbox = open()
      sandbox:fault { method = "POST", applied = true, status = 503, body = AWAY }
      fault(sandbox, 2)
      assert.equal("assigned", ensure(client))
    end)

    it("answers what failed where the list does not agree", function()
      local client, sandbox = open()
      fault(sandbox, 1)
      local result, err = ensure(client)
      assert.is_nil(result)
      assert.equal("invalid", err.kind)
      assert.equal(422, err.status)
      assert.truthy(err.hint:find(BUSINESS, 1, true))
    end)
  end)

  it("keeps all of it within one timeout", function()
    local clock = stub.clock()
    local client, sandbox = open { clock = clock }
    sandbox:fault { method = "GET", times = 99, status = 503, body = { error = { code = 2 } } }
    local began = clock.now()
    assert.is_nil((ensure(client, nil, { timeout = 3 })))
    assert.is_true(clock.now() - began <= 3)
    sandbox:reset()
    client = listing({})
    local slow, sleeps = stub.clock()
    client.driver.now, client.driver.sleep = slow.now, slow.sleep
    assert.equal("unverified", select(2, ensure(client, nil, { timeout = 3 })).kind)
    assert.same({ 0.5, 1 }, sleeps) -- two more would pass it
  end)

  it("sends no write once its time is over", function()
    local clock, requests = stub.clock(), 0
    local client = stub.client(function()
      requests = requests + 1
      clock.sleep(2)
      return stub.reply(200, '{"data":[]}')
    end, { clock = clock })
    local _, err = ensure(client, nil, { timeout = 2 })
    assert.equal("timeout", err.kind)
    assert.equal(1, requests)
  end)
end)

describe("revoke", function()
  it("does nothing where others are listed and the user is not", function()
    local client, writes = listing({ OTHER })
    assert.equal("unchanged", revoke(client))
    assert.same({}, writes)
  end)

  it("asks Graph where the list is empty, which proves nothing", function()
    local client, sandbox = open()
    assert.equal("unchanged", revoke(client))
    assert.equal("GET DELETE GET", methods(sandbox))
    ensure(client)
    assert.equal("revoked", revoke(client, { business = world.client })) -- a wrong one
    assert.equal("nobody", held(sandbox))
  end)

  it("asks Graph where somebody is listed without an id: it may be the user", function()
    for _, nameless in ipairs { { name = "N" }, { id = {} }, { id = true } } do
      local client, writes = listing({ OTHER, nameless })
      assert.equal("revoked", revoke(client))
      assert.equal(1, #writes)
    end
  end)

  it("removes, and reads it back", function()
    local client, sandbox = open()
    ensure(client)
    assert.equal("revoked", revoke(client))
    assert.equal("nobody", held(sandbox))
    assert.equal("unchanged", revoke(client))
  end)

  it("is unverified where the user stays listed", function()
    local client, writes = listing({ user("MANAGE") })
    local _, err = revoke(client)
    assert.equal("unverified", err.kind)
    assert.matches("still", err.hint)
    assert.equal(1, #writes)
  end)

  it("reads after a write of unknown fate, and sends again only what was not applied", function()
    for applied, expected in pairs { [true] = 1, [false] = 2 } do
      local client, sandbox = open()
      ensure(client)
      sandbox:fault { method = "DELETE", broken = true, applied = applied }
      assert.equal("revoked", revoke(client))
      local _, writes = methods(sandbox):gsub("DELETE", "")
      assert.equal(expected, writes)
    end
  end)

  it("stays indeterminate, and is not sent again, where reading back proves nothing", function()
    for _, answer in ipairs {
      stub.graph_error(403, { code = 200 }), stub.lost("m", "network"),
      stub.reply(200, '{"data":[]}'), stub.reply(200, '{"data":[{"name":"N"}]}'),
    } do
      local client, count = losing(answer)
      local result, err = revoke(client)
      assert.is_nil(result)
      assert.same({ "indeterminate", 1, 1 }, { err.kind, err.attempts, count.writes })
      assert.truthy(err.hint)
    end
    local client = losing(stub.reply(200, core.json.encode { data = { OTHER } }))
    assert.equal("revoked", revoke(client))
  end)

  it("takes 'not assigned' after its own write for success where the list agrees", function()
    local client, sandbox = open()
    ensure(client)
    sandbox:fault { method = "DELETE", applied = true, status = 503, body = AWAY }
    assert.equal("revoked", revoke(client))
  end)

  it("answers 'not assigned' as what failed where the list disagrees", function()
    local client = stub.client(function(request)
      if request.method == "GET" then
        return stub.reply(200, core.json.encode { data = { user("MANAGE") } })
      end
      return stub.graph_error(404, { code = 803, message = "not assigned" })
    end)
    local result, err = revoke(client)
    assert.is_nil(result)
    assert.equal("not_found", err.kind)
    assert.matches("still", err.hint)
  end)
end)

describe("inside map", function()
  it("many accounts come into line, each once", function()
    local accounts = {}
    local client, sandbox = open(nil, function(seed)
      for i = 1, 40 do
        accounts[i] = tostring(5000 + i)
        table.insert(seed.wabas, { id = accounts[i], name = "A", business = BUSINESS })
      end
    end)
    sandbox:fault { method = "POST", nth = 5, times = 9, broken = true, applied = true }
    local results, errors = client:map(accounts, function(account)
      return ensure(client, nil, { account = account })
    end)
    assert.same({}, errors)
    for i, account in ipairs(accounts) do
      assert.equal("assigned", results[i])
      assert.equal(1, #sandbox.state:find(account).assigned)
    end
  end)
end)
