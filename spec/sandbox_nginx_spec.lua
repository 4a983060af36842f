--- The sandbox served by nginx from Lua: plain, and over TLS with HTTP/1.1 and HTTP/2.

local command = require "spec.support.command"
local front = require "spec.support.nginx"
local loopback = require "spec.support.loopback"
local openresty = require "spec.support.openresty"
local servers = require "spec.support.server"
local waba = require "waba"
local world = require("waba.sandbox").world

local missing = openresty.missing() or front.missing()
if missing then
  pending("the sandbox in nginx: " .. missing)
  return
end

local TLS = [[
  server {
    listen 127.0.0.1:%d ssl%s;
    ssl_certificate %s/good.pem;
    ssl_certificate_key %s/good.key;
    location / { content_by_lua_block { require("waba.sandbox.nginx").serve() } }
  }
]]

describe("the sandbox in nginx", function()
  local nginx, folder, urls

  setup(function()
    folder = command.run("mktemp -d"):gsub("%s+$", "")
    front.make_certificates(folder)
    local http1, one = loopback.free_port()
    local http2, two = loopback.free_port()
    one:close()
    two:close()
    nginx = openresty.start {
      http = TLS:format(http1, "", folder, folder) .. TLS:format(http2, " http2", folder, folder),
      server = [[
        location / { content_by_lua_block { require("waba.sandbox.nginx").serve() } }
        location /slow/ {
          client_body_buffer_size 1k;
          content_by_lua_block { require("waba.sandbox.nginx").serve() }
        }
      ]],
    }
    urls = { plain = nginx.url, ["HTTP/1.1"] = "https://127.0.0.1:" .. http1,
      ["HTTP/2"] = "https://127.0.0.1:" .. http2 }
  end)

  teardown(function()
    if nginx then nginx:stop() end
    command.run("rm -rf " .. folder)
  end)

  before_each(function() assert.equal(200, (nginx:get("/sandbox/reset", ""))) end)

  local function client_on(way, options)
    local settings = { access_token = world.admin_token, base_url = urls[way], max_attempts = 1,
      ca_file = way ~= "plain" and folder .. "/ca.pem" or nil }
    for name, value in pairs(options or {}) do settings[name] = value end
    return assert(waba.new(settings))
  end

  local function fault(rule)
    local status, body = nginx:get("/sandbox/faults", rule)
    assert.equal(200, status, body)
  end

  it("is for nginx only", function()
    assert.error_matches(require("waba.sandbox.nginx").serve, "works inside nginx")
  end)

  for _, way in ipairs { "plain", "HTTP/1.1", "HTTP/2" } do
    it("refuses, and changes with every call: " .. way, function()
      local client = client_on(way)
      local _, err = client_on(way, { access_token = "EAAwrong" }):system_users(world.business)
      assert.equal("auth", err.kind)
      _, err = client:system_users(world.waba)
      assert.equal("invalid", err.kind)
      assert.equal("My System User", assert(client:system_users(world.business))[1].name)
      assert.is_true(client:assign(world.waba, world.system_user, { "MANAGE" }))
      local users = assert(client:assigned_users(world.waba, world.business))
      assert.same({ "MANAGE" }, users[1].tasks)
      assert.is_true(client:unassign(world.waba, world.system_user))
      assert.same({}, client:assigned_users(world.waba, world.business))
    end)
  end

  for way, version in pairs { ["HTTP/1.1"] = "1.1", ["HTTP/2"] = "2" } do
    it("speaks " .. way, function()
      local arguments = "--cacert %s/ca.pem -o /dev/null -w '%%{http_version};' %s/x"
      local status, output = servers.curl(arguments:format(folder, urls[way]))
      assert.equal(0, status, output)
      assert.equal(version .. ";", output)
    end)
  end

  it("reads a body that nginx has put into a file", function()
    nginx:get("/slow/" .. world.waba, ("x"):rep(10000))
    local _, log = nginx:get("/sandbox/log")
    assert.is_truthy(log:find(("x"):rep(10000), 1, true))
  end)

  local kinds = {
    reset = "network", half = "network", drip = "done", stall = "timeout", redirect = "protocol",
  }

  for _, way in ipairs { "plain", "HTTP/2" } do
    for wire, kind in pairs(kinds) do
      it(("breaks the wire, %s: %s"):format(way, wire), function()
        fault(('{"method":"GET","path":"system_users","wire":"%s","applied":true}'):format(wire))
        local client = client_on(way, { attempt_timeout = wire == "stall" and 0.5 or 20 })
        local users, err = client:system_users(world.business, { limit = 1, fields = "id" })
        assert.equal(kind, users and "done" or err.kind, tostring(err))
      end)
    end
  end

  it("says which faults nginx cannot do", function()
    fault '{"method":"GET","wire":"gzip_bomb"}'
    local status, body = nginx:get("/v26.0/1")
    assert.equal(501, status)
    assert.equal("nginx cannot do the fault gzip_bomb\n", body)
  end)

  it("leaves nothing in nginx's log but what it should", function()
    for line in nginx:log():gmatch("[^\n]+") do
      assert.is_nil(line:find("%[error%]") or line:find("%[crit%]") or line:find("%[alert%]"), line)
    end
    assert.same({}, nginx:crashes())
  end)
end)
