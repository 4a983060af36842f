-- SPDX-License-Identifier: MIT
-- Clients, options, the tables and the JSON of the core.

local kit = ...
local TOKEN, SUCCESS, core = kit.TOKEN, kit.SUCCESS, kit.core
local waba, scenario = kit.waba, kit.scenario
local same, raised, stub, reply = kit.same, kit.raised, kit.stub, kit.reply
local client_of, check_client = kit.client_of, kit.check_client

-- ---- the module, options, the client ------------------------------------------------------------

scenario("require", {
  bare = true,
  prepare = function() require "cjson.safe" end, -- not ours to run out of memory in
  run = function()
    require "waba"
    same(type(waba.new), "function", "waba.new")
    same(#core.kinds, 15, "kinds")
  end,
  after = function()
    for name in pairs(package.loaded) do
      if name:find "^waba" then package.loaded[name] = nil end
    end
    require "waba"
    check_client(client_of(SUCCESS))
  end,
})

local function first_use(client)
  same(waba.cache.memory():get "x", nil, "a module that loads another")
  for _ in client:each("system_users", "1") do error "an item" end
end

-- A load that fails does not stand in the way of the next.
scenario("first use", {
  lazy = true,
  prepare = function() return client_of(reply(200, '{"data":[]}')) end,
  run = first_use,
  after = function(client)
    first_use(client)
    client:close()
  end,
})

local function all_options()
  return {
    access_token = TOKEN, app_secret = "s3cret", api_version = "v25.0",
    base_url = "http://127.0.0.1:9/", timeout = 30, attempt_timeout = 2, connect_timeout = 1,
    max_attempts = 3, ca_file = "/etc/ca.pem", proxy = "", user_agent = "app/1.2",
    transport = stub(SUCCESS), clock = { now = os.time, sleep = print, random = math.random },
  }
end

scenario("new, all options", {
  run = function()
    local options = all_options()
    options.proxy = "http://127.0.0.1:3128"
    local client = assert(waba.new(options))
    same(tostring(client), "waba.Client: http://127.0.0.1:9/v25.0", "tostring")
    client:close()
    client:close()
  end,
})

scenario("new, refused", {
  run = function()
    local client, err = waba.new { access_token = "a b" }
    same(client, nil, "client")
    same(err.kind, "invalid", "kind")
    same(tostring(err):find("access_token must be", 1, true) ~= nil, true, "message")
    same(select(2, waba.new { access_token = TOKEN, max_attempts = 1.5 }).kind, "invalid", "whole")
    same(select(2, waba.new { access_token = TOKEN, timeout = 0 }).kind, "invalid", "number")
    same(select(2, waba.new {}).kind, "invalid", "none")
  end,
})

scenario("new, raised", {
  run = function()
    local function says(options, text)
      local message = raised(waba.new, options)
      same(message:find(text, 1, true) ~= nil, true, message)
    end
    says({ access_tokn = TOKEN }, "did you mean 'access_token'")
    says({ xyzzyxyzzy = 1 }, "there are: access_token")
    says({ TOKEN }, "options must have names")
    says({ access_token = 1 }, "must be a string or a function")
    says({ access_token = TOKEN, clock = { noww = print } }, "did you mean 'now'")
    says({ access_token = TOKEN, transport = 1 }, "must be a function")
  end,
})

scenario("tostring, close, collect", {
  prepare = function() return client_of(SUCCESS) end,
  run = function(client)
    same(tostring(client), "waba.Client: https://graph.facebook.com/v26.0", "tostring")
    client:close()
    same(client:closed(), true, "closed")
    client:close()
    same(tostring(client), "waba.Client: closed", "tostring")
    collectgarbage "collect"
  end,
  after = check_client,
})

if _VERSION == "Lua 5.4" then
  scenario("__close", {
    prepare = function() return client_of(SUCCESS) end,
    run = assert(load [[
      local client = ...
      do
        local scoped <close> = client
        assert(not scoped:closed())
      end
      assert(client:closed())
    ]]),
    after = function(client) client:close() check_client(client) end,
  })
end

scenario("tables of the core", {
  run = function()
    same(waba.tasks.MANAGE.sources[1], "guide", "tasks")
    for _, operation in ipairs(core.operations) do
      if operation.name == "assign" then same(operation.params[3].name, "tasks", "operations") end
    end
    same(type(core.clock.now()), "number", "now")
    same(core.clock.random() < 1, true, "random")
    core.clock.sleep(0)
  end,
})

-- ---- the cache and its file ---------------------------------------------------------------------

scenario("file", {
  prepare = function()
    local path = os.tmpname()
    require "waba.core"
    return path
  end,
  run = function(path)
    same(core.file.replace(path, ("x"):rep(5000)), true, "replace")
    same(#core.file.read(path, 9999), 5000, "read")
    same(core.file.read(path, 10), nil, "too large")
    same(core.file.read(path .. "/none", 10), nil, "missing")
    same(core.file.replace(path .. "/none", ""), nil, "no folder")
    same(core.file.share(path, "y"), true, "share")
    same(core.file.share(path .. "/none", ""), nil, "no folder to share in")
    same(core.file.probe(path), true, "probe")
    same(core.file.probe(path .. "/none"), nil, "no folder to probe")
  end,
  after = function(path) os.remove(path) end,
})

scenario("system_users and a cache", {
  prepare = function()
    return assert(waba.new { access_token = TOKEN, cache = waba.cache.memory(),
      transport = stub(reply(200, '{"data":[{"id":"1","name":"A"}]}')) })
  end,
  run = function(client)
    same(client:system_users("1")[1].id, "1", "read")
    same(client:system_user_named("1", "A").id, "1", "found")
    same(select(2, client:system_user_named("1", "B")).kind, "not_found", "not found")
  end,
  after = function(client) client:close() end,
})

-- ---- json ---------------------------------------------------------------------------------------

scenario("json", {
  run = function()
    local value = assert(core.json.decode
      '{"id":12345678901,"n":[1,null,2.5],"d":{"user_id":7,"e":{}},"s":"\\u00e9","z":null}')
    same(value.id, "12345678901", "id")
    same(#value.n, 2, "null is absent")
    same(value.n[2], 2.5, "number")
    same(value.d.user_id, "7", "id inside")
    same(value.z, nil, "null")
    local text = core.json.encode { a = { 1, 2 } }
    same(text, '{"a":[1,2]}', "encode")
    same(core.json.decode "{", nil, "broken")
    same(core.json.decode '{"id":9007199254740993}', nil, "an id too large")
    same(core.json.decode "null", nil, "null")
  end,
})
