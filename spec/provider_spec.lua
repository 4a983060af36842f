--- examples/openresty in a real nginx, its configuration as it is, against the sandbox in another.

local accounts = require "spec.support.shared_accounts"
local command = require "spec.support.command"
local core = require "waba.core"
local markdown = require "spec.support.markdown"
local openresty = require "spec.support.openresty"
local virtual = require "spec.support.virtual"
local waba = require "waba"
local world = require("waba.sandbox").world

local missing = openresty.missing()
if missing then
  pending("examples/openresty: " .. missing)
  return
end

local SECRET, VERIFY = world.app_secret, "made-up-by-us"
local CONF = "examples/openresty"
local HANDSHAKE = "/webhook?hub.mode=subscribe&hub.challenge=1&hub.verify_token=" .. VERIFY

local graph, nginx, inside -- the port for our own machines

local function environment(changes)
  local variables = {
    WABA_ACCESS_TOKEN = world.admin_token, WABA_APP_SECRET = SECRET, WABA_VERIFY_TOKEN = VERIFY,
    WABA_BUSINESS_ID = world.business, WABA_GRAPH_URL = graph.url,
    LUA_PATH = package.path, LUA_CPATH = package.cpath,
  }
  for name, value in pairs(changes or {}) do variables[name] = value end
  return variables
end

