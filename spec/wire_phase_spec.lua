--- Faults on real sockets, by when they strike: before there is a connection, while a request goes
--- out, after it was applied on a connection that is kept, and to one stream of many. The faults of
--- a reply are in wire_matrix_spec.lua.

local matrix = require "spec.support.matrix"
local loopback = require "spec.support.loopback"
local socket = require "socket"
local wire = require "spec.support.wire"
local world = require("waba.sandbox").world

if not wire.built() then
  pending("waba.httpd is not built: it is an optional module")
  return
end

if matrix.no_tls then pending("faults behind TLS: " .. matrix.no_tls) end

local TLS_WAYS = matrix.no_tls and {} or { "http1", "http2" }

--- A call that does not depend on the one under test, to have a connection that is kept.
local function warm_up(case)
  local other = case.operation == "system_users" and "assigned_users" or "system_users"
  return function(client)
    assert(client[other](client, (table.unpack or unpack)( -- luacheck: ignore
      matrix.OPERATIONS[other].arguments)))
  end
end

describe("on real sockets,", function()
  setup(matrix.start)
  teardown(matrix.stop)
  before_each(matrix.reset)

  describe("where nobody listens, nothing is in doubt:", function()
    matrix.each_case({ "http", "https" }, function(case, title)
      it(title, function()
        local client = matrix.client(case.way .. "://127.0.0.1:" .. loopback.dead_port())
        local err, came = matrix.run(case, client, false)
        assert.equal("network", err.kind)
        assert.equal(2, err.attempts)
        assert.equal(0, came)
      end)
    end)
  end)

  -- The kernel takes the connection, and then nobody says anything. Were the connection's own
  -- timeout not kept, the first attempt would last for as long as the call may.
  describe("where a handshake hangs, nothing is in doubt:", function()
    matrix.each_case({ "https" }, function(case, title)
      it(title, function()
        local listener = assert(socket.bind("127.0.0.1", 0))
        local _, port = listener:getsockname()
        local client = matrix.client("https://127.0.0.1:" .. port, { connect_timeout = 0.1,
          attempt_timeout = 10, timeout = 10, clock = matrix.REAL_CLOCK })
        local err, came = matrix.run(case, client, false)
        listener:close()
        assert.equal("timeout", err.kind)
        assert.equal(2, err.attempts)
        assert.equal(0, came)
      end)
    end)
  end)

  -- nginx takes the request whole before it finds nobody behind it: for all the client can know, a
  -- write was applied.
  describe("where nobody is behind the gateway:", function()
    matrix.each_case(TLS_WAYS, function(case, title)
      it(title, function()
        local url = matrix.front():url(case.way == "http1" and "gone1" or "gone2")
        local err, came = matrix.run(case, matrix.client(url), false)
        assert.equal(case.writes and "indeterminate" or "transient", err.kind)
        assert.equal(case.writes and 1 or 2, err.attempts)
        assert.equal(0, came)
      end)
    end)
  end)

  -- Half of the request goes out. A client cannot know that it was only half.
  describe("a reset in the middle of a request:", function()
    matrix.each_case(matrix.WAYS, function(case, title)
      it(title, function()
        local err, came = matrix.run(case, matrix.client(matrix.url(case.way, "cut")), false)
        assert.equal(case.writes and "indeterminate" or "network", err.kind)
        assert.equal(case.writes and 1 or 2, err.attempts)
        assert.equal(0, came)
      end)
    end)
  end)

  -- libcurl would send the request again on its own account, a write too.
  describe("a kept connection that breaks with the reply:", function()
    matrix.each_case(matrix.WAYS, function(case, title)
      it(title, function()
        local client = matrix.client(matrix.url(case.way, "lose"))
        local warm = warm_up(case)
        local err, came = matrix.run(case, client, false, function(one)
          warm(one)
          matrix.arm()
        end)
        if case.writes then
          assert.equal("indeterminate", err and err.kind, tostring(err))
          assert.equal(1, err.attempts)
          assert.equal(1, came)
        else
          assert.is_nil(err)
          assert.equal(2, came)
        end
      end)
    end)
  end)

  -- attempt_timeout is out of reach, so that it is the whole call's timeout which ends the silence:
  -- were it not kept, the sandbox would come to the end of its own time first.
  describe("a whole call's timeout ends a silence:", function()
    matrix.each_case(matrix.WAYS, function(case, title)
      it(title, function()
        matrix.strike(case.operation, { wire = "stall" }, { applied = true, times = 9 })
        -- With the longest wait: where libcurl is a hair early, no second try fits in.
        local client = matrix.client(matrix.url(case.way), { timeout = 0.15,
          attempt_timeout = 600, clock = { random = function() return 1 end } })
        local err, came = matrix.run(case, client, true)
        assert.equal(case.writes and "indeterminate" or "timeout", err.kind)
        assert.equal(1, err.attempts)
        assert.equal(1, came)
      end)
    end)
  end)

  -- Seconds that a handshake under instruments may take; who stalls is waited for that long.
  local PATIENCE = { half = 30, stall = 3 }

  for fault, kind in pairs { half = "network", stall = "timeout" } do
    for _, way in ipairs(TLS_WAYS) do
      it(("%s of one among many harms no other: %s"):format(fault, way), function()
        matrix.strike("assigned_users", { wire = fault }, { applied = true, nth = 5 })
        local client = matrix.client(matrix.url(way),
          { max_attempts = 1, attempt_timeout = PATIENCE[fault] })
        local inputs = {}
        for i = 1, 24 do inputs[i] = i end
        local results, errors = client:map(inputs, function()
          return client:assigned_users(world.team_waba, world.business)
        end, { concurrency = 8 })
        client:close()
        local failed = 0
        for i in ipairs(inputs) do
          if errors[i] then
            failed = failed + 1
            assert.equal(kind, errors[i].kind)
          else
            assert.equal(3, #results[i])
          end
        end
        assert.equal(1, failed)
      end)
    end
  end
end)
