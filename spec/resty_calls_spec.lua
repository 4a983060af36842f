--- Every call inside a real nginx, over each way that leads out of it: worker threads, a transport
--- that yields (a subrequest), and lua-resty-http where it is installed.

local openresty = require "spec.support.openresty"
local servers = require "spec.support.server"
local wire = require "spec.support.wire"
local json = require "cjson"
local world = require("waba.sandbox").world

local missing = openresty.missing()
  or not wire.built() and "waba.httpd is not built: it is an optional module"

if missing then
  pending("in nginx: " .. missing)
  return
end

local ACCOUNT, BUSINESS, USER = world.waba, world.business, world.system_user

-- Subrequests are not for timers.
local WAYS = {
  { "threads", "/run" }, { "threads", "/timer" }, { "threads", "/access" },
  { "capture", "/run" },
  { "cosockets", "/run" }, { "cosockets", "/timer" },
}

-- In front of every snippet: a client of the way that is tried.
local PRELUDE = [[
  local way, options, ACCOUNT, BUSINESS, USER = ...
  local client = require("spec.support.in_nginx").client(way, options)
]]

describe("in nginx,", function()
  local sandbox, nginx

  setup(function()
    sandbox = servers.start()
    nginx = openresty.start { main = "thread_pool waba threads=8;" }
  end)

  teardown(function()
    nginx:stop()
    sandbox:stop()
  end)

  local function timers() return nginx:run "return ngx.timer.running_count()" end

  local before

  before_each(function()
    assert.equal(200, (sandbox:control("POST", "/reset")))
    before = timers()
  end)

  after_each(function()
    assert.is_true(nginx.await(function() return timers() <= before end), "a timer was not ended")
  end)

  local function fault(rule)
    assert.equal(200, (sandbox:control("POST", "/faults", json.encode(rule))))
  end

  --- The methods of the requests that the sandbox saw.
  local function seen()
    local _, body = sandbox:control("GET", "/log")
    local lines = {}
    for i, entry in ipairs(json.decode(body).data) do lines[i] = entry.method end
    return table.concat(lines, " ")
  end

  -- That requests and timers end is looked at in every spec here; these have what could keep them.
  for _, place in ipairs { "/run", "/access", "/timer" } do
    describe(("a map in %s leaves nothing behind"):format(place), function()
      local function map(fn, options)
        return nginx:run_in(place, [[
          local business, token = ...
          local client = require("spec.support.in_nginx").client("plain", { access_token = token })
          local function list() return client:system_users(business) end
          local values, errors, stopped = client:map({ 1, 2, 3 }, ]] .. fn .. "," .. options .. [[)
          return #values, #errors, stopped and stopped.reason
        ]], BUSINESS, world.admin_token)
      end

      it("where a callback raises", function()
        local _, _, reason = map("list", [[{ on_progress = function() error("enough", 0) end }]])
        assert.equal("enough", reason)
      end)

      it("where all calls fail", function()
        local _, failed = map([[function() return client:system_users "no id" end]], "nil")
        assert.equal(3, failed)
      end)

      it("where a transport is done at once, in batches too", function()
        assert.equal(3, (map("list", "nil")))
        assert.equal(3, (map("list", "{ batch = true }")))
      end)

      it("where a function begins light threads of its own, and does not wait for them", function()
        local fn = "function() ngx.thread.spawn(list) return list() end"
        assert.equal(3, (map(fn, "nil")))
      end)
    end)
  end

  for _, pair in ipairs(WAYS) do
    local way, place = pair[1], pair[2]

    local function run(code, more)
      local options = { access_token = world.admin_token, base_url = sandbox.url }
      for name, value in pairs(more or {}) do options[name] = value end
      return nginx:run_in(place, PRELUDE .. code, way, options, ACCOUNT, BUSINESS, USER)
    end

    if way == "cosockets" and not openresty.has "resty.http" then
      pending(("calls through cosockets (%s): lua-resty-http is not installed"):format(place))
    else
      describe(("calls through %s (%s)"):format(way, place), function()
        it("fail with all that Graph told", function()
          fault { status = 400, body = { error = { message = "(#80008) Too many", code = 80008,
            error_subcode = 7, type = "OAuthException", error_user_title = "Slow down",
            error_user_msg = "Later", fbtrace_id = "TRACE1" } },
            headers = { ["Retry-After"] = "9" } }
          local users, err = run("return client:system_users(BUSINESS)", { max_attempts = 1 })
          assert.is_nil(users)
          assert.equal("throttled", err.kind)
          assert.equal(80008, err.code)
          assert.equal(7, err.subcode)
          assert.equal("OAuthException", err.type)
          assert.equal("Slow down", err.title)
          assert.equal("Later", err.user_message)
          assert.equal("TRACE1", err.fbtrace_id)
          assert.equal(9, err.retry_after)
          assert.equal("system_users", err.operation)
          assert.is_string(err.hint)
        end)

        it("do not know what became of a write whose reply is lost, and send it once", function()
          fault { method = "POST", wire = "reset", applied = true }
          local done, err = run "return client:assign(ACCOUNT, USER, 'MANAGE')"
          assert.is_nil(done)
          assert.equal("indeterminate", err.kind)
          assert.equal("POST", seen())
        end)

        it("read again what failed for the moment", function()
          fault { status = 503, body = "", times = 2 }
          local users = assert(run "return client:system_users(BUSINESS)")
          assert.equal(3, #users)
          assert.equal("GET GET GET", seen())
        end)

        it("fail on a token that is none, without a word of it", function()
          local users, err = run("return client:system_users(BUSINESS)",
            { access_token = "EAATESTCANARY" })
          assert.is_nil(users)
          assert.equal("auth", err.kind)
          assert.is_nil(json.encode(err):find("EAATESTCANARY", 1, true))
          assert.is_nil(nginx:log():find("EAATESTCANARY", 1, true))
        end)

        it("list page by page, ids intact", function()
          local users = assert(run "return client:system_users(BUSINESS, { limit = 1 })")
          assert.equal("1972555232742222", users[1].id)
          assert.equal(3, #users)
          assert.equal("GET GET GET", seen())
          local names = run [[
            local names = {}
            for user in client:each("system_users", BUSINESS, { limit = 2 }) do
              names[#names + 1] = user.name
            end
            return names
          ]]
          assert.same({ "My System User", "Reporting server", "Night shift" }, names)
        end)

        it("assign, show and unassign", function()
          local done, who, gone = run [[
            local done = client:assign(ACCOUNT, USER, { "MANAGE" })
            local who = client:assigned_users(ACCOUNT, BUSINESS)
            return done, who, client:unassign(ACCOUNT, USER)
          ]]
          assert.is_true(done)
          assert.equal(USER, who[1].id)
          assert.same({ "MANAGE" }, who[1].tasks)
          assert.is_true(gone)
        end)

        it("ensure and revoke, also where a write's reply is lost", function()
          fault { method = "POST", wire = "reset", applied = true }
          local first, second, third = run [[
            local wanted = { business = BUSINESS }
            return client:ensure(ACCOUNT, USER, "DEVELOP", wanted),
              client:ensure(ACCOUNT, USER, "DEVELOP", wanted),
              client:revoke(ACCOUNT, USER, wanted)
          ]]
          assert.same({ "assigned", "unchanged", "revoked" }, { first, second, third })
          assert.equal("GET POST GET GET GET DELETE GET", seen())
        end)

        it("map", function()
          local values, errors, most = run [[
            local flying, most = 0, 0
            options.on_event = function(event)
              if event.type == "request" then flying = flying + 1 end
              if event.type == "response" then flying = flying - 1 end
              most = math.max(most, flying)
            end
            client = require("spec.support.in_nginx").client(way, options)
            local inputs = {}
            for i = 1, 24 do inputs[i] = BUSINESS end
            inputs[7] = "no id"
            local values, errors = client:map(inputs, function(id)
              local users, err = client:system_users(id)
              return users and #users, err
            end, { concurrency = 6 })
            values[7] = -1
            return values, errors[7], most
          ]]
          assert.equal(24, #values)
          assert.equal(3, values[24])
          assert.equal("invalid", errors.kind)
          assert.equal(6, most)
        end)

        it("map in batches", function()
          local good = run [[
            local inputs = {}
            for i = 1, 24 do inputs[i] = BUSINESS end
            local values = client:map(inputs, function(id) return client:system_users(id) end,
              { batch = true })
            return #values
          ]]
          assert.equal(24, good)
          assert.equal(("GET "):rep(24) .. "POST", seen()) -- the items, then what brought them
        end)

        it("tell of events", function()
          local types = run [[
            local types = {}
            options.on_event = function(event) types[#types + 1] = event.type end
            local other = require("spec.support.in_nginx").client(way, options)
            assert(other:system_users(BUSINESS))
            return types
          ]]
          assert.same({ "request", "response", "page" }, types)
        end)

        it("end after close", function()
          local users, err = run "client:close() return client:system_users(BUSINESS)"
          assert.is_nil(users)
          assert.equal("closed", err.kind)
        end)
      end)
    end
  end
end)
