--- For specs of faults on real sockets: every operation, over plain HTTP and through nginx with TLS
--- on HTTP/1.1 and HTTP/2, with the blocking driver and with the one for many; and what the server
--- knows, to hold against what a call says of itself.

local assert = require "luassert"
local json = require("waba.core").json
local nginx = require "spec.support.nginx"
local relays = require "spec.support.relay"
local servers = require "spec.support.server"
local waba = require "waba"
local world = require("waba.sandbox").world

local M = {}

local unpack = table.unpack or unpack -- luacheck: ignore

local ASSIGNED = "1972385232742142" -- on the team's account, from the beginning

M.OPERATIONS = {
  system_users = { method = "GET", path = "/system_users", arguments = { world.business } },
  assigned_users = { method = "GET", path = "/assigned_users",
    arguments = { world.team_waba, world.business } },
  assign = { method = "POST", path = "/assigned_users", writes = true, account = world.waba,
    user = world.system_user, present = true,
    arguments = { world.waba, world.system_user, { "MANAGE" } } },
  unassign = { method = "DELETE", path = "/assigned_users", writes = true,
    account = world.team_waba, user = ASSIGNED, present = false,
    arguments = { world.team_waba, ASSIGNED } },
  create_system_user = { method = "POST", path = "/system_users", writes = true, creates = true,
    arguments = { world.business, "Wire", "EMPLOYEE" } },
}

--- By the name of a kind.
M.retryable = {}
for _, kind in ipairs(waba.kinds) do M.retryable[kind.name] = kind.retryable end

--- Why there is no TLS here; nil where there is.
M.no_tls = nginx.missing()

M.WAYS = M.no_tls and { "plain" } or { "plain", "http1", "http2" }

local sandbox, front, relay, truth

local function perform(client, operation)
  return client[operation](client, unpack(M.OPERATIONS[operation].arguments))
end

-- ---- the processes ------------------------------------------------------------------------------

--- Starts the sandbox, nginx and the relay.
function M.start()
  sandbox = servers.start()
  local targets = { cut_plain = sandbox.port, lose_plain = sandbox.port }
  if not M.no_tls then
    front = nginx.start(sandbox.url)
    for _, way in ipairs { "http1", "http2" } do
      targets["cut_" .. way], targets["lose_" .. way] = front.ports[way], front.ports[way]
    end
  end
  relay = relays.start(targets)
  truth = {}
  local client = M.client(sandbox.url)
  for operation, op in pairs(M.OPERATIONS) do
    if not op.writes then truth[operation] = assert(perform(client, operation)) end
  end
  client:close()
end

function M.stop()
  for _, process in ipairs { relay, sandbox, front } do process:stop() end
  sandbox, front, relay = nil, nil, nil
end

--- The URL of a way; with `harm` ("cut" or "lose") through the relay that does it.
function M.url(way, harm)
  if harm then
    return ("%s://127.0.0.1:%d"):format(way == "plain" and "http" or "https",
      relay.ports[harm .. "_" .. way])
  end
  return way == "plain" and sandbox.url or front:url(way)
end

function M.front() return front end
function M.arm() relay:arm() end

-- ---- the sandbox --------------------------------------------------------------------------------

local function control(method, path, body)
  local status, text = sandbox:control(method, path, body and json.encode(body))
  assert(status == 200, text)
  return json.decode(text)
end

function M.reset() control("POST", "/reset") end

--- From now on, requests of this operation fail: `rule` says how, as the sandbox takes it.
function M.strike(operation, rule, more)
  local op, whole = M.OPERATIONS[operation], {}
  for _, part in ipairs { rule, more or {} } do
    for key, value in pairs(part) do whole[key] = value end
  end
  whole.method, whole.path = op.method, op.path
  control("POST", "/faults", whole)
end

--- What the server knows of an operation: requests that came, and that took effect. `applied` says
--- whether those that failed by rule did.
local function history(operation, applied)
  local came, took_effect, op = 0, 0, M.OPERATIONS[operation]
  for _, entry in ipairs(control("GET", "/log").data) do
    if entry.method == op.method and entry.path:find(op.path, 1, true) then
      came = came + 1
      local effect = entry.status == 200
      if entry.fault then effect = applied end
      if effect then took_effect = took_effect + 1 end
    end
  end
  return came, took_effect
end

--- Whether what a write was to bring about is so.
local function is_so(operation)
  local op, found = M.OPERATIONS[operation], false
  local client = M.client(sandbox.url)
  if op.creates then
    for _, user in ipairs(assert(client:system_users(world.business))) do
      found = found or user.name == op.arguments[2]
    end
    client:close()
    return found
  end
  for _, user in ipairs(assert(client:assigned_users(op.account, world.business))) do
    found = found or user.id == op.user
  end
  client:close()
  return found == op.present
end

-- ---- calls --------------------------------------------------------------------------------------

--- A clock whose time passes by sleeping only, so that nobody waits for a retry or a budget.
local function quick_clock()
  local clock, time = {}, 1000
  function clock.now() return time end
  function clock.sleep(seconds) time = time + seconds end
  function clock.random() return 0 end
  return clock
end

--- The system's clock, for what is about time itself; retries follow at once.
M.REAL_CLOCK = { random = function() return 0 end }

--- Two attempts at most, unless told otherwise.
function M.client(url, options)
  local settings = { access_token = world.admin_token, base_url = url, max_attempts = 2,
    ca_file = front and front.ca_file, attempt_timeout = 10, timeout = 86400,
    clock = quick_clock() }
  for key, value in pairs(options or {}) do settings[key] = value end
  return assert(waba.new(settings))
end

--- The ways to make a call: the client's own, and inside a map, where libcurl's multi handle
--- carries it.
M.DRIVERS = {
  blocking = function(_, fn) return fn() end,
  map = function(client, fn)
    local results, errors, stopped = client:map({ true }, fn)
    assert(stopped == nil, stopped and tostring(stopped.reason))
    return results[1], errors[1]
  end,
}

--- All combinations, with a title for each.
---@param ways string[]
---@param body fun(case: table, title: string)
function M.each_case(ways, body)
  for _, way in ipairs(ways) do
    for driver in pairs(M.DRIVERS) do
      for operation, op in pairs(M.OPERATIONS) do
        body({ way = way, driver = driver, operation = operation, writes = op.writes,
          creates = op.creates },
          ("%s, %s, %s"):format(operation, way, driver))
      end
    end
  end
end

local function check_write(operation, took_effect, result, err)
  assert.equal(took_effect > 0, is_so(operation))
  assert.is_true(took_effect <= 1, "applied more than once")
  if not err then
    assert.truthy(result)
    assert.equal(1, took_effect)
  elseif err.kind ~= "indeterminate" then
    assert.equal(0, took_effect, "it was applied, and told as " .. tostring(err))
  end
end

--- Runs one operation, and holds what it says against what the server knows: a write that is done
--- took effect once; one that failed took none; one whose fate is unknown took one at most. A read
--- that is done gives what is there.
---@param case table from each_case
---@param client waba.Client is closed
---@param applied boolean whether requests that fail by rule take effect
---@param before fun(client: waba.Client)|nil runs ahead of the operation, in the same coroutine
---@return waba.Error|nil err
---@return integer came requests that the server has seen
function M.run(case, client, applied, before)
  local result, err = M.DRIVERS[case.driver](client, function()
    if before then before(client) end
    return perform(client, case.operation)
  end)
  client:close()
  local came, took_effect = history(case.operation, applied)
  if case.writes then
    check_write(case.operation, took_effect, result, err)
  elseif not err then
    assert.same(truth[case.operation], result)
  end
  return err, came
end

return M
