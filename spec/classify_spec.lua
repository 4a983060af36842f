--- The class of every failure: HTTP statuses times Graph codes times `is_transient` times reads and
-- writes, held against a second opinion that is written here from Meta's error pages.

local stub = require "spec.support.stub"

local STATUSES = {
  200, 201, 202, 204, 206, 300, 301, 302, 303, 304, 307, 308, 400, 401, 402, 403, 404, 405, 406,
  407, 408, 409, 410, 411, 413, 414, 415, 417, 418, 421, 422, 423, 425, 426, 428, 429, 431, 451,
  500, 501, 502, 503, 504, 505, 507, 511, 520, 522, 524, 529, 599,
}

-- What a code means where Graph says no more. Ranges are written out.
local MEANING = {}
local function mean(kind, codes)
  for _, code in ipairs(codes) do MEANING[code] = kind end
end
-- Meta: "call volume", "request limit reached", "rate limit", for whichever budget.
mean("throttled", { 4, 17, 32, 341, 613, 130429, 131048, 131056, 133016 })
for code = 80000, 80014 do MEANING[code] = "throttled" end
-- "temporary issue due to downtime", "service unavailable", "maintenance", "unknown".
mean("transient", { 2, 99, 960, 131000, 131016, 131057 })
-- The session or the token.
mean("auth", { 101, 102, 104, 190, 450, 452 })
-- "permission is either not granted or has been removed"; 3: "capability".
mean("permission", { 3, 10, 200, 210, 220, 230, 250, 270, 283, 294, 298, 299, 131005 })
mean("not_found", { 803 })
-- "invalid parameter", "deprecated", "invalid user id".
mean("invalid", { 2500, 12, 33, 100, 110, 131008, 131009 })
-- Policy, duplicates: a person must look.
mean("refused", { 368, 506 })

-- Codes that are in nobody's list, among them neighbours of those that are.
local UNKNOWN = { 5, 9, 16, 18, 101, 191, 199, 300, 342, 612, 79999, 80015, 424242, 2147483647 }

local BY_STATUS = { [401] = "auth", [403] = "permission", [404] = "not_found",
  [408] = "transient", [429] = "throttled" }

--- What a Graph error must be: first the budget, then Graph's own word that it passes, then the
-- code, and only where the code tells nothing the status.
local function opinion(status, code, transient, named)
  if MEANING[code] == "throttled" then return "throttled" end
  if transient == true then return "transient" end
  if code == 1 then
    return (named or transient == false) and "refused" or "transient"
  end
  if MEANING[code] then return MEANING[code] end
  if BY_STATUS[status] then return BY_STATUS[status] end
  if status >= 500 and transient ~= false then return "transient" end
  return "refused"
end

local RETRYABLE = { throttled = true, transient = true, network = true, timeout = true }

local TRANSIENT = {
  { "", nil }, { ',"is_transient":true', true }, { ',"is_transient":false', false },
}

local answer
local client, requests = stub.client(function() return answer end)

