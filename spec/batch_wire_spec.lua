--- A batch over libcurl, on real sockets.

local core = require "waba.core"
local json = core.json
local loopback = require "spec.support.loopback"
local raw = require "spec.support.raw"
local sandboxes = require "waba.sandbox"
local served = require "spec.support.server"
local waba = require "waba"
local wire = require "spec.support.wire"

local world = sandboxes.world

describe("a batch over libcurl", function()
  local function new_client(base_url, options)
    local settings = { access_token = world.admin_token, base_url = base_url, max_attempts = 1 }
    for key, value in pairs(options or {}) do settings[key] = value end
    return assert(waba.new(settings))
  end

  local function pair(client)
    return client:map({ "read", "write" }, function(what)
      if what == "write" then return client:assign(world.waba, world.admin, { "MANAGE" }) end
      return client:assigned_users(world.team_waba, world.business)
    end, { batch = true })
  end

  it("is one request on the wire, and the token is in its header only", function()
    if not wire.built() then return pending("waba.httpd is not built") end
    local server = served.start()
    finally(function() server:stop() end)
    local client = new_client(server.url, { app_secret = world.app_secret })
    local results, errors = client:map({ 1, 2, 3, 4, 5 }, function()
      return client:assigned_users(world.team_waba, world.business)
    end, { batch = true })
    assert.same({}, errors)
    for i = 1, 5 do assert.equal(3, #results[i]) end
    local _, body = server:control("GET", "/log")
    local entries = assert(json.decode(body)).data
    local batches = 0
    for _, entry in ipairs(entries) do
      assert.equal("header", entry.token_in)
      if entry.path == "/" then batches = batches + 1 end
    end
    assert.same({ 6, 1 }, { #entries, batches })
  end)

  local server
  before_each(function() server = raw.start() end)
  after_each(function() server:stop() end)

  it("sends the headers of every call", function()
    server:script { { { "send", raw.http(200, "[null,null]") } } }
    pair(new_client(server.url, { user_agent = "app/1" }))
    local head = server:log().requests[1].head
    for _, line in ipairs { "Authorization: Bearer " .. world.admin_token,
      "User%-Agent: waba/%S+ app/1", "Accept: application/json",
      "Content%-Type: application/x%-www%-form%-urlencoded" } do
      assert.matches(line, head)
    end
  end)

  it("that breaks before the reply leaves reads lost and writes indeterminate", function()
    server:script { { { "close" } } }
    local _, errors = pair(new_client(server.url))
    assert.same({ "network", "indeterminate" }, { errors[1].kind, errors[2].kind })
    assert.equal(1, #server:log().requests)
  end)

  it("that is not answered in time is a timeout", function()
    server:script { { { "silence" } } }
    local _, errors = pair(new_client(server.url, { attempt_timeout = 0.3 }))
    assert.same({ "timeout", "indeterminate" }, { errors[1].kind, errors[2].kind })
  end)

  it("that never connected has changed nothing", function()
    local _, errors = pair(new_client("http://127.0.0.1:" .. loopback.dead_port()))
    assert.same({ "network", "network" }, { errors[1].kind, errors[2].kind })
  end)

  it("of a client that was closed meanwhile is not sent", function()
    local client = new_client(server.url)
    local _, errors = client:map({ 1, 2, 3 }, function(i)
      if i == 3 then return client:close() end
      return client:assigned_users(world.team_waba, world.business)
    end, { batch = true })
    for i = 1, 2 do assert.same({ "closed", 1 }, { errors[i].kind, errors[i].attempts }) end
    assert.equal(0, #server:log().requests)
  end)

  it("carries no token to another place, and nothing that is no request", function()
    local settings = core.settings { access_token = "T", base_url = "http://127.0.0.1:1" }
    local headers = { Authorization = "Bearer T" }
    local function request(change)
      local sound = { method = "POST", url = "http://127.0.0.1:1/", headers = headers, body = "a" }
      for key, value in pairs(change) do sound[key] = value end
      return sound
    end
    assert(core.exchange(settings, request {}, 1))
    for _, change in ipairs {
      { url = "http://127.0.0.1:12/" }, { url = "http://127.0.0.1:1@elsewhere/" },
      { url = "http://127.0.0.1:1" }, { url = "http://127.0.0.1:1/a b" },
      { url = "http://127.0.0.1:1/\r\nX: y" }, { url = "http://127.0.0.1:1/\0" }, { url = 5 },
      { method = "PUT" }, { method = "post" }, { body = 5 }, { body = ("x"):rep(2 ^ 22 + 1) },
      { headers = {} }, { headers = 5 }, { headers = { Authorization = "T" } },
      { headers = { Authorization = "Bearer a\r\nX: y" } },
      { headers = { Authorization = "Bearer " } },
    } do
      assert.error_matches(function() core.exchange(settings, request(change), 1) end, "exchange: ")
    end
  end)

  it("has no outcome before it has one", function()
    local settings = core.settings { access_token = "T", base_url = "http://127.0.0.1:1" }
    local call = core.exchange(settings, { method = "GET", url = "http://127.0.0.1:1/",
      headers = { Authorization = "Bearer T" } }, 1)
    assert.error_matches(function() call:outcome() end, "nothing has come back")
    call:lost("m", "tls", false)
    assert.same({ nil, "m", "tls", false }, { call:outcome() })
    call = core.exchange(settings, { method = "GET", url = "http://127.0.0.1:1/",
      headers = { Authorization = "Bearer T" } }, 1)
    call:feed { status = 201, headers = { ["X-A"] = "b: c", [""] = "d", E = "" }, body = "f\0" }
    assert.same({ status = 201, headers = { ["x-a"] = "b: c", [""] = "d", e = "" }, body = "f\0" },
      call:outcome())
  end)
end)
