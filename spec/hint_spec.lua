--- Hints: what to do about an error, in one sentence. The words of Graph's message may choose one;
-- they never choose the kind.

local stub = require "spec.support.stub"

local WABA, USER, BUSINESS = "102290129340398", "1972555232742222", "9876543210987654"

local function hint_of(operation, fields, status)
  return stub.failure(operation, stub.graph_error(status or 400, fields)).hint
end

--- The hint of an assign of these tasks.
local function assign(tasks, fields)
  local client = stub.client(stub.graph_error(400, fields))
  local _, err = client:assign(WABA, USER, tasks)
  return err.hint, err
end

describe("a hint", function()
  local cases = {
    { "a WABA id where a business id belongs", "system_users",
      { code = 100, message = "(#100) Tried accessing nonexisting field (system_users) on node "
        .. "type (WhatsAppBusinessAccount)" }, "pass the id of the business" },
    { "a missing business", "assigned_users",
      { code = 100, message = "(#100) The parameter business is required" },
      "id of your business %(portfolio%), not of the account" },
    { "OpenAPI's words for a missing business", "assigned_users",
      { code = 100, message = "The parameter business is required to specify a business" },
      "id of your business" },
    { "an unknown field", "assigned_users",
      { code = 100, message = "(#100) Tried accessing nonexisting field (email) on node type (X)" },
      "`fields`" },
    { "an unknown field of system_users", "system_users",
      { code = 100, message = "(#100) Tried accessing nonexisting field (foo) on node type (X)" },
      "`fields`" },
    { "a business id where a WABA id belongs", "assigned_users",
      { code = 100, message = "(#100) Tried accessing nonexisting field (assigned_users) on node "
        .. "type (Business)" }, "WhatsApp Business Account as the first argument" },
    { "the scope for accounts", "assign",
      { code = 200, message = "(#200) Requires whatsapp_business_management permission" },
      "with the whatsapp_business_management permission" },
    { "somebody else's user id", "assign",
      { code = 100, message = "(#100) Param user must be a valid user ID" }, "as system_users" },
    { "too many items a page", "assigned_users",
      { code = 100, message = "(#100) Param limit must be at most 100" }, "fewer items" },
    { "a query Graph cannot read", "system_users",
      { code = 2500, message = "Syntax error" }, "`fields` and api_version" },
    { "an expired session", "system_users", { code = 102, error_subcode = 463, message = "x" },
      "has expired" },
    { "a locked account", "assign", { code = 131031, message = "x" }, "locked" },
    { "a missing proof", "assign",
      { code = 100, message = "API calls from the server require an appsecret_proof argument" },
      "set app_secret" },
    { "a wrong proof", "assign",
      { code = 100, message = "Invalid appsecret_proof provided in the API argument" },
      "secret of the app that the access token was generated for" },
    { "a user who is there already", "assign",
      { code = 100, message = "User is already assigned to this WhatsApp Business Account" },
      "already" },
    { "a user who is not there", "unassign",
      { code = 803, message = "User is not assigned to this WhatsApp Business Account" },
      "nothing to remove" },
    { "an app that is not installed", "assign", { code = 190, error_subcode = 458 },
      "install the app" },
    { "a checkpoint", "assign", { code = 190, error_subcode = 459 }, "log in at facebook%.com" },
    { "a changed password", "assign", { code = 190, error_subcode = 460 }, "password" },
    { "an expired token", "assign", { code = 190, error_subcode = 463 },
      "expired.*generate a new one" },
    { "an unconfirmed user", "assign", { code = 190, error_subcode = 464 }, "confirm" },
    { "a blocking checkpoint", "assign", { code = 190, error_subcode = 490 }, "log in" },
    { "a token that is bad for another reason", "assign", { code = 190 }, "generate a new token" },
    { "a dead session", "assign", { code = 102 }, "new access token" },
    { "no token at all", "assign", { code = 104 }, "access_token" },
    { "an unknown path", "assign", { code = 2500 }, "api_version" },
    { "a token without the scope", "system_users",
      { code = 200,
        message = "(#200) Requires business_management permission to manage the object" },
      "business_management permission" },
    { "a permission that is missing", "assigned_users", { code = 200, error_subcode = 1349174 },
      "whatsapp_business_management" },
    { "a token of no admin", "system_users", { code = 200 }, "admin" },
    { "a missing capability", "assign", { code = 3 }, "capability" },
    { "an object that is not there", "assign", { code = 100, error_subcode = 33 }, "check the id" },
    { "an alias that is not there", "assigned_users", { code = 803 }, "check the id" },
    { "an object that is not there, in the words of a reply without a subcode", "assigned_users",
      { code = 100, message = "Unsupported get request. Object with ID '2' does not exist, cannot "
        .. "be loaded due to missing permissions, or does not support this operation." },
      "check the id" },
    { "a user id of the wrong kind", "assign", { code = 110 }, "system_users" },
    { "a version that is gone", "assign", { code = 12 }, "api_version" },
    { "too much data", "assigned_users",
      { code = 1, message = "Please reduce the amount of data you're asking for, then retry" },
      "smaller `limit`" },
    { "the app's budget", "assign", { code = 4 }, "app's own budget" },
    { "the account's budget", "assign", { code = 80008 }, "this account's budget" },
    { "the account's budget, the other code", "assign", { code = 80007 }, "this account's budget" },
    { "another budget", "assign", { code = 17 }, "wait" },
    { "a policy block", "assign", { code = 368 }, "Account Quality" },
    { "an app that is none", "system_users", { code = 101 }, "app_id must be" },
    { "another app's secret", "system_users",
      { code = 1, message = "Error validating client secret." }, "app_secret must be" },
    { "as many system users as there may be", "create_system_user", { code = 3949 },
      "as many system users" },
    { "as many admins as there may be", "create_system_user", { code = 3965 }, "EMPLOYEE" },
    { "an app of another business", "install_app", { code = 104001 }, "Apps" },
    { "a permission that is none", "install_app", { code = 3962 }, "scopes" },
  }
  for _, case in ipairs(cases) do
    it("for " .. case[1], function()
      if not case[3].message then case[3].message = "m" end
      local hint = hint_of(case[2], case[3])
      assert.is_string(hint)
      assert.matches(case[4], hint)
    end)
  end

  it("is one line, without a full stop, of a length one can read", function()
    for _, case in ipairs(cases) do
      local hint = hint_of(case[2], case[3])
      if hint then
        assert.not_matches("[\r\n]", hint)
        assert.not_matches("%.$", hint)
        assert.is_true(#hint <= 300, hint)
      end
    end
  end)

  it("does not depend on the HTTP status", function()
    for _, status in ipairs { 200, 400, 401, 500 } do
      assert.matches("expired", hint_of("assign", { code = 190, error_subcode = 463 }, status))
    end
  end)

  it("tells of the business id where the account's was passed for it", function()
    for _, fields in ipairs { { code = 100, message = "(#100) Invalid parameter" },
      { code = 100, message = "(#100) The parameter business is required" } } do
      local client = stub.client(stub.graph_error(400, fields))
      local _, err = client:assigned_users(WABA, WABA)
      assert.matches("id of your business", err.hint)
    end
  end)

  it("does not tell of the business id where another was passed", function()
    local reply = stub.graph_error(400, { code = 100, message = "(#100) Invalid parameter" })
    local client = stub.client(reply)
    local _, err = client:assigned_users(WABA, BUSINESS)
    assert.is_nil(err.hint)
  end)

  for _, code in ipairs { 100, 10, 200 } do
    it("tells of Multi-Partner Solutions where MANAGE is refused with code " .. code, function()
      for _, tasks in ipairs { "MANAGE", { "DEVELOP", "MANAGE" } } do
        assert.matches("Multi%-Partner Solution", (assign(tasks, { code = code, message = "m" })))
        assert.matches("MESSAGING", (assign(tasks, { code = code, message = "m" })))
      end
    end)
  end

  it("does not tell of Multi-Partner Solutions where MANAGE was not asked for", function()
    local hint = assign({ "DEVELOP", "MANAGE_TEMPLATES" }, { code = 100, message = "m" })
    assert.is_nil(hint)
  end)

  it("names the unknown task that Graph refused, and the nearest known one", function()
    assert.equal("MANGE is not a task known here; did you mean MANAGE?",
      (assign({ "DEVELOP", "MANGE" }, { code = 100, message = "m" })))
    assert.equal("DEVELOPER is not a task known here; did you mean DEVELOP?",
      (assign("DEVELOPER", { code = 100, message = "m" })))
    assert.equal("ADVERTISE is not a task known here; waba.tasks lists those that are",
      (assign({ "ADVERTISE" }, { code = 100, message = "m" })))
  end)

  it("does not blame a task for what is another matter", function()
    for _, fields in ipairs { { code = 190, message = "m" }, { code = 80008, message = "m" },
      { code = 100, error_subcode = 33, message = "m" } } do
      assert.not_matches("task", (assign("MANGE", fields)))
    end
  end)

  it("says to read before sending again where the outcome is unknown", function()
    for _, operation in ipairs(stub.WRITES) do
      assert.matches("list the assigned users",
        stub.failure(operation, stub.lost("gone", "network", true)).hint)
    end
  end)

  it("says where to look after a write that is in doubt, whichever it is", function()
    local operations, count = require("waba.core").operations, 0
    for _, row in ipairs(operations) do
      if row.effect ~= "reads" then
        local lost = stub.lost("gone", "network", true)
        local err = stub.failure(row.name, lost, { app_id = "1", app_secret = "s" })
        assert.equal("indeterminate", err.kind)
        assert.equal(row.doubt, err.hint)
        assert.not_matches("[%.\r\n]$", row.doubt)
        count = count + 1
      end
    end
    assert.is_true(count >= 11)
  end)

  it("says why a redirect is not followed", function()
    for _, status in ipairs { 301, 302, 307, 308 } do
      local err = stub.failure("system_users", stub.reply(status, "", { location = "http://x/" }))
      assert.matches("redirects are not followed", err.hint)
      assert.matches("base_url", err.hint)
    end
  end)

  it("of a certificate that is not trusted names ca_file", function()
    assert.matches("ca_file", stub.failure("assign", stub.lost("self-signed", "tls", false)).hint)
  end)

  it("is absent where there is nothing to say", function()
    assert.is_nil(stub.failure("system_users", stub.lost("reset", "network")).hint)
    assert.is_nil(hint_of("system_users", { code = 424242, message = "m" }))
  end)

  it("chosen by a message leaves the kind alone", function()
    for _, message in ipairs { "appsecret_proof", "already assigned", "nonexisting field",
      "business" } do
      local _, err = assign("DEVELOP", { code = 100, message = message })
      assert.equal("invalid", err.kind)
    end
  end)

  it("holds no token, although Graph's message does", function()
    local _, err = assign("DEVELOP", { code = 100, message = "business " .. stub.TOKEN })
    assert.not_matches(stub.TOKEN, tostring(err), 1, true)
  end)
end)

describe("no hint of a code", function()
  it("stands beside an error that passes by itself", function()
    assert.is_nil(hint_of("assign", { code = 190, is_transient = true, message = "x" }))
    assert.is_nil(hint_of("assign", { code = 368, is_transient = true, message = "x" }))
  end)
end)