--- What came to Graph since the last reset, "GET 102290129340398" or so.
local function sent()
  local _, text = graph:get("/sandbox/log")
  local lines = {}
  for _, entry in ipairs(core.json.decode(text).data) do
    lines[#lines + 1] = entry.method .. " " .. entry.path:match("/v[%d.]+/(%d+)")
  end
  return lines
end

local function metric(name)
  local _, text = inside:get("/metrics")
  return tonumber(("\n" .. text):match("\n" .. name:gsub("%p", "%%%0") .. " (%S+)\n")) or 0
end

local function applied(account)
  return metric(('spec_applied_total{account="%s"}'):format(account))
end

local function tasks_of(account)
  local client = assert(waba.new { access_token = world.admin_token, base_url = graph.url })
  local tasks = {}
  for _, user in ipairs(assert(client:assigned_users(account, world.business))) do
    tasks[user.name] = table.concat(user.tasks, " ")
  end
  return tasks
end

local WANTED = { ["My System User"] = "DEVELOP MANAGE_TEMPLATES", ["Night shift"] = "VIEW_COST" }

local NOW = os.time()

local function change(event, account)
  return { field = "account_update", value = { event = event,
    waba_info = { waba_id = account, owner_business_id = world.client } } }
end

--- A payload of Meta's about one account.
local function payload(event, account, time)
  return core.json.encode { object = "whatsapp_business_account", entry = { {
    id = world.business, time = time or NOW, changes = { change(event, account) } } } }
end

local function signed(body, signature)
  return ("X-Hub-Signature-256: %s\r\n"):format(signature or waba.signature.sign(SECRET, body))
end

local function deliver(body, signature)
  return nginx:get("/webhook", body, signed(body, signature))
end

local function counts(server)
  local _, text = server:at("8090"):get("/healthz")
  return core.json.decode(text).accounts
end

local function open_accounts() return counts(nginx).open end

local function settled()
  return nginx.await(function() return open_accounts() == 0 end)
end

describe("examples/openresty", function()
  setup(function()
    graph = openresty.start { server = [[
      location / { content_by_lua_block { require("spec.support.shared_accounts").serve() } }
    ]] }
    nginx = openresty.start {
      conf = CONF, environment = environment(), alive = HANDSHAKE,
      edit = function(text)
        return (text:gsub("init_worker_by_lua_block { ",
          "%0require 'spec.support.watch_policy' "))
      end,
    }
    inside = nginx:at "8090"
  end)

  teardown(function()
    for _, server in pairs { nginx or nil, graph or nil } do server:stop() end
  end)

  before_each(function() assert.equal(200, (graph:get("/sandbox/reset", ""))) end)

  -- ---- its configuration ------------------------------------------------------------------------

  describe("its configuration", function()
    local RUN = [[
      D=$(mktemp -d); cp -r examples/openresty/. "$D"; cd "$D"
      PATH=$PATH:/usr/sbin; M=/usr/lib/nginx/modules; G="daemon off;"
      for m in ndk_http_module ngx_http_lua_module; do
        [ -e $M/$m.so ] && G="$G load_module $M/$m.so;"
      done
      eval "$EDIT"
      [ "$T" ] || sed -i "s|127.0.0.1:|unix:$D/|" "$D/nginx.conf"
      LUA_PATH=$P LUA_CPATH=$C timeout 10 nginx $T -p "$D/" -c nginx.conf -e stderr -g "$G" 2>&1
      S=$?; cat "$D/error.log" 2>/dev/null; rm -rf "$D"; exit $S]]

    local function run(flag, changes, edit)
      local variables = environment(changes)
      variables.EDIT = edit
      variables.P, variables.C, variables.LUA_PATH, variables.LUA_CPATH =
        package.path, package.cpath, nil, nil
      variables.T = flag
      return command.run(RUN, variables)
    end

    it("does not start where a variable is not set, and says which", function()
      for _, name in ipairs { "WABA_ACCESS_TOKEN", "WABA_APP_SECRET", "WABA_BUSINESS_ID",
        "WABA_VERIFY_TOKEN" } do
        local output, status = run("", { [name] = "" })
        assert.not_equal(0, status)
        assert.matches(name .. " is not set", output, 1, true)
      end
    end)

    it("does not start with a token that is none, and does not show it", function()
      local output, status = run("", { WABA_ACCESS_TOKEN = "EAA bad token" })
      assert.not_equal(0, status)
      assert.matches("access_token must be", output, 1, true)
      assert.is_nil(output:find("EAA bad", 1, true))
    end)

    it("does not start without one of its dicts, and says which", function()
      for _, name in ipairs { "accounts", "open", "busy", "budget", "cache", "metrics" } do
        local output, status = run("", {}, "sed -i /dict.waba_" .. name .. "/d nginx.conf")
        assert.not_equal(0, status)
        assert.matches("no line `lua_shared_dict waba_" .. name .. " ...;`", output, 1, true)
      end
    end)

    it("does not start with a policy that is none, and says where", function()
      for _, user in ipairs { "5", '{ tasks = { "MANAGE" } }', '{ name = "x" }',
        '{ name = "", tasks = { "MANAGE" } }', '{ name = "x", tasks = {} }',
        '{ name = "x", tasks = { 5 } }' } do
        local output, status = run("", {},
          ("sed -i 's/{ name = .Night.*/%s/' lua/provider/config.lua"):format(user))
        assert.not_equal(0, status)
        assert.matches("config.lua: users[2] must be ", output, 1, true)
      end
    end)

    it("passes nginx -t as it is", function()
      local output, status = run "-t"
      assert.equal(0, status, output)
      assert.matches("test is successful", output, 1, true)
    end)
  end)

  -- ---- the webhook ------------------------------------------------------------------------------

  describe("the handshake", function()
    local function ask(mode, token, challenge)
      return nginx:get(("/webhook?hub.mode=%s&hub.verify_token=%s&hub.challenge=%s"):format(
        mode, token, challenge))
    end

    it("is refused without Meta's token, and without a sound challenge", function()
      assert.equal(403, (nginx:get("/webhook")))
      assert.equal(403, (ask("subscribe", "wrong", "1158201444")))
      assert.equal(403, (ask("subscribe", VERIFY .. "x", "1158201444")))
      assert.equal(403, (ask("subscribe", "", "1158201444")))
      assert.equal(403, (ask("unsubscribe", VERIFY, "1158201444")))
      assert.equal(403, (ask("subscribe", VERIFY, "%3Cscript%3E")))
      assert.equal(403, (ask("subscribe", VERIFY, "")))
      assert.equal(403, (ask("subscribe", VERIFY .. "&hub.verify_token=" .. VERIFY, "1")))
    end)

    it("echoes the challenge", function()
      local status, body = ask("subscribe", VERIFY, "1158201444")
      assert.equal(200, status)
      assert.equal("1158201444", body)
    end)
  end)

  describe("a delivery", function()
    local body = payload("PARTNER_ADDED", accounts.id(1))
    local right = waba.signature.sign(SECRET, body)
    local megabyte = ("x"):rep(1024 * 1024)

    local function nothing_was_done()
      assert.same({}, sent())
      assert.equal(0, applied(accounts.id(1)))
      assert.equal(0, open_accounts())
    end

    it("without a signature is refused", function()
      assert.equal(401, (nginx:get("/webhook", body)))
      assert.equal(401, (nginx:get("/webhook", body, "X-Hub-Signature: " .. right .. "\r\n")))
      assert.equal(401, (nginx:get("/webhook", megabyte)))
      nothing_was_done()
    end)

    it("with a wrong or truncated one is refused", function()
      for _, wrong in ipairs { "", "sha256=", "sha256=00", right:sub(1, -2), right:sub(1, 39),
        right:upper(), right .. "0", right:gsub("=", "=0"), right:sub(8),
        (right:gsub(".$", function(digit) return digit == "0" and "1" or "0" end)),
        waba.signature.sign("another secret", body), waba.signature.sign(SECRET, body .. " ") } do
        assert.equal(401, (deliver(body, wrong)), wrong)
      end
      assert.equal(401, (deliver(body .. "\n", right)))
      assert.equal(401, (deliver(megabyte, right)))
      assert.equal(401, (deliver("", right)))
      nothing_was_done()
    end)

    it("that is signed garbage is refused", function()
      for _, garbage in ipairs { "", "{", "\0\255", megabyte, ("["):rep(5000) } do
        assert.equal(400, (deliver(garbage)))
      end
      nothing_was_done()
    end)

    it("larger than Meta's is refused unread", function()
      assert.equal(413, (deliver(("x"):rep(3 * 1024 * 1024 + 1), right)))
      nothing_was_done()
    end)

    it("with another method is refused", function()
      local client = nginx:open("/webhook")
      client:close()
      local _, output = require("spec.support.server").curl(
        "-o /dev/null -w '%{http_code};' -X PUT -d x " .. nginx.url .. "/webhook")
      assert.equal("405;", output)
    end)

    it("about something else is taken, and makes no work", function()
      for _, other in ipairs {
        "5", "null", "true", "[]", "{}", '{"entry":5}', '{"entry":[5]}',
        '{"entry":[{"changes":7}]}',
        '{"entry":[{"id":"1","time":1,"changes":[null,{"value":[]},{"value":{"event":[]}}]}]}',
        (payload("PARTNER_ADDED", accounts.id(1)):gsub("account_update", "messages")),
        payload("PARTNER_ADDED", "0"), payload("PARTNER_ADDED", "0" .. accounts.id(1)),
        payload("PARTNER_ADDED", ("1"):rep(21)), payload("PARTNER_ADDED", ("1"):rep(5000)),
        payload("PARTNER_ADDED", accounts.id(1), NOW * 1000),
        payload("ACCOUNT_VIOLATION", accounts.id(1)), payload("partner_added", accounts.id(1)),
        payload("PARTNER_ADDED", "../1"), payload("PARTNER_ADDED", accounts.id(1), "soon"),
        payload("PARTNER_ADDED", accounts.id(1), -1),
        payload("PARTNER_ADDED", accounts.id(1), NOW - 9 * 86400),
      } do
        assert.equal(200, (deliver(other)), other)
      end
      nothing_was_done()
      assert.is_true(metric 'waba_webhook_events_total{result="ignored"}' >= 5)
      assert.equal(1, metric 'waba_webhook_events_total{result="old"}')
      assert.equal(1, metric 'waba_webhook_events_total{result="ahead"}')
    end)
  end)

  describe("an account that is newly shared", function()
    it("has the policy within seconds, once, though Meta tells it twice", function()
      local account = accounts.id(2)
      local body = payload("PARTNER_ADDED", account)
      for _ = 1, 3 do assert.equal(200, (deliver(body))) end
      assert.is_true(settled())
      assert.same(WANTED, tasks_of(account))
      assert.equal(1, applied(account))
      assert.equal(200, (deliver(body)))
      assert.equal(200, (deliver(payload("PARTNER_APP_INSTALLED", account, NOW - 100))))
      assert.equal(0, open_accounts())
      assert.equal(1, applied(account))
    end)

    it("and unshared since is left alone, though the news come in the wrong order", function()
      local account = accounts.id(3)
      deliver(payload("PARTNER_REMOVED", account, NOW))
      deliver(payload("PARTNER_ADDED", account, NOW - 10))
      assert.is_true(settled())
      assert.equal(0, applied(account))
      assert.same({}, sent())
    end)

    it("has the policy although nginx is reloaded in the middle of the work", function()
      graph:get("/delay?seconds=0.15")
      for i = 20, 49 do deliver(payload("PARTNER_ADDED", accounts.id(i))) end
      nginx.kill("HUP", nginx:master())
      assert.is_true(open_accounts() > 0)
      assert.is_true(settled())
      graph:get("/delay?seconds=")
      for i = 20, 49 do
        assert.same(WANTED, tasks_of(accounts.id(i)))
        assert.equal(1, applied(accounts.id(i)))
      end
    end)

    it("is not forgotten in a reload", function()
      local account = accounts.id(4)
      deliver(payload("PARTNER_ADDED", account))
      assert.is_true(settled())
      local before = nginx:workers()
      nginx.kill("HUP", nginx:master())
      assert.is_true(nginx.await(function()
        local workers = nginx:workers()
        return #workers == #before and workers[1] ~= before[1] and workers[2] ~= before[2]
      end))
      assert.equal(200, (deliver(payload("PARTNER_ADDED", account))))
      assert.equal(0, open_accounts())
      assert.equal(1, applied(account))
    end)
  end)

  it("takes a burst of 1,000 events for 100 accounts, one at a time for each", function()
    local random, latest = virtual.random(7), {}
    local bodies = {}
    for i = 1, 1000 do
      local n, time = math.floor(random() * 100) + 1, NOW + math.floor(random() * 1000)
      local event = random() < 0.6 and "PARTNER_ADDED" or "PARTNER_REMOVED"
      local last = latest[n]
      if not last or time > last.time or time == last.time and event == "PARTNER_REMOVED" then
        latest[n] = { time = time, event = event }
      end
      bodies[i] = payload(event, accounts.id(n), time)
    end
    for first = 1, #bodies, 20 do
      local clients = {}
      for i = first, first + 19 do
        clients[#clients + 1] = nginx:open("/webhook", bodies[i], signed(bodies[i]))
      end
      for _, client in ipairs(clients) do assert.equal(200, (nginx.receive(client))) end
    end
    assert.is_true(settled())
    assert.equal(0, metric "spec_overlaps_total")
    assert.equal(0, metric 'waba_accounts{progress="failed"}')
    local added = 0
    for n, last in pairs(latest) do
      if last.event == "PARTNER_ADDED" then
        added = added + 1
        assert.same(WANTED, tasks_of(accounts.id(n)))
      end
    end
    assert.is_true(added > 30)
  end)

  -- ---- the two ports ----------------------------------------------------------------------------

  it("has nothing but the webhook on the port that the world reaches", function()
    for _, path in ipairs { "/onboard", "/metrics", "/healthz", "/" } do
      assert.equal(404, (nginx:get(path)), path)
    end
    assert.equal(404, (nginx:get("/onboard", core.json.encode { waba_id = accounts.id(1) })))
    assert.equal(404, (inside:get("/webhook")))
    assert.same({}, sent())
  end)

  -- ---- /onboard ---------------------------------------------------------------------------------

  describe("/onboard", function()
    local function onboard(account)
      local status, body = inside:get("/onboard", core.json.encode { waba_id = account })
      return status, core.json.decode(body)
    end

    it("refuses what is no account", function()
      assert.equal(405, (inside:get("/onboard")))
      for _, body in ipairs { "", "{", "5", "[]", "{}", '{"waba_id":5}', '{"waba_id":"1/2"}',
        '{"waba_id":""}', '{"waba_id":"0"}', '{"waba_id":"' .. ("1"):rep(21) .. '"}' } do
        assert.equal(400, (inside:get("/onboard", body)), body)
      end
      assert.equal(413, (inside:get("/onboard", ("x"):rep(9000))))
      assert.same({}, sent())
    end)

    it("answers with what went wrong", function()
      local status, told = onboard("55")
      assert.equal(422, status)
      assert.equal("not_found", told.users[1].error.kind)
      assert.equal("My System User", told.users[1].user)
    end)

    it("passes on how long Graph wants to be left alone", function()
      graph:get("/sandbox/faults", core.json.encode { method = "GET", path = accounts.id(9),
        status = 400, body = { error = { code = 80008, message = "too many calls" } },
        headers = { ["x-business-use-case-usage"] = core.json.encode { [accounts.id(9)] = { {
          type = "whatsapp_business_management", call_count = 100, total_cputime = 1,
          total_time = 1, estimated_time_to_regain_access = 5 } } } } })
      local client = inside:open("/onboard", core.json.encode { waba_id = accounts.id(9) })
      local reply = client:receive("*a")
      assert.matches("^HTTP/1.1 503 ", reply)
      local seconds = tonumber(reply:match("\r\nRetry%-After: (%d+)\r\n"))
      assert.is_true(seconds > 200 and seconds <= 300)
      assert.equal(1, metric "waba_accounts_parked")
      assert.equal(1,
        metric 'waba_responses_total{operation="assigned_users",result="throttled"}')
    end)

    it("ensures our system users, and says what was done", function()
      local account = accounts.id(5)
      local status, told = onboard(account)
      assert.equal(200, status)
      assert.equal(account, told.waba_id)
      assert.same({ user = "My System User", id = world.system_user, done = "assigned",
        tasks = { "DEVELOP", "MANAGE_TEMPLATES" } }, told.users[1])
      assert.equal("assigned", told.users[2].done)
      assert.same(WANTED, tasks_of(account))
      status, told = onboard(account)
      assert.equal(200, status)
      assert.equal("unchanged", told.users[1].done)
    end)

    it("settles an account that was given up", function()
      local account = accounts.id(10)
      graph:get("/sandbox/faults", core.json.encode { method = "GET", path = account, status = 400,
        body = { error = { code = 100, message = "no such parameter" } } })
      deliver(payload("PARTNER_ADDED", account, NOW + 2000)) -- after the burst's
      assert.is_true(settled())
      assert.same({ open = 0, failed = 1 }, counts(nginx))
      assert.equal(200, (onboard(account)))
      assert.same({ open = 0, failed = 0 }, counts(nginx))
      assert.same(WANTED, tasks_of(account))
    end)

    it("and the webhook are not at the same account at the same time", function()
      local account = accounts.id(6)
      local clients = {}
      for i = 1, 10 do
        clients[i] = inside:open("/onboard", core.json.encode { waba_id = account })
        deliver(payload("PARTNER_ADDED", account, NOW + i))
      end
      for _, client in ipairs(clients) do assert.equal(200, (nginx.receive(client))) end
      assert.is_true(settled())
      assert.equal(0, metric "spec_overlaps_total")
      assert.same(WANTED, tasks_of(account))
    end)
  end)

  -- ---- what it tells ----------------------------------------------------------------------------

  describe("/healthz", function()
    it("says that it is well, and what is left to do", function()
      local status, body = inside:get("/healthz")
      assert.equal(200, status)
      local told = core.json.decode(body)
      assert.equal("ok", told.status)
      assert.equal(0, told.accounts.open)
    end)
  end)

  describe("/metrics", function()
    it("is text that Prometheus reads", function()
      local status, text = inside:get("/metrics")
      assert.equal(200, status)
      local typed
      for line in text:gmatch("[^\n]+") do
        if line:find("^# HELP ") then
          assert.matches("^# HELP [%w_]+ .+$", line)
        elseif line:find("^#") then
          typed = line:match("^# TYPE ([%w_]+) %l+$")
        else
          local name, value = line:match("^([%w_]+){?[^{}]*}? (%S+)$")
          assert.equal(typed, name, line)
          assert.truthy(tonumber(value), line)
        end
      end
    end)

    it("counts calls, errors by kind and retries, and shows usage", function()
      local retries = metric 'waba_retries_total{operation="assigned_users"}'
      graph:get("/sandbox/faults", '{"method":"GET","path":"assigned_users","status":503}')
      inside:get("/onboard", core.json.encode { waba_id = accounts.id(7) })
      assert.equal(retries + 1, metric 'waba_retries_total{operation="assigned_users"}')
      assert.is_true(metric 'waba_requests_total{operation="assign"}' > 0)
      assert.is_true(metric 'waba_responses_total{operation="assign",result="ok"}' > 0)
      assert.is_true(
        metric 'waba_responses_total{operation="assigned_users",result="transient"}' > 0)
      assert.is_true(
        metric 'waba_responses_total{operation="assigned_users",result="not_found"}' > 0)
      assert.is_true(metric 'waba_webhook_refused_total{reason="wrong signature"}' > 0)
      local _, text = inside:get("/metrics")
      assert.matches('waba_usage_percent{account="app"} ', text, 1, true)
      assert.matches("waba_accounts_parked 1\n", text, 1, true)
    end)
  end)

  -- ---- with another policy ----------------------------------------------------------------------

  --- Another nginx, whose policy is `body`, a function's; `edit` changes nginx.conf further.
  local function start_with(body, edit)
    local policy = "require('provider.accounts').start(function(account) " .. body .. " end)"
    local other = openresty.start {
      conf = CONF, environment = environment(), alive = HANDSHAKE,
      edit = function(text)
        return (edit(text:gsub("(init_worker_by_lua_block {).-}\n", "%1 " .. policy .. " }\n")))
      end,
    }
    finally(function() other:stop() end)
    return other, other:at "8090"
  end

  local GO = [[location = /go { content_by_lua_block { ngx.shared.waba_metrics:set("go", 1) } }]]
  local WAITING = [[
    local dict = ngx.shared.waba_metrics
    while not dict:get "go" do ngx.sleep(0.01) end
    return { dict:incr("spec_applied_total", 1, 0) } ]]

  for dict, size in pairs { waba_accounts = "16k", waba_open = "12k" } do
    it("does all that it has answered 200 to, where " .. dict .. " is full", function()
      local small, within = start_with(WAITING, function(text)
        return text:gsub(dict .. " %w+", dict .. " " .. size):gsub("location / ", GO .. " %0")
      end)
      local kept = 0
      for i = 1, 100 do
        local body = payload("PARTNER_ADDED", ("1%015d"):format(i))
        local status = small:get("/webhook", body, signed(body))
        if status == 200 then kept = kept + 1 else assert.equal(503, status) end
      end
      assert.is_true(kept > 0 and kept < 100)
      assert.matches("could not be kept: " .. dict .. ": no memory", small:log(), 1, true)
      assert.same({ open = kept, failed = 0 }, counts(small))
      small:get "/go"
      assert.is_true(small.await(function() return counts(small).open == 0 end))
      local _, text = within:get "/metrics"
      assert.equal(kept, tonumber(text:match "\nspec_applied_total (%d+)\n"))
    end)
  end

  it("counts a policy that raises as a try, and says so in the log", function()
    local raising, within = start_with("error 'a bug'", function(text) return text end)
    local body = payload("PARTNER_ADDED", accounts.id(1))
    assert.equal(200, (raising:get("/webhook", body, signed(body))))
    assert.is_true(raising.await(function()
      return raising:log():find("try 1 of 10: raised: .-a bug") ~= nil
    end))
    assert.same({ open = 1, failed = 0 }, counts(raising))
    assert.equal(500, (within:get("/onboard", core.json.encode { waba_id = accounts.id(2) })))
    assert.matches("account " .. accounts.id(2) .. ": raised: ", raising:log(), 1, true)
  end)

  it("does what its README says", function()
    local lines
    for _, block in ipairs(markdown.blocks(CONF .. "/README.md")) do
      if block.text:find("^curl ") then lines = block.text end
    end
    local account = "104996122399160"
    local script = "set -e; " .. lines:gsub("curl ", "curl -sS --fail-with-body ")
    local output, status = command.run(
      script:gsub("http://127.0.0.1:8080", nginx.url):gsub("http://127.0.0.1:8090", inside.url)
        :gsub("made%-up", VERIFY),
      { WABA_APP_SECRET = SECRET })
    assert.equal(0, status, output)
    assert.matches('"done":"assigned"', output, 1, true)
    assert.matches("\n7ok\n", output, 1, true)
    assert.matches("# TYPE waba_requests_total counter", output, 1, true)
    assert.is_true(settled())
    assert.same(WANTED, tasks_of(account))
  end)

  it("asks once for the ids of our system users, and tells no secret", function()
    local status, answer = inside:get("/onboard", core.json.encode { waba_id = accounts.id(8) })
    assert.equal(200, status)
    for _, line in ipairs(sent()) do assert.is_nil(line:find(world.business, 1, true)) end
    local _, metrics = inside:get("/metrics")
    for _, secret in ipairs { world.admin_token, SECRET, VERIFY } do
      for _, text in ipairs { answer, metrics, nginx:log() } do
        assert.is_nil(text:find(secret, 1, true))
      end
    end
    assert.same({}, nginx:crashes())
  end)
end)
