--- Errors: their fields, how they print, the closed list of kinds.

local core = require "waba.core"
local stub = require "spec.support.stub"
local waba = require "waba"

local KINDS = { "invalid", "auth", "permission", "not_found", "throttled", "transient", "refused",
  "protocol", "network", "tls", "timeout", "indeterminate", "unverified", "blocking", "closed" }

local FIELDS = { kind = "string", message = "string", retryable = "boolean", attempts = "number",
  operation = "string", hint = "string", status = "number", code = "number", subcode = "number",
  type = "string", title = "string", user_message = "string", fbtrace_id = "string",
  retry_after = "number" }

local function failure(fields, headers, operation)
  return stub.failure(operation or "assign", stub.graph_error(400, fields, headers))
end

local FULL = { message = "(#100) Invalid parameter", type = "OAuthException", code = 100,
  error_subcode = 1752129, is_transient = false, error_user_title = "A title",
  error_user_msg = "A message", error_data = { details = "Details" }, fbtrace_id = "AXsgn" }

describe("kinds", function()
  it("are the closed list, once each", function()
    local names, wanted = {}, {}
    for i, kind in ipairs(waba.kinds) do names[i] = kind.name end
    for i, name in ipairs(KINDS) do wanted[i] = name end
    table.sort(names)
    table.sort(wanted)
    assert.same(wanted, names)
  end)

  it("each have a meaning, an example and a word on retrying", function()
    for _, kind in ipairs(waba.kinds) do
      assert.is_true(#kind.meaning > 10, kind.name)
      assert.is_true(#kind.example > 5, kind.name)
      assert.is_boolean(kind.retryable)
    end
  end)

  it("are retryable only where sending again cannot do harm and may help", function()
    local retryable = {}
    for _, kind in ipairs(waba.kinds) do
      if kind.retryable then retryable[#retryable + 1] = kind.name end
    end
    table.sort(retryable)
    assert.same({ "network", "throttled", "timeout", "transient" }, retryable)
  end)
end)

describe("an error", function()
  it("holds what Graph said, under our names", function()
    local err = failure(FULL, { ["retry-after"] = "5" })
    assert.same({
      kind = "invalid", message = "(#100) Invalid parameter", type = "OAuthException", code = 100,
      subcode = 1752129, title = "A title", user_message = "A message", fbtrace_id = "AXsgn",
      status = 400, attempts = 1, retryable = false, retry_after = 5, operation = "assign",
      hint = err.hint,
    }, err)
  end)

  it("holds no field beside the documented ones, each of its type", function()
    local seen = {}
    for _, fields in ipairs { FULL, { code = 190 }, { code = 4 }, {} } do
      for key, value in pairs(failure(fields, { ["retry-after"] = "1" })) do
        assert.equal(FIELDS[key], type(value), key)
        seen[key] = true
      end
    end
    for key in pairs(FIELDS) do assert.is_true(seen[key], key) end
  end)

  it("leaves out what nobody said", function()
    local err = failure { code = 100, message = "m" }
    for _, key in ipairs { "subcode", "type", "title", "user_message", "fbtrace_id",
      "retry_after" } do
      assert.is_nil(err[key])
    end
    assert.is_nil(stub.failure("assign", stub.lost("x", "network", false)).status)
  end)

  it("has integers for numbers, also with Debian's lua-cjson", function()
    local err = failure { code = 190, error_subcode = 463, message = "m" }
    assert.equal("400 190 463 1",
      table.concat({ err.status, err.code, err.subcode, err.attempts }, " "))
  end)

  it("has an integer for retry_after, which the server gave as one", function()
    assert.equal("5", tostring(failure({ code = 4 }, { ["retry-after"] = "5" }).retry_after))
  end)

  it("always has a message, in one line", function()
    for _, answer in ipairs {
      stub.reply(200, ""), stub.reply(500, "\0"), stub.graph_error(400, {}),
      stub.graph_error(400, { message = "" }),
      stub.graph_error(400, { message = "a\nb\r\n\0c\tz\127" }),
      stub.lost(nil, nil, nil), stub.lost("", "network", false), stub.lost("a\nb", "timeout"),
    } do
      local err = stub.failure("assign", answer)
      assert.is_true(#err.message > 0)
      assert.not_matches("%c", err.message)
    end
  end)

  it("has no control characters in any text", function()
    local nasty = "a\27[31m\r\nX: 1\0b"
    local err = failure { message = nasty, type = nasty, error_user_title = nasty,
      error_user_msg = nasty, fbtrace_id = nasty, code = 100 }
    for _, value in pairs(err) do assert.not_matches("%c", tostring(value)) end
  end)

  it("has texts of 2,000 bytes at most, cut between characters", function()
    local long = ("é"):rep(1500)
    local err = failure { message = long, error_user_msg = "a" .. long, code = 100 }
    assert.equal(("é"):rep(1000), err.message)
    assert.equal("a" .. ("é"):rep(999), err.user_message)
  end)

  it("takes the details of error_data, whichever shape it has", function()
    local shapes = { { details = "D" }, '{"messaging_product":"whatsapp","details":"D"}', "D" }
    for _, data in ipairs(shapes) do
      assert.equal("D", failure({ code = 100, message = "m", error_data = data }).user_message)
    end
  end)

  it("takes error_data that is odd for absent, or for words", function()
    for _, data in ipairs { 5, true, {}, { details = {} }, { blame_field_specs = { { "a" } } } } do
      assert.is_nil(failure({ code = 100, message = "m", error_data = data }).user_message)
    end
    local err = failure { code = 100, message = "m", error_data = "{broken" }
    assert.equal("{broken", err.user_message)
  end)

  it("takes the trace from the header where the body has none", function()
    local headers = { ["X-FB-Trace-ID"] = "FromHeader" }
    assert.equal("FromHeader", failure({ code = 100 }, headers).fbtrace_id)
    assert.equal("AXsgn", failure(FULL, headers).fbtrace_id)
  end)

  it("is a plain table: fields can be copied, changed and added", function()
    local err = failure(FULL)
    err.hint, err.mine = nil, 1
    assert.is_nil(err.hint)
    assert.equal(1, err.mine)
    assert.is_truthy(tostring(err))
  end)

  it("is another table every time", function()
    local client = stub.client(stub.graph_error(400, FULL))
    local _, one = stub.call(client, "assign")
    local _, other = stub.call(client, "assign")
    assert.not_equal(one, other)
    assert.same(one, other)
  end)

  it("can be encoded as JSON", function()
    assert.is_string((core.json.encode(failure(FULL))))
  end)
end)

describe("tostring of an error", function()
  it("begins with the kind and the message, and ends with the hint", function()
    local err = failure({ message = "(#190) No", code = 190, error_subcode = 463,
      fbtrace_id = "A" }, { ["retry-after"] = "7" })
    assert.equal("auth: (#190) No [assign, HTTP 400, code 190, subcode 463, retry after 7 s, "
      .. "fbtrace_id A]\nhint: " .. err.hint, tostring(err))
  end)

  it("is short where little is known", function()
    local _, err = waba.new { access_token = "a b" }
    assert.equal("invalid: access_token must be letters, digits and _ | . - only, at most 4096",
      tostring(err))
  end)

  it("works on every error there is", function()
    for _, kind in ipairs { "network", "timeout", "tls" } do
      for _, operation in ipairs(stub.OPERATIONS) do
        local err = stub.failure(operation, stub.lost("m", kind))
        assert.equal(1, (tostring(err):find(err.kind .. ": m", 1, true)))
      end
    end
  end)

  it("works in error() and assert()", function()
    local ok, message = pcall(function()
      assert(stub.outcome("assign", stub.graph_error(400, FULL)))
    end)
    assert.is_false(ok)
    assert.matches("invalid: %(#100%) Invalid parameter", tostring(message))
  end)

  it("works on a retry_after with a fraction, which a copy may hold", function()
    local err = failure(FULL)
    err.retry_after = 1.5
    assert.matches("retry after", tostring(err))
  end)
end)

describe("a text that is not UTF-8", function()
  it("is cut all the same, and not to nothing", function()
    local err = stub.failure("assign", stub.reply(400,
      '{"error":{"code":100,"message":"' .. ("\128"):rep(3000) .. '"}}'))
    assert.is_true(#err.message >= 1997 and #err.message <= 2000, #err.message)
  end)
end)
