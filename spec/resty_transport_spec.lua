--- The transports of waba.resty against stand-ins for nginx and for lua-resty-http, which keep to
--- what these document; and what nginx itself does too seldom to be waited for.

local fake = require "spec.support.fake_nginx"
local phase = require "waba.phase"
local stub = require "spec.support.stub"

local REQUEST = { method = "GET", url = "https://graph.example:8443/v26.0/1/x?a=%20b",
  headers = { Authorization = "Bearer TEST_TOKEN" } }

local function with(fields)
  local request = {}
  for name, value in pairs(REQUEST) do request[name] = value end
  for name, value in pairs(fields) do request[name] = value end
  return request
end

describe("the phase", function()
  after_each(fake.remove)

  it("is none outside of nginx, and in its worker threads", function()
    assert.is_nil(phase.name())
    assert.is_true(phase.may_block())
    package.loaded.ngx = { shared = {} }
    assert.is_nil(phase.name())
    assert.is_nil(phase.refuses_to_block())
  end)

  it("may block where no request waits yet, and nowhere else", function()
    for _, name in ipairs { "init", "init_worker" } do
      fake.install(name)
      assert.is_nil(phase.refuses_to_block())
    end
    for _, name in ipairs { "content", "timer", "log", "header_filter", "exit_worker" } do
      fake.install(name)
      assert.matches("phase '" .. name .. "'", phase.refuses_to_block(), 1, true)
    end
  end)

  it("has coroutines, or it has not", function()
    assert.is_true(phase.has_coroutines())
    for _, name in ipairs { "init", "content", "access", "timer" } do
      fake.install(name)
      assert.is_true(phase.has_coroutines(), name)
    end
    for _, name in ipairs { "init_worker", "log", "ssl_cert", "ssl_client_hello", "balancer" } do
      fake.install(name)
      assert.is_false(phase.has_coroutines(), name)
    end
  end)

  it("decides who sleeps", function()
    local ngx = fake.install "content"
    phase.sleep(0.0001)
    phase.sleep(2)
    assert.equal(2.001, ngx.slept)
    ngx = fake.install "log"
    phase.sleep(0.001)
    assert.equal(0, ngx.slept)
  end)
end)

describe("waba.resty", function()
  local resty = require "waba.resty"
  after_each(fake.remove)

  local OPTIONS = { access_token = "TEST_TOKEN" }

  local function new(more)
    local options = {}
    for name, value in pairs(OPTIONS) do options[name] = value end
    for name, value in pairs(more or {}) do options[name] = value end
    return resty.new(options)
  end

  it("is for nginx", function()
    assert.error_matches(new, "waba.resty works inside nginx")
  end)

  it("raises on what is no option, or of a wrong type", function()
    fake.install "content"
    assert.error_matches(function() new { via = 1 } end, "option 'via' must be a string")
    assert.error_matches(function() new { thread_pool = {} } end, "'thread_pool' must be a string")
    assert.error_matches(function() new { thread_pol = "x" } end, "unknown option 'thread_pol'")
    assert.error_matches(function() resty.new() end, "options must be a table")
    for words, options in pairs { ["user_agent, thread_pool, via"] = { foo = 1 },
      ["'budget' must be a store, got a number"] = { budget = 5 }, ["'via'"] = { via = 1 } } do
      local _, message = pcall(function()
        local client = resty.new(options)
        return client
      end)
      assert.matches("^[^:]*resty_transport_spec%.lua:%d+: ", message)
      assert.matches(words, message, 1, true)
    end
  end)

  it("refuses ways that are not there", function()
    local ngx = fake.install "content"
    local _, err = new { via = "pigeons" }
    assert.equal("invalid", err.kind)
    _, err = new { via = "threads", transport = print }
    assert.matches("via must be left out", err.message)
    _, err = new { via = "cosockets", ca_file = "/etc/ssl/own.pem" }
    assert.matches("lua_ssl_trusted_certificate", err.message)
    ngx.run_worker_thread = nil
    _, err = new { via = "threads" }
    assert.matches("--with-threads", err.message, 1, true)
    assert(new {})
  end)

  it("blocks in init_worker, where the client's own transport still comes first", function()
    fake.install "init_worker"
    local asked = 0
    local client = new { transport = function()
      asked = asked + 1
      return stub.reply(200, '{"data":[]}')
    end }
    assert.same({}, client:system_users "1")
    assert.equal(1, asked)
    client = new { base_url = "http://127.0.0.1:1", max_attempts = 1 }
    local _, err = client:system_users "1"
    assert.equal("network", err.kind) -- libcurl has tried
    local _, errors = client:map({ "1" }, function(id) return client:system_users(id) end)
    assert.equal("network", errors[1].kind)
  end)

  it("refuses to call where nothing can wait", function()
    fake.install "header_filter"
    local _, err = new():system_users "1"
    assert.equal("blocking", err.kind)
    assert.matches("ngx%.timer%.at", err.message)
    assert.matches("allow_blocking", err.message)
  end)

  it("blocks there with allow_blocking", function()
    fake.install "log"
    local client = new { allow_blocking = true, base_url = "http://127.0.0.1:1", max_attempts = 1 }
    local _, err = client:system_users "1"
    assert.equal("network", err.kind) -- libcurl has tried
    local _, errors = client:map({ "1" }, function(id) return client:system_users(id) end)
    assert.equal("network", errors[1].kind)
    client = new { allow_blocking = true, transport = function()
      return stub.reply(200, '{"data":[]}')
    end }
    assert.same({}, client:system_users "1")
  end)
end)

