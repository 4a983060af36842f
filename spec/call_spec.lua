--- One call, stepped by hand: what a driver must keep to, and what happens where it does not.

local core = require "waba.core"
local curl = require "waba.curl"

local TOKEN = "TEST_TOKEN"

local function settings(options)
  options = options or {}
  options.access_token = options.access_token or TOKEN
  options.max_attempts = options.max_attempts or 1
  return assert(core.settings(options))
end

local function list(options) return assert(core.calls.system_users(settings(options), "1")) end
local function write(options)
  return assert(core.calls.assign(settings(options), "1", "2", "MANAGE"))
end

local function page(after)
  local paging = after and ('{"cursors":{"after":"%s"},"next":"x"}'):format(after) or "{}"
  return { status = 200, body = ('{"data":[{"id":"1"}],"paging":%s}'):format(paging) }
end

local OK = { status = 200, body = "true" }
local AGAIN = { status = 503, body = '{"error":{"code":2,"message":"m"}}' }

describe("a call", function()
  it("of a write goes: send, done", function()
    local call = write()
    assert.equal("send", call:step(0, 0))
    call:request()
    call:feed(OK)
    assert.equal("done", call:step(1, 0))
  end)

  it("of a list goes: send, page, send, page, done", function()
    local call = list()
    assert.equal("send", call:step(0, 0))
    call:feed(page "a")
    local step, items, summary = call:step(0, 0)
    assert.equal("page", step)
    assert.same({ { id = "1" } }, items)
    assert.is_nil(summary)
    assert.equal("send", call:step(0, 0))
    assert.matches("&after=a$", call:request().url)
    call:feed(page())
    assert.equal("page", call:step(0, 0))
    assert.equal("done", call:step(0, 0))
  end)

  it("that fails goes: send, failed", function()
    local call = write()
    call:step(0, 0)
    call:feed { status = 400, body = '{"error":{"code":190}}' }
    local step, err = call:step(0, 0)
    assert.equal("failed", step)
    assert.equal("auth", err.kind)
  end)

  it("that may be sent again goes: send, wait, send, done", function()
    local call = write { max_attempts = 2 }
    call:step(0, 0)
    call:feed(AGAIN)
    local step, seconds = call:step(0, 0.5)
    assert.equal("wait", step)
    assert.equal(0.25, seconds)
    assert.equal("send", call:step(0.25, 0))
    call:feed(OK)
    assert.equal("done", call:step(0.25, 0))
  end)

  it("answers the same after its end, again and again", function()
    local done, failed = write(), write()
    done:step(0, 0)
    done:feed(OK)
    failed:step(0, 0)
    failed:lost("gone", "network", false)
    for _ = 1, 3 do
      assert.equal("done", done:step(0, 0))
      local step, err = failed:step(0, 0)
      assert.equal("failed", step)
      assert.equal("network", err.kind)
      assert.equal("gone", err.message)
    end
  end)
end)