local function failure_of(operation, status, body)
  answer = stub.reply(status, body)
  local result, err = stub.call(client, operation)
  requests[#requests] = nil -- tens of thousands would be a load for every collection that follows
  assert(result == nil, "a failure was taken for a success")
  return err
end

local function check_code(code, extra, named)
  for _, status in ipairs(STATUSES) do
    for _, transient in ipairs(TRANSIENT) do
      local body = ('{"error":{"message":"m"%s%s%s}}'):format(
        code and ',"code":' .. code or "", extra, transient[1])
      local wanted = opinion(status, code, transient[2], named)
      for _, operation in ipairs { "assign", "system_users" } do
        local err = failure_of(operation, status, body)
        if err.kind ~= wanted or err.retryable ~= (RETRYABLE[wanted] or false)
          or err.code ~= code or err.status ~= status then
          error(("%s, HTTP %d, %s: %s, and should be %s"):format(
            operation, status, body, err.kind, wanted), 0)
        end
      end
    end
  end
end

describe("a Graph error", function()
  local codes = { 1 }
  for code in pairs(MEANING) do codes[#codes + 1] = code end
  for _, code in ipairs(UNKNOWN) do codes[#codes + 1] = code end
  table.sort(codes)
  assert(#codes >= 60 and #STATUSES >= 40)

  for _, code in ipairs(codes) do
    it(("with code %d is of its class, whatever the status and operation"):format(code), function()
      check_code(code, "")
    end)
  end

  it("without a code is of the class of its status", function() check_code(nil, "") end)

  it("is never classed by its type", function()
    for _, name in ipairs { "OAuthException", "GraphMethodException", "IGApiException", "" } do
      for _, code in ipairs { 4, 100, 190, 200, 803, 1 } do
        check_code(code, (',"type":"%s"'):format(name))
      end
    end
  end)

  it("is never classed by its message", function()
    local words = { "Service temporarily unavailable", "request limit reached", "expired",
      "Unsupported get request. Object with ID '2' does not exist" }
    for _, message in ipairs(words) do
      local err = failure_of("assign", 400,
        ('{"error":{"message":"%s","code":100}}'):format(message))
      assert.equal("invalid", err.kind)
    end
  end)

  it("with code 100 and subcode 33 is an object that is not there", function()
    for _, operation in ipairs(stub.OPERATIONS) do
      local err = failure_of(operation, 400, '{"error":{"code":100,"error_subcode":33}}')
      assert.equal("not_found", err.kind)
    end
    for _, subcode in ipairs { 0, 32, 34, 1752129 } do
      local body = ('{"error":{"code":100,"error_subcode":%d}}'):format(subcode)
      assert.equal("invalid", failure_of("assign", 400, body).kind)
    end
  end)

  it("with code 1 and a subcode or a title is a rule, and does not pass", function()
    check_code(1, ',"error_subcode":1446036', true)
    check_code(1, ',"error_user_title":"Fundraisers Have a 90 Day Limit"', true)
  end)

  it("with a token's subcode is of auth", function()
    for _, code in ipairs { 190, 102 } do
      for _, subcode in ipairs { 458, 459, 460, 463, 464, 467, 490, 492, 493 } do
        local body = ('{"error":{"code":%d,"error_subcode":%d}}'):format(code, subcode)
        for _, status in ipairs { 200, 400, 401, 500 } do
          assert.equal("auth", failure_of("assign", status, body).kind)
        end
      end
    end
  end)

  it("that Meta says never to send again is not retryable, whatever the status", function()
    for _, code in ipairs { 3949, 3962, 3965, 104001, 131031, 131042 } do
      for _, status in ipairs { 400, 403, 500, 503 } do
        local err = failure_of("assign", status, ('{"error":{"code":%d}}'):format(code))
        assert.is_false(err.retryable, ("code %d, HTTP %d: %s"):format(code, status, err.kind))
      end
    end
  end)

  it("with code 0, AuthException, is of auth whatever the status", function()
    for _, status in ipairs { 200, 400, 401, 500 } do
      assert.equal("auth", failure_of("assign", status, '{"error":{"message":"m","code":0}}').kind)
    end
  end)

  it("with a code in a string is read as with a number", function()
    assert.equal("auth", failure_of("assign", 400, '{"error":{"code":"190"}}').kind)
    assert.equal(190, failure_of("assign", 400, '{"error":{"code":"190"}}').code)
  end)

  it("with is_transient in a string is read as with a boolean", function()
    assert.equal("transient",
      failure_of("assign", 400, '{"error":{"code":100,"is_transient":"true"}}').kind)
  end)

  it("with a code of an odd type is read as without one", function()
    for _, code in ipairs { "null", "true", "{}", "[]", '"abc"', "1e300", "-1e300" } do
      local err = failure_of("assign", 400, ('{"error":{"code":%s}}'):format(code))
      assert.equal("refused", err.kind)
      assert.is_nil(err.code)
    end
  end)
end)

describe("a reply without a Graph error", function()
  local BODIES = {
    { "nothing", "", false },
    { "HTML", "<html><body>Bad Gateway</body></html>", false },
    { "words", "Service Unavailable", false },
    { "cut JSON", '{"data":[{"id":"1"', false },
    { "another object", '{"id":"1"}', true },
    { "an empty object", "{}", true },
    { "an array", "[1]", true },
    { "a number", "5", true },
    { "null", "null", true },
    { "an id too large to be read", '{"id":123456789012345678901}', true },
  }

  local function absent(status, is_json, writes)
    if status >= 300 and status < 400 then return "protocol" end
    if status >= 400 and status < 500 then return BY_STATUS[status] or "protocol" end
    if writes then return "indeterminate" end
    return is_json and status < 300 and "protocol" or "transient"
  end

  for _, body in ipairs(BODIES) do
    for _, operation in ipairs(stub.OPERATIONS) do
      local title = "but %s is of its class for %s, whatever the status"
      it(title:format(body[1], operation), function()
        local writes = operation == "assign" or operation == "unassign"
        for _, status in ipairs(STATUSES) do
          local err = failure_of(operation, status, body[2])
          assert.equal(absent(status, body[3], writes), err.kind, "HTTP " .. status)
          assert.equal(status, err.status)
          assert.is_nil(err.code)
        end
      end)
    end
  end

  it("is no success of a write although its words are near to it", function()
    local bodies = { '{"success":1}', '{"success":"yes"}', '{"success":"TRUE"}', '{"success":{}}',
      '{"Success":true}', '{"success":null}', '{"data":{"success":true}}', '[true]', '1', '""',
      '{"success":"True"}', '{"result":true}', '{"success":[true]}' }
    for _, body in ipairs(bodies) do
      for _, operation in ipairs(stub.WRITES) do
        assert.equal("indeterminate", failure_of(operation, 200, body).kind, body)
      end
    end
  end)

  it("is a success of a write only with a status that says so too", function()
    for _, status in ipairs { 300, 302, 400, 404, 500, 503 } do
      failure_of("assign", status, '{"success":true}')
    end
  end)

  it("that says it did not succeed is refused", function()
    for _, body in ipairs { '{"success":false}', '{"success":"false"}', "false" } do
      for _, operation in ipairs(stub.OPERATIONS) do
        for _, status in ipairs { 200, 400, 500 } do
          assert.equal("refused", failure_of(operation, status, body).kind)
        end
      end
    end
  end)

  it("is no list although there is data", function()
    for _, data in ipairs { "null", "true", "5", '"x"', '{"id":"1"}', "[1]", '["a"]', "[[1]]",
      '[{"id":"1"},2]' } do
      for _, operation in ipairs(stub.READS) do
        local err = failure_of(operation, 200, ('{"data":%s}'):format(data))
        assert.equal("protocol", err.kind, data)
      end
    end
  end)

  it("is a list whatever else it holds", function()
    answer = stub.reply(200, '{"data":[{"id":"1"},{}],"paging":5,"summary":null,"__debug__":{}}')
    assert.same({ { id = "1" }, {} }, (stub.call(client, "system_users")))
  end)
end)

describe("an error of an older or odder shape", function()
  local cases = {
    { '{"error_code":190,"error_description":"Invalid token"}', "auth", 190, "Invalid token" },
    { '{"error_type":"OAuthException","code":400,"error_message":"Bad"}', "refused", 400, "Bad" },
    { '{"error":"invalid_request","error_description":"No"}', "refused", nil, "No" },
    { '{"error":"invalid_request"}', "refused", nil, "invalid_request" },
    { '{"error_code":4,"error_msg":"Too many"}', "throttled", 4, "Too many" },
    { '{"error":{"code":190,"error_subcode":458}}', "auth", 190, nil },
    { '{"error":{"type":"OAuthException"}}', "refused", nil, nil },
    { '{"error":{}}', "refused", nil, nil },
    { '{"error":[]}', "refused", nil, nil },
    { '{"error":true}', "refused", nil, nil },
    { '{"error":{"message":5,"code":100,"type":[],"fbtrace_id":{}}}', "invalid", 100, nil },
    { '{"success":true,"error":{"code":200,"message":"both"}}', "permission", 200, "both" },
    { '{"data":[],"error":{"code":2,"message":"both"}}', "transient", 2, "both" },
  }
  for _, case in ipairs(cases) do
    for _, status in ipairs { 200, 400 } do
      it(("%s, HTTP %d, is read"):format(case[1], status), function()
        for _, operation in ipairs(stub.OPERATIONS) do
          local err = failure_of(operation, status, case[1])
          assert.equal(case[2], err.kind)
          assert.equal(case[3], err.code)
          assert.is_true(#err.message > 0)
          if case[4] then assert.equal(case[4], err.message) end
        end
      end)
    end
  end

  it("with \"error\": null is none", function()
    answer = stub.reply(200, '{"data":[],"error":null}')
    assert.same({}, (stub.call(client, "system_users")))
  end)
end)

describe("no reply", function()
  for _, kind in ipairs { "network", "timeout", "tls" } do
    it(("for %s keeps its kind on a read"):format(kind), function()
      for _, operation in ipairs(stub.READS) do
        for _, sent in ipairs { true, false } do
          local err = stub.failure(operation, stub.lost("gone", kind, sent))
          assert.equal(kind, err.kind)
          assert.equal(kind ~= "tls", err.retryable)
          assert.is_nil(err.status)
        end
      end
    end)

    it(("for %s is indeterminate on a write that may have been sent"):format(kind), function()
      for _, operation in ipairs(stub.WRITES) do
        assert.equal("indeterminate", stub.failure(operation, stub.lost("gone", kind, true)).kind)
        assert.equal("indeterminate", stub.failure(operation, stub.lost("gone", kind)).kind)
      end
    end)

    it(("for %s keeps its kind on a write that was not sent"):format(kind), function()
      for _, operation in ipairs(stub.WRITES) do
        assert.equal(kind, stub.failure(operation, stub.lost("gone", kind, false)).kind)
      end
    end)
  end
end)
