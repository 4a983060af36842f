--- Clients inside a real nginx: what they refuse, and that every call works there as elsewhere.

local contract = require "spec.transport_contract"
local fronts = require "spec.support.nginx"
local openresty = require "spec.support.openresty"
local loopback = require "spec.support.loopback"
local raw = require "spec.support.raw"
local servers = require "spec.support.server"
local wire = require "spec.support.wire"
local world = require("waba.sandbox").world

local missing = openresty.missing() or fronts.missing()
  or not wire.built() and "waba.httpd is not built: it is an optional module"

if missing then
  pending("in nginx: " .. missing)
  return
end

describe("in nginx,", function()
  local nginx, sandbox, server

  setup(function()
    sandbox, server = servers.start(), raw.start()
    nginx = openresty.start {
      main = "thread_pool waba threads=8;",
      server = [[
        location = /log { log_by_lua_block {
          local waba = require "waba.resty"
          local client = assert(waba.new { access_token = "EAATEST", thread_pool = "waba" })
          local _, err = client:system_users "1"
          ngx.log(ngx.NOTICE, "in log: ", err.kind, ": ", err.message)
        } return 200 "logged"; }
      ]],
    }
  end)

  teardown(function()
    for _, process in ipairs { nginx, server, sandbox } do process:stop() end
  end)

  before_each(function() assert.equal(200, (sandbox:control("POST", "/reset"))) end)

  local function options_on(url, more)
    local options = { access_token = world.admin_token, base_url = url }
    for name, value in pairs(more or {}) do options[name] = value end
    return options
  end

  local function plain(place, more)
    return nginx:run_in(place, [[
      local options, business = ...
      return assert(require("waba").new(options)):system_users(business)
    ]], options_on(sandbox.url, more), world.business)
  end

  describe("a client that would block", function()
    for _, place in ipairs { "/run", "/timer", "/rewrite", "/access" } do
      it("is refused in " .. place, function()
        local users, err = plain(place)
        assert.is_nil(users)
        assert.equal("blocking", err.kind)
        assert.is_false(err.retryable)
        assert.equal(0, err.attempts)
        assert.matches("waba%.resty", err.message)
        assert.matches("allow_blocking", err.message)
        local _, log = sandbox:control("GET", "/log")
        assert.is_nil(log:find("system_users", 1, true))
      end)
    end

    it("is refused in a map too", function()
      local failed, kind = nginx:run([[
        local options, business = ...
        local client = assert(require("waba").new(options))
        local _, errors = client:map({ 1, 2 }, function() return client:system_users(business) end)
        return #errors, errors[2].kind
      ]], options_on(sandbox.url), world.business)
      assert.equal(2, failed)
      assert.equal("blocking", kind)
    end)

    it("is refused as the transport of a recording", function()
      local kind = nginx:run([[
        local options, business = ...
        options.transport = assert(require("waba").transport.record "/dev/null")
        local _, err = require("waba.resty").new(options):system_users(business)
        return err.kind
      ]], options_on(sandbox.url), world.business)
      assert.equal("blocking", kind)
    end)

    it("may, where it is told to", function()
      local users = assert(plain("/run", { allow_blocking = true }))
      assert.equal(3, #users)
    end)
  end)

  it("a call is refused where nothing can wait", function()
    assert.equal(200, (nginx:get("/log")))
    assert.is_true(nginx.await(function() return nginx:log():find("in log: ", 1, true) end))
    assert.matches("in log: blocking: .*'log'.*ngx%.timer%.at", nginx:log())
  end)

  it("a thread keeps connections for few clients only", function()
    local narrow = openresty.start { main = "thread_pool waba threads=1;",
      http = "lua_worker_thread_vm_pool_size 1;" }
    local first, last = narrow:run([[
      local options, business = ...
      local function files()
        local pipe = io.popen("ls /proc/" .. ngx.worker.pid() .. "/fd | wc -l")
        local count = tonumber(pipe:read "*a")
        pipe:close()
        return count
      end
      local function list(agent)
        options.user_agent, options.thread_pool = agent, "waba"
        assert(require("waba.resty").new(options):system_users(business))
      end
      list "first/1"
      local first = files()
      for i = 1, 60 do list("more/" .. i) end
      return first, files()
    ]], options_on(sandbox.url), world.business)
    narrow:stop()
    assert.is_true(last <= first + 30, first .. " descriptors have become " .. last)
  end)

  it("a thread pool that is not there is named", function()
    local _, err = nginx:run([[
      local options, business = ...
      return assert(require("waba.resty").new(options)):system_users(business)
    ]], options_on(sandbox.url, { thread_pool = "nobody" }), world.business)
    assert.equal("blocking", err.kind)
    assert.matches("thread pool nobody not found", err.message)
  end)

  it("options of its own are checked", function()
    assert.has_error(function()
      nginx:run [[require("waba.resty").new { access_token = "EAATEST", thread_pool = 7 }]]
    end)
    local _, err = nginx:run [[return require("waba.resty").new { base_url = "https://x" }]]
    assert.equal("invalid", err.kind)
  end)

  it("a client that the master has used works in its workers, each on a connection of its own",
    function()
      server:script { { { "send", raw.http(200, '{"data":[{"id":"7"}]}') } } }
      local forked = openresty.start { workers = 2,
        main = "thread_pool waba threads=2; env WABA_GRAPH_URL;",
        environment = { WABA_GRAPH_URL = server.url },
        http = [[
          init_by_lua_block {
            client = require("waba.resty").new { access_token = "EAATEST", thread_pool = "waba",
              base_url = os.getenv "WABA_GRAPH_URL" }
            assert(client:system_users "1")
          }
          init_worker_by_lua_block { assert(client:system_users "2") }
        ]] }
      assert.equal("7", forked:run [[return client:system_users("3")[1].id]])
      local crashes = forked:crashes()
      forked:stop()
      assert.same({}, crashes)
      local seen, connections = {}, {}
      for i, request in ipairs(server:requests()) do
        seen[i] = request.line:match("/v26.0/(%d)")
        assert.is_nil(connections[request.connection])
        connections[request.connection] = true
      end
      table.sort(seen)
      assert.same({ "1", "2", "2", "3" }, seen)
    end)

  describe("a map where there are no coroutines", function()
    local front, there, port

    -- A map of three, the second of which fails, and what is told of it.
    local MAP = [[
      function map(place, options)
        options.access_token, options.base_url = "EAATEST_ADMIN", os.getenv "WABA_GRAPH_URL"
        options.thread_pool = not options.transport and "waba" or nil
        local client = assert(require("waba.resty").new(options))
        local inputs, told = { "9876543210987654", "no id", "9876543210987654" }, {}
        local values, errors, stopped = client:map(inputs, function(id)
          local users, err = client:system_users(id)
          return users and #users, err
        end)
        for i = 1, 3 do told[i] = values[i] or errors[i].kind end
        told[4] = stopped and tostring(stopped.reason)
        ngx.log(ngx.NOTICE, "map in ", place, ": ", table.concat(told, " "), ";")
      end
      function plain() return { transport = require("waba.sandbox").new() } end
    ]]

    setup(function()
      local listener
      port, listener = loopback.free_port()
      listener:close()
      front = fronts.start(sandbox.url)
      there = openresty.start {
        main = "thread_pool waba threads=2; env WABA_GRAPH_URL;",
        environment = { WABA_GRAPH_URL = sandbox.url },
        http = "init_by_lua_block {" .. MAP .. [[
            map("init", {}) map("init, plain", plain())
          }
          init_worker_by_lua_block { map("init_worker", {}) map("init_worker, plain", plain()) }
          server {
            listen 127.0.0.1:]] .. port .. " ssl; ssl_certificate " .. front.folder .. [[/good.pem;
            ssl_certificate_key ]] .. front.folder .. [[/good.key;
            ssl_certificate_by_lua_block { map("ssl_cert", {}) map("ssl_cert, plain", plain()) }
            location / { return 200 "served"; }
          }
        ]],
        server = [[ location = /map { log_by_lua_block { map("log", {}) } return 200; } ]],
      }
    end)

    teardown(function()
      local crashes = there:crashes()
      for _, process in ipairs { there, front } do process:stop() end
      assert.same({}, crashes)
    end)

    local function told_of(place)
      local line = "map in " .. place .. ": ([^;]*);"
      assert.is_true(there.await(function() return there:log():find(line) end), there:log())
      return there:log():match(line)
    end

    for _, place in ipairs { "init", "init, plain", "init_worker", "init_worker, plain" } do
      it("goes one by one, and blocks: " .. place, function()
        assert.equal("3 invalid 3", told_of(place))
      end)
    end

    it("goes one by one, and waits, while a certificate is chosen", function()
      local pipe = assert(io.popen(("env -u LD_PRELOAD curl -sk https://127.0.0.1:%d/")
        :format(port)))
      local body = pipe:read("*a")
      pipe:close()
      assert.equal("served", body)
      assert.equal("3 invalid 3", told_of "ssl_cert")
      assert.equal("3 invalid 3", told_of "ssl_cert, plain")
    end)

    it("tells of each that it would block, where nothing can wait", function()
      assert.equal(200, (there:get "/map"))
      assert.equal("blocking invalid blocking", told_of "log")
    end)
  end)

  describe("over TLS", function()
    local front

    setup(function() front = fronts.start(sandbox.url) end)
    teardown(function() front:stop() end)

    local function list(more)
      return nginx:run([[
        local options, business = ...
        options.thread_pool, options.max_attempts = "waba", 1
        return require("waba.resty").new(options):system_users(business)
      ]], options_on(front:url "http2", more), world.business)
    end

    it("a worker thread trusts nobody that it does not know", function()
      local _, err = list()
      assert.equal("tls", err.kind)
    end)

    it("a worker thread trusts ca_file, and speaks HTTP/2", function()
      assert.equal(3, #assert(list { ca_file = front.ca_file }))
      assert.equal("HTTP/2.0", front:wait("http2", 1)[1].protocol)
    end)
  end)

  describe("workers that share a budget", function()
    local pair

    setup(function()
      pair = openresty.start { workers = 2, main = "thread_pool waba threads=2;",
        http = "lua_shared_dict budgets 1m;" }
    end)

    teardown(function() pair:stop() end)

    --- Runs code in the worker of this number: connections go to either.
    local function in_worker(number, code)
      for _ = 1, 1000 do
        local here, first, second = pair:run([[
          local number, options, account, business = ...
          if ngx.worker.id() ~= number then return false end
          local client = require("spec.support.in_nginx").client("threads", options)
        ]] .. code, number, options_on(sandbox.url, { budget = "budgets", app_id = "77" }),
          world.waba, world.business)
        if here then return first, second end
      end
      error("no connection came to worker " .. number)
    end

    it("count together", function()
      for _ = 1, 3 do in_worker(0, "return true, client:system_users(business)") end
      in_worker(1, "return true, client:system_users(business)")
      assert.equal(4, in_worker(0, "return true, client:usage().app.sent"))
      assert.equal(4, in_worker(1, "return true, client:usage().app.sent"))
    end)

    it("go on where something else is kept under their keys", function()
      in_worker(0, [[
        local dict = ngx.shared.budgets
        for _, name in ipairs { "sent", "gate", "cost", "reading" } do
          dict:set("waba:77:app:" .. name, "x")
          dict:set("waba:77:" .. account .. ":" .. name, true)
        end
        return true
      ]])
      local users = in_worker(0, "return true, client:assigned_users(account, business)")
      assert.same({}, users)
      in_worker(0, "ngx.shared.budgets:flush_all() return true")
    end)

    it("all stop where one was throttled", function()
      local rule = '{"status":400,"body":{"error":{"code":80008}},"headers":{"Retry-After":"600"}}'
      assert.equal(200, (sandbox:control("POST", "/faults", rule)))
      local read = "return true, client:assigned_users(account, business)"
      local _, err = in_worker(1, read)
      assert.equal("throttled", err.kind)
      assert.equal(200, (sandbox:control("POST", "/reset")))
      _, err = in_worker(0, read)
      assert.equal("throttled", err.kind)
      assert.is_true(err.retry_after > 500)
      local _, log = sandbox:control("GET", "/log")
      assert.is_nil(log:find("assigned_users", 1, true))
    end)
  end)

  for _, way in ipairs { "threads", "cosockets" } do
    local function open(example)
      local answers, options = {}, { still = true, max_attempts = 1, access_token = "TEST_TOKEN",
        attempt_timeout = 10, base_url = server.url }
      for i, answer in ipairs(example.answers) do answers[i] = raw.actions(answer) end
      for name, value in pairs(example.options or {}) do options[name] = value end
      if example.unreachable then options.base_url = "http://127.0.0.1:" .. loopback.dead_port() end
      server:script(answers)
      return { client = nginx:client("/run", way, options),
        requests = function() return server:requests() end }
    end

    if way == "cosockets" and not openresty.has "resty.http" then
      pending("the contract through cosockets: lua-resty-http is not installed")
    else
      describe(("through %s, a client keeps the contract: it"):format(way), function()
        contract(it, open)
      end)
    end
  end
end)