describe("a driver's mistake raises:", function()
  local function raises(action, message)
    assert.error_matches(action, message)
  end

  it("a step while the request is on its way", function()
    local call = list()
    call:step(0, 0)
    raises(function() call:step(0, 0) end, "still on its way")
  end)

  it("a step without a time", function()
    raises(function() list():step() end, "number expected")
    raises(function() list():step(0) end, "number expected")
    raises(function() list():step("x", 0) end, "number expected")
  end)

  it("a reply before the first step", function()
    raises(function() list():feed(page()) end, "no request is on its way")
    raises(function() list():lost("gone") end, "no request is on its way")
  end)

  it("a request before the first step", function()
    raises(function() list():request() end, "no request to send now")
    raises(function() list():authorize("x") end, "there is no request to send")
    local easy = curl.easy(settings())
    raises(function() easy:exchange(list()) end, "no request to send now")
  end)

  it("a second reply", function()
    local call = list()
    call:step(0, 0)
    call:feed(page())
    raises(function() call:feed(page()) end, "no request is on its way")
    raises(function() call:lost("gone") end, "no request is on its way")
    assert.equal("page", call:step(0, 0))
  end)

  it("a second loss", function()
    local call = list()
    call:step(0, 0)
    call:lost("gone")
    raises(function() call:lost("gone") end, "no request is on its way")
    raises(function() call:feed(page()) end, "no request is on its way")
    assert.equal("failed", call:step(0, 0))
  end)

  it("a reply while waiting, after a page, after the end", function()
    local call = write { max_attempts = 2 }
    call:step(0, 0)
    call:feed(AGAIN)
    assert.equal("wait", call:step(0, 0))
    raises(function() call:feed(OK) end, "no request is on its way")
    assert.equal("send", call:step(1, 0))
    call:feed(OK)
    assert.equal("done", call:step(1, 0))
    raises(function() call:feed(OK) end, "no request is on its way")
    raises(function() call:request() end, "no request to send now")
  end)

  local responses = {
    { "none", nil, "a response must be a table" },
    { "text", "OK", "a response must be a table, got a string" },
    { "without a status", {}, "response.status must be a whole number" },
    { "with a status in words", { status = "200" }, "response.status must be a whole number" },
    { "with half a status", { status = 200.5 }, "response.status must be a whole number" },
    { "with status 99", { status = 99 }, "response.status must be a whole number" },
    { "with status 600", { status = 600 }, "response.status must be a whole number" },
    { "with status NaN", { status = 0 / 0 }, "response.status must be a whole number" },
    { "with headers in text", { status = 200, headers = "a: b" },
      "response.headers must be a table" },
    { "with a body that is a table", { status = 200, body = {} },
      "response.body must be a string" },
    { "with a body that is a number", { status = 200, body = 5 },
      "response.body must be a string" },
  }
  for _, case in ipairs(responses) do
    it("a response " .. case[1], function()
      local call = list()
      call:step(0, 0)
      raises(function() call:feed(case[2]) end, case[3])
      call:feed(page()) -- and the call is as it was
      assert.equal("page", call:step(0, 0))
    end)
  end

  it("a loss of no known kind", function()
    local call = list()
    call:step(0, 0)
    raises(function() call:lost("gone", "indeterminate") end, "invalid option")
    raises(function() call:lost("gone", 5) end, "invalid option")
    raises(function() call:lost({}) end, "string expected")
    call:lost("gone")
    assert.equal("failed", call:step(0, 0))
  end)

  it("somebody else's userdata", function()
    local call, other, easy = list(), settings(), curl.easy(settings())
    raises(function() call.step(other, 0, 0) end, "waba%.call expected")
    raises(function() call.step({}, 0, 0) end, "waba%.call expected")
    raises(function() call.step(io.stdout, 0, 0) end, "waba%.call expected")
    raises(function() call.step() end, "waba%.call expected")
    raises(function() other.close(call) end, "waba%.settings expected")
    raises(function() easy.close(call) end, "waba%.easy expected")
    raises(function() easy:exchange(other) end, "waba%.call expected")
    raises(function() easy:exchange(easy) end, "waba%.call expected")
    raises(function() curl.easy(call) end, "waba%.settings expected")
    raises(function() core.calls.assign(call, "1", "2", "MANAGE") end, "waba%.settings expected")
    raises(function() core.calls.assign() end, "waba%.settings expected")
  end)
end)

describe("a response", function()
  local function outcome(response)
    local call = list()
    call:step(0, 0)
    call:feed(response)
    return call:step(0, 0)
  end

  it("needs no headers and no body", function()
    local step, err = outcome { status = 404 }
    assert.equal("failed", step)
    assert.equal("not_found", err.kind)
  end)

  it("may have entries in its headers that are none", function()
    local step = outcome { status = 200, body = '{"data":[]}', headers = { 1, 2, a = {}, [{}] = "x",
      b = true, ["c\nd"] = "x", e = "f\r\ng: h", number = 5 } }
    assert.equal("page", step)
  end)

  it("may have 200 headers, and no more", function()
    local headers = {}
    for i = 1, 200 do headers["h" .. i] = "x" end
    assert.equal("page", (outcome { status = 200, body = '{"data":[]}', headers = headers }))
    headers.one_more = "x"
    local step, err = outcome { status = 200, body = '{"data":[]}', headers = headers }
    assert.equal("failed", step)
    assert.equal("protocol", err.kind)
  end)

  it("may have 256 KiB of headers, and no more", function()
    local _, err = outcome { status = 200, headers = { a = ("x"):rep(256 * 1024) } }
    assert.equal("protocol", err.kind)
    assert.matches("larger than a reply may be", err.message)
  end)

  it("may have 4 MiB of body, and no more", function()
    local body = '{"data":[]' .. (" "):rep(4 * 1024 * 1024 - 11) .. "}"
    assert.equal("page", (outcome { status = 200, body = body }))
    local step, err = outcome { status = 200, body = body .. " " }
    assert.equal("failed", step)
    assert.equal("protocol", err.kind)
  end)

  it("that is too large leaves a write indeterminate", function()
    local call = write()
    call:step(0, 0)
    call:feed { status = 200, body = (" "):rep(4 * 1024 * 1024 + 1) }
    local _, err = call:step(0, 0)
    assert.equal("indeterminate", err.kind)
  end)
end)

