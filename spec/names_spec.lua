--- What a client's cache remembers, and finding by name.

local core = require "waba.core"
local stub = require "spec.support.stub"
local waba = require "waba"

local BUSINESS = "9876543210987654"

local function user(id, name, role)
  return { id = id, name = name, role = role or "EMPLOYEE" }
end

local function page(...)
  return stub.reply(200, core.json.encode { data = { ... } })
end

local EMPTY = stub.reply(200, '{"data":[]}')
local ANNA = user("1", "Anna", "ADMIN")

local function new_cache()
  local time = { now = 1000 }
  return waba.cache.memory { now = function() return time.now end }, time
end

local function client_with(cache, answers, options)
  options = options or {}
  options.cache = cache
  return stub.client(answers, options)
end

--- What a mistake raises, the line of this file first.
local function raises(words, f)
  local sound, message = pcall(f)
  assert.is_false(sound)
  assert.matches("^[^:]*names_spec%.lua:%d+: ", message)
  assert.matches(words, message, 1, true)
end

describe("the option cache", function()
  it("raises on what is no cache", function()
    for _, wrong in ipairs { 1, "x", true, print } do
      assert.error_matches(function() waba.new { access_token = "T", cache = wrong } end,
        "option 'cache' must be a store", 1, true)
    end
    assert.error_matches(
      function() waba.new { access_token = "T", cache = { get = print } } end,
      "option 'cache': 'set' must be a function, got a nil", 1, true)
  end)

  it("takes anything with get and set, a userdata with methods too", function()
    assert(waba.new { access_token = "T", cache = { get = print, set = print } })
  end)
end)

