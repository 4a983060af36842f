--- Faults on real sockets: whatever breaks, what a call says of itself is what the server knows.
--
-- Every fault of the sandbox's server, before and after a request has taken effect, for every
-- operation, over plain HTTP and through nginx with TLS on HTTP/1.1 and HTTP/2, with the blocking
-- driver and with the one for many inside client:map. Retries are on, two attempts at most. What
-- happens before the server has the request, and to connections, is in wire_phase_spec.lua.
--
-- What is left out, because it cannot be or says nothing new:
-- * An error of Graph's own, or a redirect, from a server that did apply the request: it lies, and
--   nobody could tell.
-- * The faults that take their time strike always and not just once: a recovery is the same as with
--   the others.

local matrix = require "spec.support.matrix"
local wire = require "spec.support.wire"

if not wire.built() then
  pending("waba.httpd is not built: it is an optional module")
  return
end

if matrix.no_tls then pending("faults behind TLS: " .. matrix.no_tls) end

local function envelope(code)
  return { error = { message = "away", type = "OAuthException", code = code } }
end

local PAGE = "<html><h1>502 Bad Gateway</h1></html>"

-- `read` is the kind that a read is told, `gateway` the same where nginx makes a 502 of the fault.
-- A write is told that its fate is unknown, unless the `word` is the server's own; with `doubt` not
-- even that is believed where something would be created.
local FAULTS = {
  reset = { rule = { wire = "reset" }, read = "network", gateway = "transient" },
  half = { rule = { wire = "half" }, read = "network" },
  drip = { rule = { wire = "drip" }, read = "timeout", slow = true },
  stall = { rule = { wire = "stall" }, read = "timeout", slow = true },
  redirect = { rule = { wire = "redirect" }, read = "protocol", word = true },
  gzip_bomb = { rule = { wire = "gzip_bomb" }, read = "transient" },
  header_flood = { rule = { wire = "header_flood" }, read = "protocol", gateway = "transient" },
  ["500"] = { rule = { status = 500, body = envelope(2) }, read = "transient", word = true,
    doubt = true },
  ["503"] = { rule = { status = 503, body = envelope(2) }, read = "transient", word = true,
    doubt = true },
  ["429"] = { rule = { status = 429, body = envelope(80008) }, read = "throttled", word = true },
  ["a gateway's page"] = { rule = { status = 502, body = PAGE }, read = "transient" },
}

local function kind_of(fault, case)
  local unknown = case.writes and not fault.word or case.creates and fault.doubt
  if unknown then return "indeterminate" end
  return case.way ~= "plain" and fault.gateway or fault.read
end

local function client_of(case, fault)
  return matrix.client(matrix.url(case.way), { attempt_timeout = fault.slow and 0.15 or nil })
end

--- However often it is tried: the error says what came of it, and after how many requests. How
--- soon a throttled call may be sent again is for the pacing to say.
local function fails_always(fault, applied)
  return function(case, title)
    it(title, function()
      matrix.strike(case.operation, fault.rule, { applied = applied, times = 9 })
      local err, came = matrix.run(case, client_of(case, fault), applied)
      local kind = kind_of(fault, case)
      assert.equal(kind, err and err.kind, tostring(err))
      assert.equal(came, err.attempts)
      if kind ~= "throttled" then assert.equal(matrix.retryable[kind] and 2 or 1, came) end
    end)
  end
end

--- What may be sent again is, and then it works; a write of unknown fate is let be.
local function fails_once(fault)
  return function(case, title)
    it(title, function()
      matrix.strike(case.operation, fault.rule, { times = 1 })
      local err, came = matrix.run(case, client_of(case, fault), false)
      local kind = kind_of(fault, case)
      if matrix.retryable[kind] then
        assert.is_nil(err)
        assert.equal(2, came)
      else
        assert.equal(kind, err and err.kind, tostring(err))
        assert.equal(1, came)
      end
    end)
  end
end

describe("on real sockets", function()
  setup(matrix.start)
  teardown(matrix.stop)
  before_each(matrix.reset)

  describe("without a fault, a call is sent once:", function()
    matrix.each_case(matrix.WAYS, function(case, title)
      it(title, function()
        local err, came = matrix.run(case, client_of(case, {}), false)
        assert.is_nil(err)
        assert.equal(1, came)
      end)
    end)
  end)

  for name, fault in pairs(FAULTS) do
    for _, applied in ipairs(fault.word and { false } or { false, true }) do
      describe(("%s, %s:"):format(name, applied and "applied" or "not applied"), function()
        matrix.each_case(matrix.WAYS, fails_always(fault, applied))
      end)
    end
    if not fault.slow then
      describe(name .. ", once:", function() matrix.each_case(matrix.WAYS, fails_once(fault)) end)
    end
  end
end)