describe("worker threads:", function()
  local threads = require "waba.resty.threads"
  local job = require "waba.resty.job"
  local ngx

  before_each(function() ngx = fake.install "content" end)
  after_each(fake.remove)

  it("a job that comes too late does not send", function()
    local response, message, kind, sent = job.exchange(REQUEST, fake.now(), {})
    assert.is_nil(response)
    assert.matches("no worker thread was free", message)
    assert.equal("timeout", kind)
    assert.is_false(sent)
  end)

  it("a job that raises may have sent", function()
    fake.remove() -- as in a thread
    local _, message, kind, sent = job.exchange({}, fake.now() + 1, {})
    assert.matches("^the worker thread failed: ", message)
    assert.equal("network", kind)
    assert.is_true(sent)
  end)

  it("a job keeps connections for a few clients only", function()
    fake.remove()
    for i = 1, 20 do
      local request = with { url = "http://127.0.0.1:1/x" }
      local _, _, kind = job.exchange(request, fake.now() + 1, { connect_timeout = i })
      assert.equal("network", kind)
    end
  end)

  it("carry a request there and its outcome back", function()
    local transport = threads { connect_timeout = 1 }
    local response, message, kind, sent = transport(with { url = "http://127.0.0.1:1/x" }, 5)
    assert.is_nil(response)
    assert.is_string(message)
    assert.equal("network", kind)
    assert.is_false(sent)
  end)

  it("only plain values cross, and the options that a job needs", function()
    local crossed
    function ngx.run_worker_thread(pool, module, name, request, deadline, options)
      crossed = { pool, module, name, request, options }
      assert.is_true(deadline > fake.now() + 6 and deadline <= fake.now() + 7)
      return true, nil, "m", "tls", false
    end
    local transport = threads { thread_pool = "waba", access_token = "T", app_secret = "S",
      ca_file = "/x", connect_timeout = 3, on_event = print }
    local response, message, kind, sent = transport(REQUEST, 7)
    assert.same({ nil, "m", "tls", false }, { response, message, kind, sent })
    assert.same({ "waba", "waba.resty.job", "exchange", REQUEST,
      { ca_file = "/x", connect_timeout = 3 } }, crossed)
  end)

  for _, reason in ipairs { "no available Lua vm", "ngx_thread_task_post failed" } do
    it(("are tried again after '%s', while there is time"):format(reason), function()
      local times = 0
      function ngx.run_worker_thread()
        times = times + 1
        if times < 5 then return false, reason end
        return true, stub.reply(200, "x")
      end
      assert.equal("x", threads {}(REQUEST, 10).body)
      assert.equal(5, times)
      assert.is_true(ngx.slept > 0)
    end)

    it(("are given up after '%s', when there is none left"):format(reason), function()
      function ngx.run_worker_thread() return false, reason end
      local response, message, kind, sent = threads {}(REQUEST, 0.001)
      assert.is_nil(response)
      assert.matches("lua_worker_thread_vm_pool_size", message)
      assert.equal("timeout", kind)
      assert.is_false(sent)
    end)
  end

  it("nobody goes past who waits, and who ends wakes the next", function()
    local full = { "no available Lua vm" }
    function ngx.run_worker_thread()
      local reason = table.remove(full)
      if reason then return false, reason end
      return true, stub.reply(200, "x")
    end
    local semaphore = fake.semaphore
    assert.equal("x", threads {}(REQUEST, 10).body)
    assert.same({ 1, 0 }, { semaphore.waits, semaphore.posts })
    assert.equal("x", threads {}(REQUEST, 10).body)
    assert.same({ 1, 0 }, { semaphore.waits, semaphore.posts })
    semaphore.waiters = 1
    assert.equal("x", threads {}(REQUEST, 10).body)
    assert.same({ 2, 1 }, { semaphore.waits, semaphore.posts })
  end)

  it("what cannot be begun is told", function()
    function ngx.run_worker_thread() return false, "thread pool x not found" end
    local response, message, kind, sent = threads {}(REQUEST, 1)
    assert.is_nil(response)
    assert.equal("worker threads: thread pool x not found", message)
    assert.equal("blocking", kind)
    assert.is_false(sent)
  end)

  it("a job that never ends is not waited for", function()
    ngx.run_worker_thread = fake.hang
    local response, message, kind, sent = threads {}(REQUEST, 1)
    assert.is_nil(response)
    assert.matches("did not answer in time", message)
    assert.equal("timeout", kind)
    assert.is_true(sent)
  end)
end)

