--- waba.resty.check: what it finds, in a real nginx and in made-up ones.

local fake = require "spec.support.fake_nginx"
local openresty = require "spec.support.openresty"
local openssl = require "waba.resty.openssl"

describe("an OpenSSL beside nginx's own", function()
  local DEBIAN, BUNDLED = "/usr/lib/x86_64-linux-gnu", "/usr/local/openresty/openssl3/lib"

  local function clash(found, tls) return openssl.clash(found, tls) end

  it("is seen where two libraries are loaded", function()
    local text = clash({ version = "OpenSSL 3.0.15 3 Sep 2024", file = BUNDLED .. "/libcrypto.so.3",
      libraries = { BUNDLED .. "/libssl.so.3", BUNDLED .. "/libcrypto.so.3",
        DEBIAN .. "/libcrypto.so.1.1" } }, "OpenSSL/1.1.1w")
    assert.matches("two OpenSSL are loaded", text)
    assert.matches("libcrypto.so.1.1", text, 1, true)
  end)

  it("is seen where nginx has one built in", function()
    local text = clash({ version = "OpenSSL 3.0.19 1 Jan 2026", file = "/usr/sbin/nginx",
      libraries = { DEBIAN .. "/libssl.so.3", DEBIAN .. "/libcrypto.so.3" } }, "OpenSSL/3.0.19")
    assert.matches("an OpenSSL of its own in /usr/sbin/nginx", text)
  end)

  it("is seen by its version", function()
    assert.equal("libcurl has found OpenSSL 3.0.18, nginx has 3.0.19", clash({
      version = "OpenSSL 3.0.19 1 Jan 2026", libraries = { DEBIAN .. "/libcrypto.so.3" } },
      "OpenSSL/3.0.18"))
  end)

  it("is not seen where there is none", function()
    local same = { version = "OpenSSL 3.0.19 1 Jan 2026", file = DEBIAN .. "/libcrypto.so.3",
      libraries = { DEBIAN .. "/libssl.so.3", DEBIAN .. "/libcrypto.so.3" } }
    assert.is_nil(clash(same, "OpenSSL/3.0.19"))
    assert.is_nil(clash(same, "GnuTLS/3.7.9"))
    assert.is_nil(clash({ libraries = {} }))
  end)

  it("is looked for in this very process", function()
    require "waba.core" -- brings a libcrypto
    local found = openssl.look()
    assert.matches("libcrypto", table.concat(found.libraries, " "))
  end)
end)

describe("check", function()
  after_each(fake.remove)

  it("is for nginx", function()
    assert.error_matches(function() require "waba.resty.check"() end, "this is not nginx")
  end)

  it("raises on what is no option, in the caller's line", function()
    fake.install "content"
    local check = require "waba.resty.check"
    for words, options in pairs {
      ["options must be a table, got a number"] = 5,
      ["unknown option 'budget'; there are: thread_pool, via"] = { budget = {} },
      ["option 'thread_pool' must be a string, got a number"] = { thread_pool = 5 },
    } do
      local sound, message = pcall(function() return (check(options)) end)
      assert.is_false(sound)
      assert.matches("^[^:]*resty_check_spec%.lua:%d+: check: ", message)
      assert.matches(words, message, 1, true)
    end
  end)

  it("tells what is missing of an old nginx without threads", function()
    local ngx = fake.install "log"
    ngx.config = { nginx_version = 1018000, ngx_lua_version = 10010 }
    ngx.worker = { count = function() return 4 end }
    ngx.shared, ngx.run_worker_thread = {}, nil
    local findings = require "waba.resty.check" { via = "cosockets" }
    assert.is_false(findings.sound)
    local text = tostring(findings)
    assert.matches("nginx 1.18.0, lua-nginx-module 0.10.10, 4 workers", text, 1, true)
    assert.matches("note    phase: log\n        no call can be made here", text, 1, true)
    assert.matches("note    threads: none", text, 1, true)
    assert.matches("module 'resty.http' not found", text, 1, true)
    assert.matches("lua_shared_dict", text, 1, true)
  end)
end)

local missing = openresty.missing()

if missing then
  pending("check in nginx: " .. missing)
  return
end

describe("check in nginx", function()
  local nginx

  local function start(parts) nginx = openresty.start(parts) end

  after_each(function() nginx:stop() end)

  local CHECK = [[
    local findings, plain = require("waba.resty").check(...), {}
    for _, finding in ipairs(findings) do plain[finding.topic] = finding end
    return findings.sound, plain, tostring(findings)
  ]]

  it("finds all that is there, and says it the second time without a doubt", function()
    start {
      main = "thread_pool waba threads=2; env WABA_ACCESS_TOKEN=CANARY; env WABA_GRAPH_URL=x;",
      http = "lua_shared_dict waba 100k;" }
    nginx:run(CHECK, { thread_pool = "waba" })
    local sound, found, text = nginx:run(CHECK, { thread_pool = "waba" })
    assert.is_true(sound)
    assert.equal("content", found.phase.found)
    assert.equal("pool waba works", found.threads.found)
    assert.matches("^libcurl %d+%.%d+%.%d+ with %a+/", found.libcurl.found)
    assert.matches("^nginx calls OpenSSL %d.* in /", found.openssl.found)
    assert.equal("ok", found.openssl.status)
    assert.matches("^lua%-cjson %d", found.cjson.found)
    assert.equal("on", found.code_cache.found)
    assert.equal("visible: WABA_ACCESS_TOKEN, WABA_GRAPH_URL", found.environment.found)
    assert.matches("env WABA_APP_ID;", found.environment.advice, 1, true)
    assert.matches("^waba %(%d+ KiB free%); ngx%.shared has no", found.dictionaries.found)
    assert.is_nil(text:find("CANARY", 1, true))
  end)

  it("says what to do about what is not", function()
    start { http = "lua_code_cache off;" }
    for _ = 1, 2 do
      local sound, found = nginx:run(CHECK)
      assert.is_false(sound)
      assert.equal("problem", found.threads.status)
      assert.matches("thread_pool default threads=", found.threads.advice)
      assert.matches("lua_code_cache is off", found.code_cache.advice)
      assert.equal("none of waba's is visible", found.environment.found)
      assert.equal("none", found.dictionaries.found)
    end
    local _, found = nginx:run_in("/timer", CHECK)
    assert.equal("timer", found.phase.found)
    assert.matches("cannot be told", found.code_cache.found)
  end)
end)