describe("a request", function()
  it("is a table of its own, with the seconds it may take", function()
    local call = write { attempt_timeout = 7 }
    call:step(0, 0)
    local request, timeout = call:request()
    assert.equal(7, timeout)
    assert.same({ "POST", "https://graph.facebook.com/v26.0/1/assigned_users",
      "user=2&tasks=%5B%22MANAGE%22%5D" }, { request.method, request.url, request.body })
    request.url, request.headers.Authorization = "x", nil
    local again = call:request()
    assert.not_equal("x", again.url)
    assert.equal("Bearer TEST_TOKEN", again.headers.Authorization)
  end)

  it("has no body and no content type where there is nothing to send", function()
    local call = list()
    call:step(0, 0)
    local request = call:request()
    assert.is_nil(request.body)
    assert.is_nil(request.headers["Content-Type"])
  end)
end)

describe("a call whose next request never goes", function()
  local ways = {
    expired = function(call) call:expire() end,
    ["held beyond its time"] = function(call) call:hold(100000) end,
    ["held, and stopped"] = function(call) call:hold(1) call:stop() end,
    ["expired, and stopped"] = function(call) call:expire() call:stop() end,
  }
  local alone = { expired = "timeout", ["held beyond its time"] = "throttled",
    ["held, and stopped"] = "closed", ["expired, and stopped"] = "closed" }

  local function outcome(call, way)
    assert.equal("send", (call:step(1, 0)))
    ways[way](call)
    local step, err = call:step(1, 0)
    assert.equal("failed", step)
    assert.equal(err.kind == alone[way] and 0 or 1, err.attempts)
    return err, call
  end

  for way, kind in pairs(alone) do
    it(("as it is %s, says so"):format(way), function()
      local err, call = outcome(list(), way)
      assert.equal(kind, err.kind)
      assert.is_nil(call:kind())
    end)

    it(("as it is %s, tells what its attempt before met"):format(way), function()
      local call = list { max_attempts = 3 }
      call:step(0, 0)
      call:feed(AGAIN)
      assert.equal("wait", (call:step(0, 0)))
      local err = outcome(call, way)
      assert.same({ "transient", 503, 2 }, { err.kind, err.status, err.code })
      assert.equal("transient", call:kind())
      assert.equal(way == "held beyond its time" and 100000 or nil, err.retry_after)
    end)

    it(("as it is %s, stays indeterminate where a write was"):format(way), function()
      local call = write { max_attempts = 3 }
      call:step(0, 0)
      call:lost("reset", "network", true)
      assert.equal("indeterminate", select(2, call:step(0, 0)).kind)
      assert.is_true(call:again())
      local err = outcome(call, way)
      assert.same({ "indeterminate", "reset" }, { err.kind, err.message })
      assert.is_false(call:sent())
    end)

    it(("as it is %s, knows nothing of the page before"):format(way), function()
      local call = list { max_attempts = 3 }
      call:step(0, 0)
      call:feed(AGAIN)
      call:step(0, 0)
      call:step(0, 0)
      call:feed(page "a")
      assert.equal("page", (call:step(0, 0)))
      assert.equal(kind, outcome(call, way).kind)
    end)
  end
end)

