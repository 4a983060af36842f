--- When a request is sent again, and after how long. The clock is a stub: nothing here takes time.

local stub = require "spec.support.stub"
local waba = require "waba"

local TRANSIENT = stub.reply(503, '{"error":{"message":"m","code":2}}')
local THROTTLED = stub.reply(400, '{"error":{"message":"m","code":80008}}')
local DONE = { assign = stub.reply(200, "true"), system_users = stub.reply(200, '{"data":[]}') }

--- Runs a call that gets `answer` and then, if told so, success. Answers the error or nil, the
-- waits and the requests.
local function run(operation, answers, options)
  local clock, sleeps = stub.clock(options.random)
  options.random, options.clock = nil, clock
  options.timeout = options.timeout or 86400
  local client, requests = stub.client(answers, options)
  local result, err = stub.call(client, operation)
  return result, err, sleeps, requests
end

local function rounded(list)
  local result = {}
  for i, value in ipairs(list) do result[i] = math.floor(value * 1000 + 0.5) / 1000 end
  return result
end

describe("retry", function()
  it("sends a read four times and a write three times, unless told otherwise", function()
    for operation, attempts in pairs { assign = 3, system_users = 4 } do
      local clock, sleeps = stub.clock()
      local transport, requests = stub.transport(TRANSIENT)
      local client = assert(waba.new { access_token = "x", transport = transport, clock = clock })
      local _, err = stub.call(client, operation)
      assert.equal("transient", err.kind)
      assert.equal(attempts, err.attempts)
      assert.equal(attempts, #requests)
      assert.equal(attempts - 1, #sleeps)
    end
  end)

  it("sends up to max_attempts times", function()
    for attempts = 1, 10 do
      local _, err, sleeps, requests = run("system_users", TRANSIENT, { max_attempts = attempts })
      assert.equal(attempts, #requests)
      assert.equal(attempts - 1, #sleeps)
      assert.equal(attempts, err.attempts)
      assert.equal("transient", err.kind)
    end
  end)

  it("ends with the first success", function()
    for _, operation in ipairs { "assign", "system_users" } do
      local result, err, sleeps, requests =
        run(operation, { TRANSIENT, THROTTLED, DONE[operation] }, { max_attempts = 10 })
      assert.is_truthy(result)
      assert.is_nil(err)
      assert.equal(3, #requests)
      assert.equal(2, #sleeps)
    end
  end)

  it("sends the same request each time", function()
    local _, _, _, requests = run("assign", TRANSIENT, { max_attempts = 3 })
    for _, request in ipairs(requests) do
      assert.same({ requests[1].method, requests[1].url, requests[1].headers, requests[1].body },
        { request.method, request.url, request.headers, request.body })
    end
  end)

  it("reports the last error, not the first", function()
    local _, err = run("system_users", { TRANSIENT, THROTTLED }, { max_attempts = 2 })
    assert.equal("throttled", err.kind)
    assert.equal(80008, err.code)
  end)

  describe("does not happen for", function()
    local cases = {
      { "auth", stub.reply(400, '{"error":{"code":190}}') },
      { "permission", stub.reply(400, '{"error":{"code":200}}') },
      { "invalid", stub.reply(400, '{"error":{"code":100}}') },
      { "not_found", stub.reply(404, '{"error":{"code":803}}') },
      { "refused", stub.reply(200, '{"success":false}') },
      { "refused", stub.reply(500, '{"error":{"code":1,"is_transient":false}}') },
      { "permission", stub.reply(500, '{"error":{"code":3}}') },
      { "protocol", stub.reply(302, "") },
      { "tls", stub.lost("certificate", "tls", false) },
    }
    for _, case in ipairs(cases) do
      for _, operation in ipairs { "assign", "system_users" } do
        it(("%s on %s"):format(case[1], operation), function()
          local _, err, sleeps, requests = run(operation, case[2], { max_attempts = 5 })
          assert.equal(case[1], err.kind)
          assert.is_false(err.retryable)
          assert.equal(1, #requests)
          assert.same({}, sleeps)
        end)
      end
    end

    local unclear = {
      { "a lost reply", stub.lost("reset", "network", true) },
      { "a timeout", stub.lost("slow", "timeout", true) },
      { "a gateway's page", stub.reply(502, "<html>") },
      { "an empty 200", stub.reply(200, "") },
    }
    for _, case in ipairs(unclear) do
      for _, operation in ipairs(stub.WRITES) do
        it(("an indeterminate %s: %s"):format(operation, case[1]), function()
          local _, err, sleeps, requests = run(operation, case[2], { max_attempts = 5 })
          assert.equal("indeterminate", err.kind)
          assert.is_false(err.retryable)
          assert.equal(1, #requests)
          assert.same({}, sleeps)
        end)
      end
    end
  end)

  describe("happens for", function()
    local cases = {
      { "a lost reply on a read", "system_users", stub.lost("reset", "network", true) },
      { "a timeout on a read", "system_users", stub.lost("slow", "timeout", true) },
      { "a gateway's page on a read", "system_users", stub.reply(502, "<html>") },
      { "a write that was never sent", "assign", stub.lost("refused", "network", false) },
      { "a removal that was never sent", "unassign", stub.lost("slow", "timeout", false) },
      { "a throttled write", "assign", THROTTLED },
      { "a write Graph says failed for the moment", "assign", TRANSIENT },
    }
    for _, case in ipairs(cases) do
      it(case[1], function()
        local _, err, _, requests = run(case[2], case[3], { max_attempts = 3 })
        assert.equal(3, #requests)
        assert.equal(3, err.attempts)
        assert.is_true(err.retryable)
      end)
    end
  end)
end)

describe("'nothing to do', said of a write", function()
  local MOOT = {
    unassign = stub.graph_error(404, { code = 803, message = "User is not assigned" }),
    assign = stub.graph_error(422, { code = 100, message = "User is already assigned" }),
  }
  local KIND = { unassign = "not_found", assign = "invalid" }

  it("is indeterminate where an earlier request of the call may have done it", function()
    for operation, moot in pairs(MOOT) do
      for _, before in ipairs { { TRANSIENT }, { TRANSIENT, THROTTLED } } do
        before[#before + 1] = moot
        local result, err = run(operation, before, { max_attempts = 3 })
        assert.is_nil(result)
        assert.same({ "indeterminate", #before }, { err.kind, err.attempts })
        assert.is_false(err.retryable)
        assert.matches("list the assigned users", err.hint)
      end
    end
  end)

  it("is what it says where none was carried out", function()
    for operation, moot in pairs(MOOT) do
      for _, before in ipairs { THROTTLED, stub.lost("refused", "network", false) } do
        local _, err = run(operation, { before, moot }, { max_attempts = 3 })
        assert.same({ KIND[operation], 2 }, { err.kind, err.attempts })
      end
    end
  end)

  it("does not make another refusal doubtful", function()
    for _, operation in ipairs(stub.WRITES) do
      local refused = stub.graph_error(403, { code = 200 })
      local _, err = run(operation, { TRANSIENT, refused }, { max_attempts = 3 })
      assert.equal("permission", err.kind)
    end
    local _, err = run("assign", { TRANSIENT, stub.graph_error(400, { code = 100 }) },
      { max_attempts = 3 })
    assert.equal("invalid", err.kind)
  end)
end)

describe("the wait", function()
  it("doubles from half a second up to twenty", function()
    local _, _, sleeps = run("system_users", TRANSIENT, { max_attempts = 10, random = 0.999999999 })
    assert.same({ 0.5, 1, 2, 4, 8, 16, 20, 20, 20 }, rounded(sleeps))
  end)

  it("doubles from a whole second when throttled", function()
    local _, _, sleeps = run("system_users", THROTTLED, { max_attempts = 10, random = 0.999999999 })
    assert.same({ 1, 2, 4, 8, 16, 20, 20, 20, 20 }, rounded(sleeps))
  end)

  it("is a share of that, as random says", function()
    local _, _, sleeps = run("system_users", TRANSIENT, { max_attempts = 6, random = 0.25 })
    assert.same({ 0.125, 0.25, 0.5, 1, 2 }, sleeps)
  end)

  it("can be nothing at all", function()
    local _, _, sleeps = run("system_users", TRANSIENT, { max_attempts = 4, random = 0 })
    assert.same({ 0, 0, 0 }, sleeps)
  end)

  it("is that of the error before it, where kinds change", function()
    local _, _, sleeps = run("system_users", { THROTTLED, TRANSIENT, THROTTLED },
      { max_attempts = 4, random = 0.5 })
    assert.same({ 0.5, 0.5, 2 }, sleeps)
  end)

  it("begins anew with every page", function()
    local first = stub.reply(200, '{"data":[],"paging":{"cursors":{"after":"a"},"next":"x"}}')
    local _, err, sleeps = run("system_users", { TRANSIENT, TRANSIENT, first, TRANSIENT },
      { max_attempts = 3, random = 0.5 })
    assert.equal(3, err.attempts)
    assert.same({ 0.25, 0.5, 0.25, 0.5 }, sleeps)
  end)

  local function with_header(value, name)
    return stub.reply(429, '{"error":{"code":4}}', { [name or "retry-after"] = value })
  end

  it("is at least what the server asks for", function()
    local _, err, sleeps = run("assign", with_header("7"), { max_attempts = 3 })
    assert.same({ 7, 7 }, sleeps)
    assert.equal(7, err.retry_after)
  end)

  it("is longer than the server asks for where the backoff is", function()
    local _, _, sleeps = run("assign", with_header("0"), { max_attempts = 3, random = 0.5 })
    assert.same({ 0.5, 1 }, sleeps)
  end)

  it("takes the header in any case", function()
    local _, _, sleeps = run("assign", with_header("7", "Retry-After"), { max_attempts = 2 })
    assert.same({ 7 }, sleeps)
  end)

  it("is never parked for more than an hour by a wrong server", function()
    for _, value in ipairs { "3601", "99999999999999999999999999" } do
      local _, err, sleeps = run("assign", with_header(value), { max_attempts = 2 })
      assert.same({ 3600 }, sleeps)
      assert.equal(3600, err.retry_after)
    end
  end)

  local function between(date, until_date)
    local reply = with_header(until_date)
    reply.headers.date = date
    local _, err = run("assign", reply, { max_attempts = 1 })
    return err.retry_after
  end

  it("may be given as a date, which is measured against the date of the reply", function()
    local function difference(from, to) return between(from .. " GMT", to .. " GMT") end
    for expected, dates in pairs {
      [0] = { "Wed, 21 Oct 2026 07:28:00", "Wed, 21 Oct 2026 07:28:00" },
      [7] = { "Wed, 21 Oct 2026 07:28:53", "Wed, 21 Oct 2026 07:29:00" },
      [120] = { "Thu, 31 Dec 2026 23:59:00", "Fri, 01 Jan 2027 00:01:00" },
      [60] = { "Sat, 28 Feb 2026 23:59:30", "Sun, 01 Mar 2026 00:00:30" },
      [2] = { "Thu, 29 Feb 2024 23:59:59", "Fri, 01 Mar 2024 00:00:01" },
      [3] = { "Wed, 28 Feb 2024 23:59:58", "Thu, 29 Feb 2024 00:00:01" },
      [4] = { "Sun, 28 Feb 2100 23:59:58", "Mon, 01 Mar 2100 00:00:02" },
      [5] = { "Sat, 31 Oct 2026 23:59:57", "Sun, 01 Nov 2026 00:00:02" },
      [1] = { "Tue, 30 Jun 2026 23:59:60", "Wed, 01 Jul 2026 00:00:01" },
    } do
      assert.equal(expected, difference(dates[1], dates[2]), dates[2])
    end
    assert.equal(0, difference("Wed, 21 Oct 2026 07:28:00", "Wed, 21 Oct 2026 07:00:00"))
    assert.equal(3600, difference("Wed, 21 Oct 2026 07:28:00", "Wed, 21 Oct 2026 08:28:01"))
    assert.equal(3600, difference("Mon, 01 Jan 0001 00:00:00", "Fri, 31 Dec 9999 23:59:59"))
  end)

  it("has two dates to go by, or none", function()
    local date = "Wed, 21 Oct 2026 07:28:00 GMT"
    for _, broken in ipairs { "", "Wed, 21 Oct 2026 07:28:00", "Wed, 21 Oct 2026 07:28:00 UTC",
      "Wed, 21 Okt 2026 07:28:00 GMT", "Wed, 00 Oct 2026 07:28:00 GMT",
      "Wed, 32 Oct 2026 07:28:00 GMT", "Wed, 21 Oct 2026 24:28:00 GMT",
      "Wed, 21 Oct 2026 07:60:00 GMT", "Wed, 21 Oct 2026 07:28:61 GMT",
      "Wed, 21 Oct 0000 07:28:00 GMT", "Wed, 2a Oct 2026 07:28:00 GMT",
      "W3d, 21 Oct 2026 07:28:00 GMT", "Wednesday, 21-Oct-26 07:28:00 GMT",
      "Wed Oct 21 07:28:00 2026", date .. "," } do
      assert.is_nil(between(broken, date), broken)
      assert.is_nil(between(date, broken), broken)
    end
    assert.is_nil(between(nil, date))
  end)

  it("may have a fraction", function()
    for value, expected in pairs { ["1.5"] = 1.5, ["0.25"] = 0.25, ["7.0"] = 7,
      ["3600.5"] = 3600 } do
      local _, err, sleeps = run("assign", with_header(value), { max_attempts = 2, random = 0 })
      assert.same({ expected }, sleeps)
      assert.equal(expected, err.retry_after)
    end
  end)

  it("takes no notice of a header that is neither seconds nor a date", function()
    for _, value in ipairs { "", "soon", "-5", "1e3", "7 s", "0x10", ".", ".5", "5.", "1.5.5",
      "1,5", "Wed, 21 Oct 2026 07:28:00 GMT" } do
      local _, err, sleeps = run("assign", with_header(value), { max_attempts = 2, random = 0.5 })
      assert.same({ 0.5 }, sleeps)
      assert.is_nil(err.retry_after)
    end
  end)

  it("that would pass the deadline is not begun", function()
    local _, err, sleeps, requests = run("assign", with_header("61"),
      { max_attempts = 5, timeout = 60 })
    assert.equal("throttled", err.kind)
    assert.equal(61, err.retry_after)
    assert.equal(1, #requests)
    assert.same({}, sleeps)
  end)

  it("leaves less time to the next attempt", function()
    local _, err, _, requests = run("system_users", with_header("7"),
      { max_attempts = 10, timeout = 20 })
    assert.equal("throttled", err.kind)
    local timeouts = {}
    for i, request in ipairs(requests) do timeouts[i] = request.timeout end
    assert.same({ 20, 13, 6 }, timeouts)
  end)

  it("is uniform: 10,000 of them in 20 bins, each within a fifth of the mean", function()
    local core = require "waba.core"
    local bins = {}
    for i = 1, 20 do bins[i] = 0 end
    for _ = 1, 10000 do -- settings each: the quota of one would end it soon
      local call = core.calls.system_users(core.settings { access_token = "x" }, "1")
      call:step(0, 0)
      call:feed(TRANSIENT)
      local step, wait = call:step(0, core.clock.random())
      assert(step == "wait" and wait >= 0 and wait < 0.5, wait)
      local bin = math.floor(wait / 0.5 * 20) + 1
      bins[bin] = bins[bin] + 1
    end
    for _, count in ipairs(bins) do assert.is_true(count > 400 and count < 600, tostring(count)) end
  end)
end)

describe("the deadline", function()
  it("ends a list whose pages take too long", function()
    local clock = stub.clock()
    local client = stub.client(function(request)
      clock.sleep(6)
      local page = request.url:match("after=(%d+)") or 0
      return stub.reply(200, ('{"data":[],"paging":{"cursors":{"after":"%d"},"next":"x"}}'):format(
        page + 1))
    end, { clock = clock, timeout = 20 })
    local result, err = client:system_users("1")
    assert.is_nil(result)
    assert.equal("timeout", err.kind)
    assert.is_nil(err.status)
  end)

  it("is counted from the call's first step, not from the client's making", function()
    local clock = stub.clock()
    local client = stub.client(stub.reply(200, '{"data":[]}'), { clock = clock, timeout = 5 })
    clock.sleep(100)
    assert.same({}, (client:system_users("1")))
    clock.sleep(100)
    assert.same({}, (client:system_users("1")))
  end)

  it("never hides that a write succeeded", function()
    local clock = stub.clock()
    local client = stub.client(function()
      clock.sleep(100)
      return stub.reply(200, "true")
    end, { clock = clock, timeout = 5 })
    assert.is_true(stub.call(client, "assign"))
  end)

  it("never hides that a write is indeterminate", function()
    local clock = stub.clock()
    local client = stub.client(function()
      clock.sleep(100)
      return nil, "reset"
    end, { clock = clock, timeout = 5, max_attempts = 3 })
    local _, err = stub.call(client, "assign")
    assert.equal("indeterminate", err.kind)
  end)
end)

describe("the random numbers of the clock", function()
  it("lie in [0, 1) and do not come again", function()
    local random = require("waba.core").clock.random
    local seen, repeats = {}, 0
    for _ = 1, 1000 do
      local value = random()
      assert.is_true(value >= 0 and value < 1)
      repeats = repeats + (seen[value] and 1 or 0)
      seen[value] = true
    end
    assert.equal(0, repeats)
  end)

  it("are others in a child than in its parent", function()
    local process = require "spec.support.fork"
    local random, path = require("waba.core").clock.random, os.tmpname()
    if not process.fork(true) then
      pcall(function()
        local file = assert(io.open(path, "w"))
        file:write(("%.17g"):format(random()))
        file:close()
      end)
      process.over()
    end
    local ours = random()
    process.wait()
    local file = assert(io.open(path))
    local theirs = file:read("*n")
    file:close()
    os.remove(path)
    assert.is_number(theirs)
    assert.not_equal(ours, theirs)
  end)
end)

describe("a random that is none", function()
  for _, odd in ipairs { -1, 2, 0 / 0, math.huge } do
    it("is taken for the whole wait: " .. tostring(odd), function()
      local clock, sleeps = stub.clock(odd)
      local client = stub.client(stub.reply(503, ""), { clock = clock, max_attempts = 2 })
      client:system_users("1")
      assert.same({ 0.5 }, sleeps)
    end)
  end
end)

describe("every row of the table", function()
  local APP = { app_id = "1", app_secret = "s", max_attempts = 3 }

  local function run_row(name, answer)
    local client, requests = stub.client(answer, APP)
    local result, err = stub.call(client, name)
    assert.is_nil(result)
    return err, #requests
  end

  local BUSY = stub.graph_error(503, { code = 2, is_transient = true, message = "m" })
  local IN_DOUBT = {
    stub.lost("reset", "network", true), stub.lost("slow", "timeout", true), BUSY,
    stub.graph_error(500, { code = 1, message = "m" }), stub.graph_error(500, { message = "m" }),
    stub.reply(502, "<html>"), stub.reply(408, ""), stub.reply(200, ""), stub.reply(200, "{}"),
  }
  local NOT_DONE = {
    stub.lost("refused", "network", false), stub.lost("slow", "timeout", false),
    stub.graph_error(400, { code = 4, message = "m" }),
    stub.graph_error(400, { code = 80008, message = "m" }),
  }

  for _, row in ipairs(require("waba.core").operations) do
    it("is sent as often as its effect allows: " .. row.name, function()
      for i, answer in ipairs(NOT_DONE) do
        local err, count = run_row(row.name, answer)
        assert.equal(3, count, "not done " .. i)
        assert.is_true(err.retryable)
      end
      for i, answer in ipairs(IN_DOUBT) do
        local err, count = run_row(row.name, answer)
        if row.effect == "creates" then
          assert.same({ "indeterminate", 1 }, { err.kind, count }, "in doubt " .. i)
        elseif row.effect == "reads" then
          assert.not_equal("indeterminate", err.kind, "in doubt " .. i)
        end
      end
      assert.equal(row.effect == "creates" and 1 or 3, select(2, run_row(row.name, BUSY)))
    end)
  end
end)
