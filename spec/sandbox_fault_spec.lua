--- Faults by rule, in process and as a server sees them.

local waba_sandbox = require("waba.sandbox")

local W = waba_sandbox.world
local USERS = "/v26.0/" .. W.business .. "/system_users"
local ASSIGNED = "/v26.0/" .. W.waba .. "/assigned_users"

local sandbox

local function request(method, url)
  return { method = method, url = url, headers = { Authorization = "Bearer " .. W.admin_token } }
end

local function get(url)
  return sandbox(request("GET", url or USERS))
end

local function assign()
  return sandbox(request("POST", ASSIGNED .. "?tasks=DEVELOP&user=" .. W.system_user))
end

local function assigned()
  local body = get(ASSIGNED .. "?business=" .. W.business).body
  return body:find(W.system_user, 1, true) ~= nil
end

local function statuses(count)
  local result = {}
  for i = 1, count do result[i] = get().status end
  return table.concat(result, " ")
end

describe("sandbox fault rule", function()
  before_each(function() sandbox = waba_sandbox.new() end)

  describe("is an error", function()
    local cases = {
      { "that is no table", 500, "rule must be a table" },
      { "with an unknown key", { stauts = 500 }, 'rule has no key "stauts"' },
      { "that says nothing", { method = "GET" }, "rule must say what happens" },
      { "with headers only", { headers = {} }, "rule must say what happens" },
      { "with two ways to fail", { timeout = true, broken = true }, "only one of" },
      { "with a status that is no HTTP status", { status = 99 }, "rule.status must be" },
      { "with a status in words", { status = "500" }, "rule.status must be" },
      { "with nth zero", { status = 500, nth = 0 }, "rule.nth must be a whole number" },
      { "with half a time", { status = 500, times = 0.5 }, "rule.times must be a whole number" },
      { "with a body that is a number", { body = 1 }, "rule.body must be" },
      { "with an unknown wire fault", { wire = "melt" }, "rule.wire must be one of reset, half" },
      { "with an unknown way to break", { broken = "dns" }, "rule.broken must be one of" },
      { "with a bad header name", { status = 500, headers = { ["a b"] = "" } },
        "rule.headers has a bad header name" },
      { "with headers in text", { status = 500, headers = "a: b" },
        "rule.headers must be a table" },
      { "with a header that is a number", { status = 500, headers = { a = 1 } },
        'rule.headers["a"] must be a string' },
      { "with a line break in a header", { status = 500, headers = { a = "b\r\nc: d" } },
        "without control characters" },
      { "with sent where nothing broke", { status = 500, sent = false }, "goes with broken" },
      { "that was applied and never sent", { broken = true, sent = false, applied = true },
        "contradicts applied" },
    }
    for _, case in ipairs(cases) do
      it(case[1], function()
        local _, message = pcall(sandbox.fault, sandbox, case[2])
        assert.has_match(case[3], message, 1, true)
      end)
    end

    it("with the blame on the line that called fault", function()
      local _, message = pcall(function() sandbox:fault({}) end)
      assert.has_match("sandbox_fault_spec.lua:", message, 1, true)
    end)

    it("and changes nothing", function()
      pcall(sandbox.fault, sandbox, { status = 99 })
      assert.are.equal("200", statuses(1))
    end)
  end)

  describe("picks", function()
    local cases = {
      { "the first request by default", {}, "500 200 200 200" },
      { "the first request when it says so", { nth = 1, times = 1 }, "500 200 200 200" },
      { "the nth request", { nth = 3 }, "200 200 500 200" },
      { "so many in a row", { times = 2 }, "500 500 200 200" },
      { "so many from the nth on", { nth = 2, times = 2 }, "200 500 500 200" },
      { "all of them", { times = math.huge }, "500 500 500 500" },
      { "by method, in any case", { method = "get" }, "500 200 200 200" },
      { "no other method", { method = "POST" }, "200 200 200 200" },
      { "by a part of the path", { path = "/system_users" }, "500 200 200 200" },
      { "no other path", { path = "/assigned_users" }, "200 200 200 200" },
      { "by the path taken literally", { path = "system.users" }, "200 200 200 200" },
    }
    for _, case in ipairs(cases) do
      it(case[1], function()
        case[2].status = 500
        sandbox:fault(case[2])
        assert.are.equal(case[3], statuses(4))
      end)
    end

    it("the oldest of several that are due, while all of them count", function()
      sandbox:fault({ status = 500 })
      sandbox:fault({ status = 503, times = 2 })
      assert.are.equal("500 503 200", statuses(3))
    end)

    it("from the requests that come after it", function()
      get()
      sandbox:fault({ status = 500 })
      assert.are.equal("500", statuses(1))
    end)
  end)
end)

