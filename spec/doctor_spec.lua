-- What the doctor finds, one ailment at a time.

local cli = require "spec.support.cli"
local doctor = require "waba.cli.doctor"
local sandbox = require "waba.sandbox"
local servers = require "spec.support.server"
local waba = require "waba"

local world = sandbox.world
local DAY, NOW = 86400, 1795580000

local SOUND = {
  app_id = "670843887433847", user_id = "1000081799813", is_valid = true, type = "SYSTEM_USER",
  expires_at = 0, data_access_expires_at = 0,
  scopes = { "business_management", "whatsapp_business_management" },
}

--- A client of the sandbox whose token Graph describes so.
local function client_with(changes, err)
  local info = {}
  for key, value in pairs(SOUND) do info[key] = value end
  for key, value in pairs(changes or {}) do info[key] = value end
  local client = assert(waba.new { access_token = world.admin_token, transport = sandbox.new() })
  client.debug_token = function() return not err and info or nil, err end
  return client
end

local function examine(client, options)
  local settled = { token = world.admin_token, now = function() return NOW end }
  for key, value in pairs(options or {}) do settled[key] = value end
  return doctor.examine(client, settled)
end

--- The findings of one check, as "level: finding".
local function of(findings, check)
  local list = {}
  for _, finding in ipairs(findings) do
    if finding.check == check then list[#list + 1] = finding.level .. ": " .. finding.finding end
  end
  return list
end

local function failing(message, kind)
  return function() return nil, message, kind, false end
end

local function replying(headers)
  return function() return { status = 400, headers = headers, body = "{}" } end
end

describe("the doctor on the way to Graph", function()
  it("stops where nothing answers, and says what may be in the way", function()
    for kind, advice in pairs { tls = "proxy that opens TLS", network = "name server",
      timeout = "firewall" } do
      local findings = examine(client_with(), { transport = failing("no luck", kind) })
      local last = findings[#findings]
      assert.equal("reach", last.check)
      assert.equal("fail", last.level)
      assert.equal("https://graph.facebook.com/v26.0: " .. kind .. ": no luck", last.finding)
      assert.truthy(last.advice:find(advice, 1, true), last.advice)
    end
  end)

  it("asks without the token", function()
    local seen
    examine(client_with(), { transport = function(request)
      seen = request
      return nil, "enough"
    end })
    assert.is_nil(seen.headers.Authorization:find(world.admin_token, 1, true))
    assert.is_nil(seen.url:find(world.admin_token, 1, true))
  end)

  it("tells of another version than the one that was asked for", function()
    local findings = examine(client_with(),
      { transport = replying { ["facebook-api-version"] = "v28.0" } })
    assert.same({ "warn: v26.0 was asked for, and v28.0 answered" }, of(findings, "version"))
  end)

  it("compares the clocks", function()
    local function clock(date)
      local findings = examine(client_with(), { transport = replying { date = date } })
      return of(findings, "clock")[1]
    end
    assert.equal("ok: the clock agrees with Graph's", clock "Wed, 25 Nov 2026 04:13:10 GMT")
    assert.equal("warn: this machine's clock is 100 s ahead",
      clock "Wed, 25 Nov 2026 04:11:40 GMT")
    assert.equal("fail: this machine's clock is 86400 s behind",
      clock "Thu, 26 Nov 2026 04:13:20 GMT")
    assert.equal("unknown: the reply has no date to compare with", clock "yesterday")
    assert.equal("unknown: the reply has no date to compare with", clock(nil))
  end)

  it("knows the calendar", function()
    assert.equal(0, doctor.seconds_of "Thu, 01 Jan 1970 00:00:00 GMT")
    assert.equal(951782400, doctor.seconds_of "Tue, 29 Feb 2000 00:00:00 GMT")
    assert.equal(951868800, doctor.seconds_of "Wed, 01 Mar 2000 00:00:00 GMT")
    assert.equal(4107542399, doctor.seconds_of "Sun, 28 Feb 2100 23:59:59 GMT")
    assert.equal(4107542400, doctor.seconds_of "Mon, 01 Mar 2100 00:00:00 GMT")
    assert.equal(NOW, doctor.seconds_of(os.date("!%a, %d %b %Y %H:%M:%S GMT", NOW)))
  end)
end)

describe("the doctor on the token", function()
  local function finds(check, changes, options)
    return of(examine(client_with(changes), options), check)
  end

  it("says why it is not valid, and nothing more of it", function()
    local findings = examine(client_with {
      is_valid = false, error = { message = "Session has expired" },
    })
    assert.same({ "fail: Graph says it is not valid: Session has expired" }, of(findings, "token"))
    assert.same({}, of(findings, "expiry"))
  end)

  it("passes on that Graph does not accept it, and does not guess where it cannot ask", function()
    local function token(kind)
      local err = { kind = kind, message = "no", hint = "do this" }
      return of(examine(client_with(nil, err)), "token")[1]
    end
    assert.equal("fail: auth: no", token "auth")
    assert.equal("unknown: throttled: no", token "throttled")
  end)

  it("compares its app with the one that was given", function()
    assert.same({ "ok: valid, of app 670843887433847, user 1000081799813",
      "fail: it is not of app 1, which was given" }, finds("token", {}, { app_id = "1" }))
    assert.equal(1, #finds("token", {}, { app_id = "670843887433847" }))
  end)

  it("names the type", function()
    assert.same({ "ok: of a system user" }, finds("type"))
    assert.truthy(finds("type", { type = "USER" })[1]:find("^warn: of a person"))
    assert.truthy(finds("type", { type = "APP" })[1]:find("^fail: of an app"))
    assert.truthy(finds("type", { type = "NEW" })[1]:find("^unknown: "))
  end)

  it("misses permissions, and tells where one holds for some ids only", function()
    assert.same({ "fail: missing: whatsapp_business_management, which lists, assigns and removes "
      .. "users of accounts" }, finds("scopes", { scopes = { "business_management" } }))
    assert.same({ "ok: business_management, whatsapp_business_management",
      "warn: whatsapp_business_management holds for 1 id only" }, finds("scopes", {
      granular_scopes = { { scope = "business_management" },
        { scope = "whatsapp_business_management", target_ids = { "1" } } },
    }))
  end)

  it("counts the days that are left", function()
    local function days(n, least)
      return finds("expiry", { expires_at = NOW + n * DAY }, { min_days = least })[1]
    end
    assert.equal("ok: the token does not end", finds("expiry")[1])
    assert.equal("ok: the token ends in 60 days, 2027-01-24 04:13 UTC", days(60))
    assert.equal("warn: the token ends in 13 days, 2026-12-08 16:13 UTC", days(13.5))
    assert.equal("fail: the token ended 2026-11-25 04:13 UTC", days(0))
    assert.equal("fail: the token ends in 20 days, 2026-12-15 04:13 UTC; --min-days is 21",
      days(20, 21))
    assert.equal("ok: the token ends in 21 days, 2026-12-16 04:13 UTC", days(21, 21))
    local both = finds("expiry", { data_access_expires_at = NOW + DAY })
    assert.equal("warn: its access to data ends in 1 day, 2026-11-26 04:13 UTC", both[2])
  end)

  it("tells whether the proof is accepted", function()
    local wrong = { kind = "auth", message = "Invalid appsecret_proof provided" }
    assert.truthy(finds("proof")[1]:find("^warn: requests carry no"))
    assert.same({ "ok: the app secret proof is accepted" }, finds("proof", {}, { proof = true }))
    local findings = examine(client_with(nil, wrong), { proof = true })
    assert.same({ "fail: auth: Invalid appsecret_proof provided" }, of(findings, "proof"))
  end)
end)

describe("the doctor on ids and budgets", function()
  local function ids(...)
    return of(examine(client_with(), { ids = { ... } }), "id")
  end

  it("tells a business from an account, and from what is not there", function()
    assert.same({
      "ok: " .. world.business .. " is a business",
      "ok: " .. world.waba .. " is a WhatsApp Business Account (Test WhatsApp Business Account)",
      "ok: " .. world.system_user .. " is a system user (My System User)",
    }, ids(world.business, world.waba, world.system_user))
    assert.truthy(ids("12345")[1]:find("^fail: 12345: "))
    assert.truthy(ids("12a")[1]:find("^fail: 12a: "))
  end)

  it("warns of budgets, and says where one is closed", function()
    local client = client_with()
    local usage = { app = { percent = 30.4, parked_seconds = 0 }, accounts = {
      ["2"] = { percent = 80, parked_seconds = 0 }, ["1"] = { percent = 100, parked_seconds = 60 },
      ["3"] = { parked_seconds = 0 },
    } }
    client.usage = function() return usage end
    assert.same({ "ok: the app: 30 % of the hour's calls are used",
      "fail: account 1 is closed for 60 s more",
      "warn: account 2: 80 % of the hour's calls are used",
      "unknown: account 3: Graph has not told yet" }, of(examine(client), "usage"))
  end)
end)

describe("the doctor", function()
  it("names the versions it runs on", function()
    local lines = of(examine(client_with()), "versions")
    assert.truthy(lines[1]:find("^ok: waba [%d.]+ on Lua.*, lua%-cjson %d"), lines[1])
    assert.truthy(lines[2]:find("^ok: libcurl %d+%.%d+%.%d+, %a+/%d.*, HTTP/[12]"), lines[2])
  end)

  it("never shows the token", function()
    for _, finding in ipairs(examine(client_with(), { ids = { world.business } })) do
      for _, text in pairs(finding) do assert.is_nil(text:find("EAATEST", 1, true)) end
    end
  end)
end)

describe("waba doctor, over HTTP", function()
  local server

  setup(function() server = servers.start() end)
  before_each(function() server:control("POST", "/reset") end)
  teardown(function() server:stop() end)

  local function waba_doctor(arguments, variables)
    local settled = { WABA_GRAPH_URL = server.url, WABA_ACCESS_TOKEN = world.admin_token }
    for name, value in pairs(variables or {}) do settled[name] = value end
    local out, err, code = cli.waba("doctor " .. arguments, settled)
    assert.is_nil((out .. err):find("EAATEST", 1, true))
    return code, out, err
  end

  it("exits with 7 where the token or the proof is not accepted", function()
    local code, out = waba_doctor("", { WABA_ACCESS_TOKEN = world.expired_token })
    assert.equal(7, code)
    assert.truthy(out:find("fail\ttoken\tauth: ", 1, true), out)
    code, out = waba_doctor("", { WABA_ACCESS_TOKEN = world.no_scope_token })
    assert.equal(7, code)
    assert.truthy(out:find("fail\tscopes\tmissing: business_management", 1, true), out)
    code, out = waba_doctor("", { WABA_APP_SECRET = ("0"):rep(32) })
    assert.equal(7, code)
    assert.truthy(out:find("fail\tproof\t", 1, true), out)
  end)

  it("looks at the rest where there is no token, and exits with 7", function()
    local code, out = waba_doctor(world.business, { WABA_ACCESS_TOKEN = "" })
    assert.equal(7, code)
    assert.truthy(out:find("ok\treach\t", 1, true), out)
    assert.truthy(out:find("fail\ttoken\tthere is no access token\tset WABA_ACCESS_TOKEN", 1, true),
      out)
    assert.is_nil(out:find("\tid\t", 1, true))
    local _, words = waba_doctor("12x")
    assert.truthy(words:find("fail\tid\t12x: invalid: business_id must be", 1, true), words)
  end)

  it("exits with 1 where nothing answers, or an id is none", function()
    local code, out = waba_doctor("", { WABA_GRAPH_URL = "http://127.0.0.1:1" })
    assert.equal(1, code)
    assert.truthy(out:find("fail\treach\thttp://127.0.0.1:1/v26.0: network: ", 1, true), out)
    code, out = waba_doctor("77")
    assert.equal(1, code)
    assert.truthy(out:find("fail\tid\t77: ", 1, true), out)
  end)

  it("finds a certificate that is not trusted", function()
    local no_tls = require("spec.support.matrix").no_tls
    if no_tls then return pending("skipped: TLS: " .. no_tls) end
    local front = require("spec.support.nginx").start(server.url)
    local sound, code, out = pcall(waba_doctor, "", { WABA_GRAPH_URL = front:url "http1" })
    front:stop()
    assert.is_true(sound, code)
    assert.equal(1, code)
    assert.truthy(out:find("/v26.0: tls: ", 1, true), out)
    assert.truthy(out:find("is there a proxy that opens TLS", 1, true), out)
  end)

  it("exits with 3 where --min-days is asked for, and Graph does not tell", function()
    local rule = '{"path":"debug_token","status":403,"body":{"error":{"code":10,"message":"no"}}}'
    server:control("POST", "/faults", rule)
    local code, out = waba_doctor("--min-days 14")
    assert.equal(3, code)
    assert.truthy(out:find("unknown\ttoken\tpermission: no", 1, true), out)
    server:control("POST", "/faults", rule)
    assert.equal(0, (waba_doctor("")))
  end)

  it("exits with 2 where --min-days has no sense", function()
    local code, _, err = waba_doctor("--min-days soon")
    assert.equal(2, code)
    assert.truthy(err:find('--min-days is "soon", and must be a number of days', 1, true), err)
  end)

  it("exits with 0 where all is well, clock and proof too", function()
    local code, out, err = waba_doctor(world.business .. " " .. world.waba .. " --min-days 14",
      { WABA_APP_SECRET = world.app_secret })
    assert.equal(0, code, out .. err)
    assert.equal("", err)
    for line in out:gmatch("[^\n]+") do assert.truthy(line:find("^ok\t"), line) end
    assert.truthy(out:find("ok\tclock\t", 1, true))
    assert.truthy(out:find("ok\tproof\tthe app secret proof is accepted", 1, true))
  end)
end)