describe("cosockets:", function()
  local cosockets = require "waba.resty.cosockets"
  local http, did

  -- lua-resty-http as it documents itself; every case sets what it does otherwise.
  local function reply(fields)
    local left = { fields.body or "" }
    return { status = fields.status or 200, headers = fields.headers or { ["Content-Length"] = 1 },
      has_body = fields.has_body ~= false,
      body_reader = fields.body_reader or function() return table.remove(left, 1) end }
  end

  before_each(function()
    fake.install "timer"
    did = {}
    http = {
      set_timeouts = function(_, ...) did.timeouts = { ... } end,
      connect = function(_, options)
        did.connect = options
        return true
      end,
      request = function(_, params)
        did.request = params
        return reply { body = "{}" }
      end,
      set_keepalive = function(_, idle)
        did.kept = idle
        return 1
      end,
      close = function() did.closed = true end,
    }
    package.loaded["resty.http"] = { new = function() return http end }
  end)

  after_each(function()
    fake.remove()
    package.loaded["resty.http"] = nil
  end)

  local function failure(request, options)
    local response, message, kind, sent = cosockets(options or {})(request or REQUEST, 20)
    assert.is_nil(response)
    assert.is_string(message)
    assert.is_true(did.closed)
    return { message, kind, sent }
  end

  it("say so where lua-resty-http is not installed", function()
    package.loaded["resty.http"] = nil
    package.preload["resty.http"] = function() error "module 'resty.string' not found" end
    for _ = 1, 2 do
      local _, message, kind = cosockets {}(REQUEST, 1)
      assert.matches("lua%-resty%-http", message)
      assert.matches("'resty%.string' not found", message)
      assert.equal("blocking", kind)
    end
    package.preload["resty.http"], package.loaded["resty.http"] = nil, nil
  end)

  local REFUSALS = { ["connection refused"] = "network", timeout = "timeout",
    ["18: self-signed certificate"] = "tls", ["certificate host mismatch"] = "tls",
    ["handshake failed"] = "tls", ["SSL_do_handshake() failed"] = "tls",
    ["graph.example could not be resolved (3: Host not found)"] = "network" }

  for message, kind in pairs(REFUSALS) do
    it(("a connection that is not made is told: %s"):format(message), function()
      function http.connect() return nil, message end
      assert.same({ message, kind, false }, failure())
    end)
  end

  it("a request that breaks off may have been sent", function()
    function http.request() return nil, "closed" end
    assert.same({ "closed", "network", true }, failure())
    function http.request() return nil, "timeout" end
    assert.same({ "timeout", "timeout", true }, failure())
  end)

  it("so may one whose body breaks off", function()
    function http.request()
      return reply { body_reader = function() return nil, "closed" end }
    end
    assert.same({ "closed", "network", true }, failure())
  end)

  it("a server that drips is not waited for", function()
    http.request = fake.hang
    assert.same({ "no whole reply in 20 s", "timeout", true }, failure())
    http.connect = fake.hang
    assert.same({ "no whole reply in 20 s", "timeout", false }, failure())
  end)

  it("a body without an end is cut", function()
    function http.request()
      return reply { body_reader = function(size) return (" "):rep(size) end }
    end
    local response = cosockets {}(REQUEST, 20)
    assert.is_true(#response.body > 4 * 1024 * 1024 and #response.body < 5 * 1024 * 1024)
    assert.is_true(did.closed)
    assert.is_nil(did.kept)
  end)

  it("a body that ends with its connection is whole", function()
    local pieces = { { "ab" }, { "c", "closed" } }
    function http.request()
      return reply { headers = {}, body_reader = function()
        local piece = table.remove(pieces, 1)
        return piece[1], piece[2]
      end }
    end
    assert.equal("abc", cosockets {}(REQUEST, 20).body)
    assert.is_true(did.closed)
  end)

  it("an error raised in there is raised here", function()
    function http.request() error("broken", 0) end
    assert.has_error(function() cosockets {}(REQUEST, 1) end, "broken")
  end)

  it("send what a request has, to where it goes", function()
    local response = cosockets { connect_timeout = 3 }(REQUEST, 20)
    assert.equal(200, response.status)
    assert.same({ 3000, 20000, 20000 }, did.timeouts)
    assert.same({ scheme = "https", host = "graph.example", port = 8443, ssl_verify = true,
      ssl_server_name = "graph.example" }, did.connect)
    assert.same({ method = "GET", path = "/v26.0/1/x?a=%20b", headers = REQUEST.headers },
      did.request)
    assert.equal(60000, did.kept)
    assert.is_nil(did.closed)
  end)

  it("know hosts in brackets, default ports, proxies, and posts without a body", function()
    local transport = cosockets { proxy = "http://127.0.0.1:3128" }
    transport(with { method = "POST", url = "http://[::1]:8080/x" }, 0.5)
    assert.same({ scheme = "http", host = "[::1]", port = 8080, ssl_verify = true,
      proxy_opts = { http_proxy = "http://127.0.0.1:3128",
        https_proxy = "http://127.0.0.1:3128" } }, did.connect)
    assert.equal("", did.request.body)
    assert.same({ 500, 500, 500 }, did.timeouts)
    transport(with { url = "http://[::1]/x" }, 1)
    assert.equal("[::1]", did.connect.host)
    assert.is_nil(did.connect.port)
  end)

  it("take the last of several headers, and a reply without a body", function()
    function http.request()
      return reply { status = 204, has_body = false, headers = { ["X-A"] = { "1", "2" }, B = "c" } }
    end
    assert.same({ status = 204, headers = { ["x-a"] = "2", b = "c" }, body = "" },
      cosockets {}(REQUEST, 1))
    assert.equal(60000, did.kept)
  end)
end)