describe("authorize", function()
  it("takes a token for this call alone", function()
    local shared = assert(core.settings { access_token = TOKEN })
    local one, other = core.calls.unassign(shared, "1", "2"), core.calls.unassign(shared, "1", "2")
    one:step(0, 0)
    other:step(0, 0)
    assert.is_true(one:authorize("ANOTHER"))
    assert.equal("Bearer ANOTHER", one:request().headers.Authorization)
    assert.equal("Bearer TEST_TOKEN", other:request().headers.Authorization)
  end)

  local bad = { { "nothing" }, { "a number", 5 }, { "a table", {} }, { "false", false },
    { "no text", "" }, { "a line break", "a\r\nX-Evil: 1" }, { "a NUL", "a\0" },
    { "a blank", "a b" } }
  for _, case in ipairs(bad) do
    it(("refuses %s, as an error of kind auth"):format(case[1]), function()
      local call = write { access_token = function() end }
      call:step(0, 0)
      assert.is_false(call:authorize(case[2]))
      local step, err = call:step(0, 0)
      assert.equal("failed", step)
      assert.equal("auth", err.kind)
      assert.matches("access_token gave no token", err.message)
      if type(case[2]) == "string" and case[2] ~= "" then
        assert.is_nil(err.message:find(case[2], 1, true))
      end
    end)
  end

  it("passes on why there is none", function()
    local call = write { access_token = function() end }
    call:step(0, 0)
    assert.is_false(call:authorize(nil, "the vault is sealed"))
    local _, err = call:step(0, 0)
    assert.matches("the vault is sealed", err.message, 1, true)
  end)

  it("counts no attempt where nothing was sent", function()
    local call = write { access_token = function() end }
    call:step(0, 0)
    call:authorize(nil)
    local _, err = call:step(0, 0)
    assert.equal(0, err.attempts)
  end)
end)

describe("a call on settings that were closed", function()
  local function closed_after(action)
    local shared = assert(core.settings { access_token = TOKEN, max_attempts = 3 })
    local call = core.calls.assign(shared, "1", "2", "MANAGE")
    action(call, shared)
    return call
  end

  it("before its first step ends closed", function()
    local call = closed_after(function(_, shared) shared:close() end)
    local step, err = call:step(0, 0)
    assert.equal("failed", step)
    assert.equal("closed", err.kind)
    assert.equal(0, err.attempts)
  end)

  it("while it has the request is told not to send", function()
    local call = closed_after(function(call, shared) call:step(0, 0) shared:close() end)
    assert.is_nil((call:request()))
    local _, err = call:step(0, 0)
    assert.equal("closed", err.kind)
    assert.equal(0, err.attempts)
  end)

  it("while it waits ends closed", function()
    local call = closed_after(function(call, shared)
      call:step(0, 0)
      call:feed(AGAIN)
      assert.equal("wait", (call:step(0, 0)))
      shared:close()
    end)
    local _, err = call:step(1, 0)
    assert.equal("closed", err.kind)
  end)

  it("after a write succeeded still says so", function()
    local call = closed_after(function(call, shared)
      call:step(0, 0)
      call:request()
      shared:close()
      call:feed(OK)
    end)
    assert.equal("done", (call:step(0, 0)))
  end)

  it("after a write's reply was lost still says that its fate is unknown", function()
    local call = closed_after(function(call, shared)
      call:step(0, 0)
      call:request()
      shared:close()
      call:lost("reset", "network", true)
    end)
    local _, err = call:step(0, 0)
    assert.equal("indeterminate", err.kind)
  end)

  it("after a write's fate became unknown still says so", function()
    local call = closed_after(function(call, shared)
      call:step(0, 0)
      call:request()
      call:feed { status = 502, body = "<html>" }
      shared:close()
    end)
    local _, err = call:step(0, 0)
    assert.equal("indeterminate", err.kind)
  end)

  it("stays failed as it was, where it had failed", function()
    local call = closed_after(function(call, shared)
      call:step(0, 0)
      call:feed { status = 400, body = '{"error":{"code":190}}' }
      assert.equal("failed", (call:step(0, 0)))
      shared:close()
    end)
    local _, err = call:step(0, 0)
    assert.equal("auth", err.kind)
  end)
end)
