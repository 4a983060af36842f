-- The served sandbox: in this process, and as one of its own.

local socket = require("socket")
local served = require("spec.support.server")
local wire = require("spec.support.wire")

if not wire.built() then
  pending("waba.httpd is not built: it is an optional module")
  return
end

local httpd = require("waba.httpd")

after_each(wire.clean)

-- A sandbox that says what it was asked, and answers as it is told to.
local function fake(response)
  local sandbox = { asked = {} }
  for _, name in ipairs({ "answer", "control" }) do
    sandbox[name] = function(self, request)
      self.asked[#self.asked + 1] = { name, request.method .. " " .. request.url, request.body }
      if type(response) == "function" then return response(request) end
      return response or { status = 200, headers = {}, body = name }
    end
  end
  return sandbox
end

describe("waba.sandbox.http", function()
  local http = require("waba.sandbox.http")

  local function serve(sandbox, options)
    local server = assert(http.new(sandbox, options))
    wire.keep(server)
    return server, wire.connect(tonumber(server.url:match("%d+$")))
  end

  it("has a URL", function()
    local server = serve(fake())
    assert.matches("^http://127%.0%.0%.1:%d+$", server.url)
    assert.equal("waba.sandbox.server (" .. server.url .. ")", tostring(server))
  end)

  it("asks the sandbox, and under /sandbox/ its control plane", function()
    local sandbox = fake()
    local server, client = serve(sandbox)
    for _, case in ipairs({
      { "GET /v23.0/1?a=b", "answer" }, { "POST /sandbox/reset", "control" },
      { "GET /sandbox", "answer" }, { "GET /x/sandbox/y", "answer" },
    }) do
      client:send(wire.request(case[1]:match("%S+"), case[1]:match("%S+$")))
      assert.is_true(server:step(wire.PATIENCE))
      assert.equal(case[2], wire.body(wire.receive(nil, client, wire.whole)))
    end
    assert.same({ "answer", "GET /v23.0/1?a=b", "" }, sandbox.asked[1])
    assert.same({ "control", "POST /sandbox/reset", "" }, sandbox.asked[2])
  end)

  it("passes faults on to the wire", function()
    local server, client = serve(fake({ status = 200, body = "0123", wire = "half" }))
    client:send(wire.request("GET", "/"))
    assert.is_true(server:step(wire.PATIENCE))
    assert.equal("01", wire.body((wire.receive(nil, client))))
  end)

  it("redirects to where the sandbox's own header points", function()
    local server, client = serve(fake({
      status = 302, headers = { location = "https://elsewhere.invalid" }, wire = "redirect",
    }))
    client:send(wire.request("GET", "/"))
    server:step(wire.PATIENCE)
    local text = wire.receive(nil, client, wire.whole)
    assert.matches("\r\nLocation: https://elsewhere.invalid\r\n", text, 1, true)
  end)

  it("answers an error in the sandbox with 500, and raises it", function()
    local server, client = serve(fake(function() error("the world is broken") end))
    client:send(wire.request("GET", "/"))
    assert.error_matches(function() server:step(wire.PATIENCE) end, "the world is broken")
    assert.equal(500, wire.status(wire.receive(nil, client, wire.whole)))
  end)

  it("answers a reply it cannot send with 500, and raises", function()
    local server, client = serve(fake({ status = 99 }))
    client:send(wire.request("GET", "/"))
    assert.error_matches(function() server:step(wire.PATIENCE) end, "status must be")
    assert.equal(500, wire.status(wire.receive(nil, client, wire.whole)))
  end)

  it("survives a client that does not wait for the answer", function()
    local server, client = serve(fake())
    client:send(wire.request("GET", "/"))
    client:close()
    assert.is_true(server:step(wire.PATIENCE))
    assert.is_false(server:step(0.01))
  end)

  it("says that nothing came", function()
    local server = serve(fake())
    assert.is_false(server:step())
    assert.is_false(server:step(0.001))
  end)

  it("runs until it should stop", function()
    local sandbox = fake()
    local server, client = serve(sandbox)
    client:send(wire.request("GET", "/1"))
    assert.is_true(server:run(function() return #sandbox.asked == 1 end))
    assert.equal("answer", wire.body(wire.receive(nil, client, wire.whole)))
  end)

  it("closes, and closes again", function()
    local server, client = serve(fake())
    server:close()
    server:close()
    local text, ended = wire.receive(nil, client)
    assert.equal("", text)
    assert.is_true(ended)
    assert.error_matches(function() server:step() end, "the server is closed")
  end)

  it("passes on an interrupt that comes when the request is answered already", function()
    local server = serve(fake())
    local listener, answered = server.listener, 0
    finally(function() server.listener = listener end)
    server.listener = {
      accept = function() return 1, { method = "GET", url = "/x", headers = {} } end,
      respond = function()
        answered = answered + 1
        error(answered == 1 and "interrupted!" or "no request with this id is open", 0)
      end,
    }
    local sound, raised = pcall(server.step, server)
    assert.is_false(sound)
    assert.equal("interrupted!", raised)
    assert.equal(2, answered)
  end)

  it("puts an IPv6 address in brackets, where the machine has one", function()
    local server = http.new(fake(), { address = "::1" })
    if not server then return end
    wire.keep(server)
    assert.matches("^http://%[::1%]:%d+$", server.url)
  end)

  it("returns what keeps it from listening", function()
    local server, message = http.new(fake(), { address = "0.0.0.0" })
    assert.is_nil(server)
    assert.matches("not a loopback address", message, 1, true)
  end)

  -- Requires waba.httpd anew, the way `find` does, and restores it.
  local function new_with(find)
    local path, cpath = package.path, package.cpath
    package.loaded["waba.httpd"] = nil
    find()
    local server, message = http.new(fake())
    package.path, package.cpath = path, cpath
    package.preload["waba.httpd"] = nil
    package.loaded["waba.httpd"] = httpd
    return server, message
  end

  it("says how to build waba.httpd where it is missing", function()
    local server, message = new_with(function() package.path, package.cpath = "", "" end)
    assert.is_nil(server)
    assert.equal(
      "waba.httpd is not built: install libmicrohttpd-dev and build again", message)
  end)

  it("says why waba.httpd does not load where it is there", function()
    local server, message = new_with(function()
      package.preload["waba.httpd"] = function() error("libmicrohttpd.so.12: no such file") end
    end)
    assert.is_nil(server)
    assert.matches("libmicrohttpd.so.12: no such file", message, 1, true)
  end)
end)

describe("the served sandbox", function()
  local world = require("waba.sandbox").world
  local server

  setup(function() server = served.start() end)
  teardown(function() server:stop() end)
  before_each(function() assert.equal(200, (server:control("POST", "/reset"))) end)

  -- The commands of Meta's page, against this host.
  local function command(method, path, query)
    local status, text = served.curl(("-g -i -X %s \"%s/v23.0/%s?%s&access_token=%s\""):format(
      method, server.url, path, query, world.admin_token))
    assert.equal(0, status)
    return wire.status(text), wire.body(text)
  end

  local function list()
    return served.curl(("-g \"%s/v23.0/%s/system_users?access_token=%s\""):format(
      server.url, world.business, world.admin_token))
  end

  local function fault(rule)
    local status, body = server:control("POST", "/faults", rule)
    assert.equal(200, status, body)
  end

  it("lists system users with the page's command", function()
    local status, body = command("GET", world.business .. "/system_users", "fields=id,name")
    assert.equal(200, status)
    assert.matches(world.system_user, body, 1, true)
  end)

  it("assigns and lists with the page's commands", function()
    local edge = world.waba .. "/assigned_users"
    local status, body = command("POST", edge, "user=" .. world.system_user .. "&tasks=['MANAGE']")
    assert.equal(200, status)
    assert.equal('{"success":true}', body)
    status, body = command("GET", edge, "business=" .. world.business)
    assert.equal(200, status)
    assert.matches(world.system_user, body, 1, true)
    assert.matches('"MANAGE"', body, 1, true)
  end)

  it("takes a form body and a token in the header", function()
    local status, body = served.curl(
      ("-H 'Authorization: Bearer %s' -d user=%s --data-urlencode 'tasks=[\"MANAGE\"]' %s/v23.0/%s")
        :format(world.admin_token, world.system_user, server.url, world.waba .. "/assigned_users"))
    assert.equal(0, status)
    assert.equal('{"success":true}', body)
  end)

  it("refuses as Graph does", function()
    local status, text = served.curl(("-i %s/v23.0/%s/system_users"):format(
      server.url, world.business))
    assert.equal(0, status)
    assert.is_true(wire.status(text) >= 400)
    assert.matches('"error":{', text, 1, true)
  end)

  it("shows its log on the control plane", function()
    list()
    local status, body = server:control("GET", "/log")
    assert.equal(200, status)
    assert.matches("system_users", body, 1, true)
    assert.is_nil(body:find(world.admin_token, 1, true))
  end)

  it("breaks by rule once, and is whole again", function()
    fault('{"wire":"reset","applied":true}')
    assert.equal(56, (list()))
    local status, body = list()
    assert.equal(0, status)
    assert.matches(world.system_user, body, 1, true)
  end)

  -- What curl makes of each fault.
  for name, expected in pairs({ reset = 56, half = 18, header_flood = 56 }) do
    it(("%s is curl's error %d"):format(name, expected), function()
      fault(('{"wire":"%s","applied":true}'):format(name))
      assert.equal(expected, (list()))
    end)
  end

  it("stall is curl's time-out", function()
    fault('{"wire":"stall"}')
    assert.equal(28, (served.curl(("--max-time 0.2 %s/v23.0/%s"):format(server.url, world.waba))))
  end)

  it("redirect is not followed by itself", function()
    fault('{"wire":"redirect"}')
    local status, text = served.curl(("-i %s/v23.0/%s"):format(server.url, world.waba))
    assert.equal(0, status)
    assert.equal(302, wire.status(text))
  end)

  it("gzip_bomb is sound gzip of 200 MiB", function()
    fault('{"wire":"gzip_bomb"}')
    local status, text = served.curl(("%s/v23.0/%s | gzip -dc | wc -c"):format(
      server.url, world.waba))
    assert.equal(0, status)
    assert.equal(209715817, tonumber(text))
  end)

  it("ends with whoever started it", function()
    local other = served.start()
    assert.truthy(socket.connect("127.0.0.1", other.port))
    other:stop()
    other:stop()
    assert.is_nil((socket.connect("127.0.0.1", other.port)))
  end)
end)