describe("system_users", function()
  it("checks what is passed although the answer is known", function()
    local client, requests = client_with(new_cache(), page(ANNA))
    assert(client:system_users(BUSINESS))
    assert.equal("invalid", select(2, client:system_users("x")).kind)
    assert.equal("invalid", select(2, client:system_users(BUSINESS, { timeout = -1 })).kind)
    raises("quote it", function() client:system_users(1) end)
    raises("option 'refresh' must be a boolean, got a number",
      function() client:system_users(BUSINESS, { refresh = 1 }) end)
    raises("unknown option 'refesh'",
      function() client:system_users(BUSINESS, { refesh = true }) end)
    client:close()
    assert.equal("closed", select(2, client:system_users(BUSINESS)).kind)
    assert.equal(1, #requests)
  end)

  it("does not remember a failure", function()
    local failed = stub.graph_error(400, { code = 190, message = "no" })
    local client, requests = client_with(new_cache(), { failed, page(ANNA) })
    assert.equal("auth", select(2, client:system_users(BUSINESS)).kind)
    assert.same({ ANNA }, client:system_users(BUSINESS))
    assert.equal(2, #requests)
  end)

  it("asks every time without a cache, and knows refresh all the same", function()
    local client, requests = stub.client(page(ANNA))
    client:system_users(BUSINESS)
    assert.same({ ANNA }, client:system_users(BUSINESS, { refresh = true }))
    assert.equal(2, #requests)
  end)

  it("asks once in an hour", function()
    local cache, time = new_cache()
    local client, requests = client_with(cache, { page(ANNA), EMPTY })
    assert.same({ ANNA }, client:system_users(BUSINESS))
    time.now = time.now + 3599
    assert.same({ ANNA }, client:system_users(BUSINESS))
    assert.same({ ANNA }, client:system_users(BUSINESS, { limit = 5, refresh = false }))
    assert.equal(1, #requests)
    time.now = time.now + 1
    assert.same({}, client:system_users(BUSINESS))
    assert.same({}, client:system_users(BUSINESS)) -- that there are none is known as well
    assert.equal(2, #requests)
  end)

  it("is not changed by what is done to a list it gave", function()
    local client = client_with(new_cache(), page(ANNA))
    client:system_users(BUSINESS)[1].name = "Eve"
    client:system_users(BUSINESS)[1].name = "Eve"
    assert.same({ ANNA }, client:system_users(BUSINESS))
  end)

  it("goes past the cache with refresh, and remembers what it finds", function()
    local client, requests = client_with(new_cache(), { EMPTY, page(ANNA) })
    client:system_users(BUSINESS)
    assert.same({ ANNA }, client:system_users(BUSINESS, { refresh = true }))
    assert.same({ ANNA }, client:system_users(BUSINESS))
    assert.equal(2, #requests)
  end)

  it("goes past the cache where other fields or a summary are asked for", function()
    local client, requests = client_with(new_cache(), page(ANNA))
    for _ = 1, 2 do
      client:system_users(BUSINESS, { fields = "id" })
      client:system_users(BUSINESS, { summary = true })
    end
    assert.equal(4, #requests)
    client:system_users(BUSINESS)
    assert.equal(5, #requests)
  end)

  it("asks anew where garbage is remembered", function()
    for _, text in ipairs { "", "{", "5", "[1]", '{"items":5}', '{"items":[5]}',
      '{"items":[{"name":"Anna"}]}', '{"items":[{"id":"../1"}]}', '{"items":[{"id":"1","name":5}]}',
      '{"items":[{"id":"1","role":{}}]}' } do
      local cache = { get = function() return text end, set = function() end }
      local client, requests = client_with(cache, page(ANNA))
      assert.same({ ANNA }, client:system_users(BUSINESS), text)
      assert.equal(1, #requests)
    end
  end)

  it("does not fail where the cache takes nothing", function()
    local full = { get = function() end, set = function() return nil, "no memory" end }
    assert.same({ ANNA }, client_with(full, page(ANNA)):system_users(BUSINESS))
  end)

  it("keeps businesses, apps and servers apart", function()
    local cache = new_cache()
    local variants = { {}, { app_id = "1" }, { app_id = "2" }, { api_version = "v25.0" },
      { base_url = "http://127.0.0.1:9" } }
    for i, options in ipairs(variants) do
      local client, requests = client_with(cache, { page(user(tostring(i), "A")), EMPTY }, options)
      assert.equal(tostring(i), client:system_users(BUSINESS)[1].id)
      assert.same({}, client:system_users("55"))
      assert.equal(2, #requests)
    end
  end)

  it("is one for all who share the cache and the app, whatever their token", function()
    local cache = new_cache()
    client_with(cache, page(ANNA), { app_id = "1" }):system_users(BUSINESS)
    local other, requests = client_with(cache, EMPTY, { app_id = "1", access_token = "OTHER" })
    assert.same({ ANNA }, other:system_users(BUSINESS))
    assert.equal(0, #requests)
  end)

  it("remembers ids, names and roles, and nothing else", function()
    local seen = {}
    local cache = {
      get = function(_, key) seen[#seen + 1] = key end,
      set = function(_, key, value, seconds)
        seen[#seen + 1] = ("%s %s %s"):format(key, value, seconds)
      end,
    }
    local told = user("1", "Anna")
    told.secret, told.access_token = "s3cret", "EAAleak"
    local client = client_with(cache, page(told), { app_id = "77", app_secret = "5ac0ffee" })
    client:system_users(BUSINESS)
    local text = table.concat(seen, "\n")
    for _, secret in ipairs { "s3cret", "EAAleak", "5ac0ffee", stub.TOKEN } do
      assert.is_nil(text:find(secret, 1, true), text)
    end
    assert.truthy(text:find('"name":"Anna"', 1, true))
    assert.truthy(text:find(
      "waba-cache:77:https://graph.facebook.com/v26.0:system_users:" .. BUSINESS, 1, true))
  end)

  it("is not remembered page by page: each reads", function()
    local client, requests = client_with(new_cache(), page(ANNA))
    client:system_users(BUSINESS)
    for item in client:each("system_users", BUSINESS) do assert.equal("1", item.id) end
    assert.equal(2, #requests)
  end)
end)

describe("system_user_named", function()
  it("raises on what is no name", function()
    local client = stub.client(page(ANNA))
    raises("system_user_named: name must be a string, got a nil",
      function() client:system_user_named(BUSINESS) end)
    raises("system_user_named: business must be a string, got a number",
      function() client:system_user_named(1, "Anna") end)
    raises("system_user_named: option 'refresh' must be a boolean",
      function() client:system_user_named(BUSINESS, "Anna", { refresh = 1 }) end)
    raises("unknown option 'refesh'",
      function() client:system_user_named(BUSINESS, "Anna", { refesh = 1 }) end)
    raises("options must be a table, got a boolean",
      function() client:system_user_named(BUSINESS, "Anna", true) end)
    raises("with a colon", function() client.system_user_named(BUSINESS, "Anna") end)
  end)

  it("passes a failure on", function()
    local client = stub.client(stub.graph_error(400, { code = 190, message = "no" }))
    assert.equal("auth", select(2, client:system_user_named(BUSINESS, "Anna")).kind)
    assert.equal("invalid", select(2, client:system_user_named("x", "Anna")).kind)
  end)

  it("compares to the letter, and says who is not there", function()
    local client = stub.client(page(ANNA))
    for _, name in ipairs { "anna", "Anna ", "", "Ann", "%a+" } do
      local found, err = client:system_user_named(BUSINESS, name)
      assert.is_nil(found)
      assert.equal("not_found", err.kind)
      assert.is_false(err.retryable)
      assert.equal("system_user_named", err.operation)
    end
    local _, err = client:system_user_named(BUSINESS, "An\27[2Jna\n")
    assert.equal(("business %s has no system user of the name 'An?[2Jna?'"):format(BUSINESS),
      err.message)
  end)

  it("refuses a name that several have, and names their ids", function()
    local client = stub.client(page(ANNA, user("2", "Bo"), user("3", "Anna")))
    local found, err = client:system_user_named(BUSINESS, "Anna")
    assert.is_nil(found)
    assert.equal("refused", err.kind)
    assert.equal("name one by its id: 1, 3", err.hint)
  end)

  it("finds, with a cache in one request for all names", function()
    local client, requests = client_with(new_cache(), page(ANNA, user("2", "Bo")))
    assert.same(ANNA, client:system_user_named(BUSINESS, "Anna"))
    assert.equal("2", client:system_user_named(BUSINESS, "Bo").id)
    assert.equal(1, #requests)
  end)

  it("finds without a cache", function()
    assert.same(ANNA, stub.client(page(ANNA)):system_user_named(BUSINESS, "Anna"))
  end)

  it("remembers for a minute that there is none, and then looks again", function()
    local cache, time = new_cache()
    local client, requests = client_with(cache, { EMPTY, page(ANNA) })
    for _ = 1, 3 do
      assert.equal("not_found", select(2, client:system_user_named(BUSINESS, "Anna")).kind)
      time.now = time.now + 19
    end
    assert.equal(1, #requests)
    time.now = time.now + 3
    assert.same(ANNA, client:system_user_named(BUSINESS, "Anna"))
    assert.equal(2, #requests)
  end)

  it("looks again for a name that was ambiguous more than a minute ago", function()
    local cache, time = new_cache()
    local client = client_with(cache, { page(ANNA, user("2", "Anna")), page(ANNA) })
    assert.equal("refused", select(2, client:system_user_named(BUSINESS, "Anna")).kind)
    time.now = time.now + 60
    assert.same(ANNA, client:system_user_named(BUSINESS, "Anna"))
  end)

  it("goes past the cache with refresh", function()
    local client, requests = client_with(new_cache(), { EMPTY, page(ANNA) })
    client:system_users(BUSINESS)
    assert.same(ANNA, client:system_user_named(BUSINESS, "Anna", { refresh = true, timeout = 5 }))
    assert.equal(2, #requests)
  end)

  it("works in a map", function()
    local client, requests = client_with(new_cache(), page(ANNA))
    local results, errors = client:map({ "Anna", "Bo" }, function(name)
      return client:system_user_named(BUSINESS, name)
    end, { concurrency = 1 })
    assert.same(ANNA, results[1])
    assert.equal("not_found", errors[2].kind)
    assert.equal(1, #requests)
  end)
end)

describe("a client that changes system users", function()
  it("knows the new ones at once", function()
    local client, requests = client_with(new_cache(), {
      page(ANNA), stub.reply(200, '{"id":"2"}'), page(ANNA, user("2", "Bo")),
      stub.reply(200, '{"success":true}'), page(ANNA, user("2", "Cy")),
    })
    client:system_users(BUSINESS)
    assert(client:create_system_user(BUSINESS, "Bo", "EMPLOYEE"))
    assert.equal("2", client:system_user_named(BUSINESS, "Bo").id)
    assert(client:rename_system_user(BUSINESS, "2", "Cy"))
    assert.equal("2", client:system_user_named(BUSINESS, "Cy").id)
    assert.equal(5, #requests)
    raises("quote it", function() client:create_system_user(1, "Bo", "ADMIN") end)
    raises("with a colon", function() client.create_system_user(BUSINESS, "Bo", "ADMIN") end)
  end)

  -- A Graph of one list, which a POST changes, and another client that reads while that is on its
  -- way: `meanwhile` is what it does then.
  local function two_clients(answer_to_post)
    local list, cache = page(ANNA), new_cache()
    local world = { requests = 0 }
    local function graph(request)
      world.requests = world.requests + 1
      local reply = list
      if request.method == "POST" then
        if world.meanwhile then world.meanwhile() end
        list = page(ANNA, user("2", "Bo"))
        return answer_to_post()
      end
      if world.before_reply then world.before_reply() end
      return reply
    end
    world.writer = client_with(cache, graph, { max_attempts = 1 })
    world.reader = client_with(cache, graph, { max_attempts = 1 })
    return world
  end

  local OUTCOMES = {
    done = function() return stub.reply(200, '{"id":"2"}') end,
    failed = function() return stub.reply(500, "") end,
    lost = function() return nil, "gone", "network", true end,
    raised = function() error("transport: bug", 0) end,
  }

  for outcome, answer in pairs(OUTCOMES) do
    it("knows the new ones, though others read meanwhile, where the write is " .. outcome,
      function()
        local world = two_clients(answer)
        function world.meanwhile() assert.equal(1, #world.reader:system_users(BUSINESS)) end
        local sound, reason = pcall(world.writer.create_system_user, world.writer, BUSINESS, "Bo",
          "EMPLOYEE")
        assert.equal(outcome ~= "raised", sound)
        if not sound then assert.equal("transport: bug", reason) end
        assert.equal(2, #world.writer:system_users(BUSINESS))
        assert.equal("2", world.reader:system_user_named(BUSINESS, "Bo").id)
        assert.equal(3, world.requests)
      end)
  end

  it("does not remember a list whose reading began before a change and ended after it", function()
    local world = two_clients(OUTCOMES.done)
    function world.before_reply()
      world.before_reply = nil
      assert(world.writer:create_system_user(BUSINESS, "Bo", "EMPLOYEE"))
      assert.equal(2, #world.writer:system_users(BUSINESS))
    end
    assert.equal(1, #world.reader:system_users(BUSINESS))
    assert.equal(2, #world.writer:system_users(BUSINESS))
    assert.equal("2", world.reader:system_user_named(BUSINESS, "Bo").id)
  end)
end)

describe("account_named", function()
  --- Answers each list with its own page.
  local function lists(owned, shared)
    return function(request)
      return request.url:find("/owned_", 1, true) and owned or shared
    end
  end

  local SHOP, SALON = { id = "11", name = "Shop" }, { id = "12", name = "Salon" }

  it("fails where one of the lists cannot be read", function()
    local failed = stub.graph_error(400, { code = 10, message = "no" })
    local client = stub.client(lists(page(SHOP), failed))
    local found, err = client:account_named(BUSINESS, "Shop")
    assert.is_nil(found)
    assert.equal("permission", err.kind)
  end)

  it("says who is not there, and refuses a name that several have", function()
    local client = stub.client(lists(page(SHOP), page(SALON, { id = "13", name = "Shop" })))
    local _, err = client:account_named(BUSINESS, "Spa")
    assert.equal("not_found", err.kind)
    assert.matches("has no account of the name 'Spa'", err.message, 1, true)
    _, err = client:account_named(BUSINESS, "Shop")
    assert.equal("refused", err.kind)
    assert.equal("name one by its id: 11, 13", err.hint)
  end)

  it("takes an account that is on both lists for one", function()
    assert.same(SHOP, stub.client(page(SHOP)):account_named(BUSINESS, "Shop"))
  end)

  it("asks for names only, and once an hour", function()
    local client, requests = client_with(new_cache(), lists(page(SHOP), page(SALON)))
    assert.same(SHOP, client:account_named(BUSINESS, "Shop"))
    assert.same(SALON, client:account_named(BUSINESS, "Salon"))
    assert.equal(2, #requests)
    for _, request in ipairs(requests) do
      assert.matches("fields=id%2Cname&", request.url, 1, true)
    end
  end)
end)