describe("sandbox fault", function()
  before_each(function() sandbox = waba_sandbox.new() end)

  it("answers with a status and no body", function()
    sandbox:fault({ status = 502 })
    local response = get()
    assert.are.same({ 502, "" }, { response.status, response.body })
  end)

  for _, status in ipairs({ 200, 599 }) do
    it("may have the status " .. status, function()
      sandbox:fault({ status = status })
      assert.are.equal(status, get().status)
    end)
  end

  it("answers with text as it is", function()
    sandbox:fault({ status = 502, body = "<html>", headers = { ["Content-Type"] = "text/html" } })
    local response = get()
    assert.are.same({ "<html>", "text/html" }, { response.body, response.headers["content-type"] })
  end)

  it("answers with a table as JSON", function()
    sandbox:fault({ status = 400, body = { error = { code = 80008, message = "wait" } } })
    assert.are.equal('{"error":{"message":"wait","code":80008}}', get().body)
  end)

  it("answers 200 where only a body is given", function()
    sandbox:fault({ body = "Service Unavailable" })
    assert.are.equal(200, get().status)
  end)

  it("takes no effect by default", function()
    sandbox:fault({ method = "POST", status = 500 })
    assign()
    assert.is_false(assigned())
  end)

  it("takes effect where it was applied", function()
    sandbox:fault({ method = "POST", status = 500, applied = true })
    assert.are.same({ 500, "" }, { assign().status, assigned() and "" })
  end)

  it("does not count against the account unless applied", function()
    sandbox:fault({ method = "POST", timeout = true, times = 10 })
    for _ = 1, 10 do assign() end
    local headers = get(ASSIGNED .. "?business=" .. W.business).headers
    assert.has_match('"call_count":0', headers["x-business-use-case-usage"], 1, true)
  end)

  local FAILURES = {
    { "timeout", { timeout = true }, "timeout", true },
    { "broken connection", { broken = true }, "network", true },
    { "broken handshake", { broken = "tls", sent = false }, "tls", false },
    { "connection that never stood", { broken = true, sent = false }, "network", false },
    { "reset", { wire = "reset" }, "network", true },
    { "half a reply", { wire = "half" }, "network", true },
    { "stall", { wire = "stall" }, "timeout", true },
    { "gzip bomb", { wire = "gzip_bomb" }, "network", true },
    { "flood of headers", { wire = "header_flood" }, "network", true },
  }
  for _, case in ipairs(FAILURES) do
    it("fails in process on a " .. case[1], function()
      sandbox:fault(case[2])
      local response, message, kind, sent = get()
      assert.is_nil(response)
      assert.has_match("^sandbox: %a", message)
      assert.are.same({ case[3], case[4] }, { kind, sent })
    end)
  end

  for _, key in ipairs({ "timeout", "broken" }) do
    it("may break after it took effect: " .. key, function()
      sandbox:fault({ method = "POST", [key] = true, applied = true })
      assert.is_nil((assign()))
      assert.is_true(assigned())
    end)
  end

  it("drips the whole reply in process", function()
    sandbox:fault({ wire = "drip", applied = true })
    local response = get()
    assert.are.same({ 200 }, { response.status, response.wire })
  end)

  it("never drips a success that did not happen", function()
    sandbox:fault({ method = "POST", wire = "drip" })
    local response = assign()
    assert.are.equal(503, response.status)
    assert.has_match('"is_transient":true', response.body, 1, true)
  end)

  it("redirects to another host, without the query and its token", function()
    sandbox:fault({ wire = "redirect" })
    local response = get(USERS .. "?access_token=" .. W.admin_token)
    assert.are.same({ 302, "https://elsewhere.invalid" .. USERS, "" },
      { response.status, response.headers.location, response.body })
  end)

  it("redirects where it is told to", function()
    local elsewhere = "http://127.0.0.1:9/"
    sandbox:fault({ wire = "redirect", status = 307, headers = { Location = elsewhere } })
    local response = get()
    assert.are.same({ 307, elsewhere }, { response.status, response.headers.location })
  end)
end)

describe("sandbox answer, for a server", function()
  before_each(function() sandbox = waba_sandbox.new() end)

  local cases = {
    { "reset", { broken = true } }, { "stall", { timeout = true } },
    { "reset", { wire = "reset" } }, { "half", { wire = "half" } }, { "drip", { wire = "drip" } },
    { "stall", { wire = "stall" } }, { "redirect", { wire = "redirect" } },
    { "gzip_bomb", { wire = "gzip_bomb" } }, { "header_flood", { wire = "header_flood" } },
  }
  for _, case in ipairs(cases) do
    it("asks for " .. case[1] .. " on " .. next(case[2]), function()
      sandbox:fault(case[2])
      assert.are.equal(case[1], sandbox:answer(request("GET", USERS)).wire)
    end)
  end

  it("asks for nothing without a fault", function()
    assert.is_nil(sandbox:answer(request("GET", USERS)).wire)
  end)

  it("carries Graph's own reply where the request took effect", function()
    sandbox:fault({ wire = "half", applied = true })
    assert.has_match('"data":[', sandbox:answer(request("GET", USERS)).body, 1, true)
  end)

  it("carries the rule's status and body", function()
    sandbox:fault({ wire = "drip", status = 418, body = "tea" })
    local response = sandbox:answer(request("GET", USERS))
    assert.are.same({ 418, "tea" }, { response.status, response.body })
  end)
end)
