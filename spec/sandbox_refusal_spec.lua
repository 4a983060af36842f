--- What the emulator refuses, and in which words.

local json = require("waba.core").json
local waba_sandbox = require("waba.sandbox")

local W = waba_sandbox.world
local ANNA = "1972385232742142"

local function bearer(token)
  return { Authorization = "Bearer " .. token }
end

local function send(sandbox, method, url, token)
  return sandbox({ method = method, url = url, headers = token and bearer(token) })
end

local function refusal_of(response)
  return response.status, assert(json.decode(response.body)).error
end

local USERS = "/v26.0/" .. W.business .. "/system_users"
local SOLUTIONS = "/v26.0/" .. W.waba .. "/solutions"
local ASSIGNED = "/v26.0/" .. W.waba .. "/assigned_users"
local PARTNER = "/v26.0/" .. W.partner_waba .. "/assigned_users"
local LIST = ASSIGNED .. "?business=" .. W.business
local ASSIGN = ASSIGNED .. "?user=" .. W.system_user

-- Title, method, url, token, then what to expect: status, code, subcode or nil, type, and text
-- that the message holds.
local CASES = {
  { "a call without a token", "GET", USERS, nil,
    400, 104, nil, "OAuthException", "An access token is required to request this resource" },
  { "an empty token", "GET", USERS .. "?access_token=", nil,
    400, 104, nil, "OAuthException", "An access token is required" },
  { "an unknown token", "GET", USERS, "EAATEST_NOBODY",
    400, 190, nil, "OAuthException", "Invalid OAuth access token - Cannot parse access token" },
  { "an expired token", "GET", USERS, W.expired_token,
    400, 190, 463, "OAuthException", "Error validating access token: Session has expired on" },
  { "a token without business_management", "GET", USERS, W.no_scope_token,
    400, 200, nil, "OAuthException",
    "(#200) Requires business_management permission to manage the object" },
  { "a token without whatsapp_business_management", "GET", LIST, W.no_scope_token,
    403, 200, 1349174, "OAuthException",
    "Need permission on WhatsAppBusinessAccount or this Business" },
  { "system users for a token of no admin", "GET", USERS, W.employee_token,
    400, 200, nil, "OAuthException", "(#200) Requires business_management" },
  { "an assignment by a token of no admin", "POST", ASSIGN .. "&tasks=DEVELOP", W.employee_token,
    403, 200, 1349174, "OAuthException", "Need permission on" },
  { "a removal by a token of no admin", "DELETE", ASSIGN, W.employee_token,
    403, 200, 1349174, "OAuthException", "Need permission on" },

  { "the root", "GET", "/", W.admin_token,
    400, 2500, nil, "OAuthException", "Unknown path components: /" },
  { "a path that goes on after the edge", "GET", USERS .. "/x/y", W.admin_token,
    400, 2500, nil, "OAuthException", "Unknown path components: /x/y" },
  { "a name instead of an id", "GET", "/v26.0/somebody/system_users", W.admin_token,
    404, 803, nil, "OAuthException", "(#803) Some of the aliases you requested do not exist" },
  { "a version that does not exist yet", "GET", "/v99.0/" .. W.business, W.admin_token,
    404, 803, nil, "OAuthException", "v99.0" },
  { "the control plane through the transport", "POST", "/sandbox/reset", W.admin_token,
    404, 803, nil, "OAuthException", "sandbox" },
  { "an id that does not exist", "GET", "/v26.0/1/assigned_users", W.admin_token,
    400, 100, 33, "GraphMethodException",
    "Unsupported get request. Object with ID '1' does not exist, cannot be loaded" },
  { "an account of another business", "GET", LIST, W.client_token,
    400, 100, 33, "GraphMethodException", "Object with ID '" .. W.waba .. "' does not exist" },
  { "another business", "GET", "/" .. W.client .. "/system_users", W.admin_token,
    400, 100, 33, "GraphMethodException", "Unsupported get request" },
  { "system_users of a WABA", "GET", "/v26.0/" .. W.waba .. "/system_users", W.admin_token,
    400, 100, nil, "OAuthException", "(#100) Tried accessing nonexisting field (system_users) "
      .. "on node type (WhatsAppBusinessAccount)" },
  { "assigned_users of a business", "GET", "/v26.0/" .. W.business .. "/assigned_users",
    W.admin_token, 400, 100, nil, "OAuthException", "(assigned_users) on node type (Business)" },
  { "an edge of a user", "GET", "/v26.0/" .. W.system_user .. "/system_users", W.admin_token,
    400, 100, nil, "OAuthException", "on node type (SystemUser)" },
  { "a write to the node itself", "DELETE", "/v26.0/" .. W.business, W.admin_token,
    400, 100, 33, "GraphMethodException", "Unsupported delete request" },
  { "a write to an edge that is only read", "POST", SOLUTIONS, W.admin_token,
    400, 100, 33, "GraphMethodException", "Unsupported post request" },
  { "an unsupported method", "PUT", ASSIGNED, W.admin_token,
    400, 100, 33, "GraphMethodException", "Unsupported put request" },

  { "a list without business", "GET", ASSIGNED, W.admin_token,
    400, 100, nil, "OAuthException", "(#100) The parameter business is required" },
  { "an empty business", "GET", ASSIGNED .. "?business=", W.admin_token,
    400, 100, nil, "OAuthException", "(#100) The parameter business is required" },
  { "a business that is nothing at all", "GET", ASSIGNED .. "?business=1", W.admin_token,
    400, 100, nil, "OAuthException", "(#100) Param business must be a valid business ID" },
  { "an unknown field of an assigned user", "GET", LIST .. "&fields=id,email", W.admin_token,
    400, 100, nil, "OAuthException",
    "(#100) Tried accessing nonexisting field (email) on node type (AssignedUser)" },
  { "an unknown field of a system user", "GET", USERS .. "?fields=tasks", W.admin_token,
    400, 100, nil, "OAuthException", "(tasks) on node type (SystemUser)" },
  { "an unknown field inside a field", "GET", LIST .. "&fields=business{vat}", W.admin_token,
    400, 100, nil, "OAuthException", "(vat) on node type (Business)" },
  { "a brace that is not closed", "GET", LIST .. "&fields=id,business{id", W.admin_token,
    400, 2500, nil, "OAuthException", "Syntax error" },
  { "a brace that was not opened", "GET", LIST .. "&fields=id}", W.admin_token,
    400, 2500, nil, "OAuthException", "Syntax error" },
  { "a limit of zero", "GET", USERS .. "?limit=0", W.admin_token,
    400, 100, nil, "OAuthException", "(#100) Param limit must be an integer greater than 0" },
  { "a limit that is no number", "GET", USERS .. "?limit=all", W.admin_token,
    400, 100, nil, "OAuthException", "(#100) Param limit must be" },
  { "a cursor of nobody", "GET", USERS .. "?after=QVFIxyz", W.admin_token,
    400, 100, nil, "OAuthException", "(#100) Param cursor must be" },

  { "an assignment without user", "POST", ASSIGNED .. "?tasks=DEVELOP", W.admin_token,
    400, 100, nil, "OAuthException", "(#100) The parameter user is required" },
  { "an assignment of an unknown user", "POST", ASSIGNED .. "?user=1&tasks=DEVELOP",
    W.admin_token, 400, 100, nil, "OAuthException", "(#100) Param user must be" },
  { "an assignment of a user of another business", "POST",
    ASSIGNED .. "?tasks=DEVELOP&user=" .. W.client_admin, W.admin_token,
    400, 100, nil, "OAuthException", "(#100) Param user must be" },
  { "an assignment of what is no user", "POST",
    ASSIGNED .. "?tasks=DEVELOP&user=" .. W.team_waba, W.admin_token,
    400, 100, nil, "OAuthException", "(#100) Param user must be" },
  { "an assignment without tasks", "POST", ASSIGN, W.admin_token,
    400, 100, nil, "OAuthException", "(#100) The parameter tasks is required" },
  { "an assignment with an empty list", "POST", ASSIGN .. "&tasks=[]", W.admin_token,
    400, 100, nil, "OAuthException", "(#100) Param tasks must be non-empty" },
  { "a list of tasks that is not closed", "POST", ASSIGN .. '&tasks=["MANAGE"', W.admin_token,
    400, 100, nil, "OAuthException", "(#100) Param tasks must be an array of strings" },
  { "a list of tasks that are numbers", "POST", ASSIGN .. "&tasks=[1]", W.admin_token,
    400, 100, nil, "OAuthException", "(#100) Param tasks must be an array of strings" },
  { "an unknown task, naming it", "POST", ASSIGN .. "&tasks=DEVELOP,MANGE", W.admin_token,
    400, 100, nil, "OAuthException", '(#100) Param tasks[1] must be one of {MANAGE, DEVELOP,' },
  { "a task of an ad account", "POST", ASSIGN .. "&tasks=ADVERTISE", W.admin_token,
    400, 100, nil, "OAuthException", 'got "ADVERTISE"' },
  { "MANAGE on an account without MESSAGING", "POST",
    PARTNER .. "?tasks=MANAGE&user=" .. W.system_user, W.admin_token,
    400, 100, nil, "OAuthException", "(#100) Invalid parameter" },
  { "a removal without user", "DELETE", ASSIGNED, W.admin_token,
    400, 100, nil, "OAuthException", "(#100) The parameter user is required" },
  { "a removal of somebody not assigned", "DELETE", ASSIGN, W.admin_token,
    404, 803, nil, "GraphMethodException",
    "User is not assigned to this WhatsApp Business Account" },
  { "a removal of a user of another business", "DELETE",
    PARTNER .. "?user=" .. W.client_admin, W.admin_token,
    404, 803, nil, "GraphMethodException", "User is not assigned" },
}

describe("sandbox refuses", function()
  for _, case in ipairs(CASES) do
    local title, method, url, token = case[1], case[2], case[3], case[4]
    local expected = { case[5], case[6], case[7], case[8] }
    it(title, function()
      local status, fault = refusal_of(send(waba_sandbox.new(), method, url, token))
      assert.has_match(case[9], fault.message, 1, true)
      assert.are.same(expected, { status, fault.code, fault.error_subcode, fault.type })
    end)
  end

  it("with the title and the message for the user that Meta documents", function()
    local _, fault = refusal_of(send(waba_sandbox.new(), "GET", LIST, W.no_scope_token))
    assert.are.equal("Permission Denied", fault.error_user_title)
    assert.are.equal("Your app doesn't have permission to access this resource",
      fault.error_user_msg)
  end)

  it("without changing anything", function()
    local sandbox = waba_sandbox.new()
    send(sandbox, "POST", ASSIGN .. "&tasks=DEVELOP,MANGE", W.admin_token)
    assert.has_match('"data":[]', send(sandbox, "GET", LIST, W.admin_token).body, 1, true)
  end)

  it("a removal by a partner of what it cannot see, leaving it", function()
    local sandbox = waba_sandbox.new()
    send(sandbox, "DELETE", PARTNER .. "?user=" .. W.client_admin, W.admin_token)
    local response = send(sandbox, "GET", PARTNER .. "?business=" .. W.client, W.client_token)
    assert.has_match(W.client_admin, response.body, 1, true)
  end)

  it("a second removal of the same user", function()
    local sandbox = waba_sandbox.new()
    local url = "/" .. W.team_waba .. "/assigned_users?user=" .. ANNA
    assert.are.equal(200, send(sandbox, "DELETE", url, W.admin_token).status)
    assert.are.equal(404, send(sandbox, "DELETE", url, W.admin_token).status)
  end)

  for _, subcode in ipairs({ 458, 459, 460, 463, 464, 467, 490 }) do
    it("a token dead for reason " .. subcode, function()
      local seed = waba_sandbox.seed()
      seed.tokens[1].subcode = subcode
      local _, fault = refusal_of(send(waba_sandbox.new(seed), "GET", USERS, W.admin_token))
      assert.are.same({ 190, subcode }, { fault.code, fault.error_subcode })
    end)
  end
end)

describe("sandbox refusal headers", function()
  local function header(url, token, name)
    return send(waba_sandbox.new(), "GET", url, token).headers[name]
  end

  it("challenge with invalid_token when the token is at fault", function()
    assert.are.equal('OAuth "Facebook Platform" "invalid_token" '
      .. '"An access token is required to request this resource"',
      header(USERS, nil, "www-authenticate"))
  end)

  it("challenge with invalid_request otherwise", function()
    assert.has_match('^OAuth "Facebook Platform" "invalid_request" ',
      header(ASSIGNED, W.admin_token, "www-authenticate"))
  end)

  it("cannot be split by what the caller sent", function()
    local value = header(LIST .. "&fields=a%0D%0Ax-evil:1", W.admin_token, "www-authenticate")
    assert.is_nil(value:find("%c"))
  end)

  it("forbid storing", function()
    assert.are.equal("no-store", header(USERS, nil, "cache-control"))
  end)

  it("carry the trace id of the body", function()
    local response = send(waba_sandbox.new(), "GET", USERS)
    local _, fault = refusal_of(response)
    assert.are.equal(fault.fbtrace_id, response.headers["x-fb-trace-id"])
  end)
end)

describe("sandbox appsecret_proof", function()
  local PROOF = waba_sandbox.seed().tokens[1].proof

  local function message_with(query, change)
    local seed = waba_sandbox.seed()
    if change then change(seed) end
    local response = send(waba_sandbox.new(seed), "GET", USERS .. query, W.admin_token)
    local decoded = assert(json.decode(response.body))
    return decoded.error and decoded.error.message, decoded.error
  end

  local WRONG = "Invalid appsecret_proof provided in the API argument"
  local function required(seed) seed.require_proof = true end
  local function unknown(seed) seed.tokens[1].proof = nil end

  it("is refused when it is wrong", function()
    local message, fault = message_with("?appsecret_proof=" .. ("0"):rep(64))
    assert.are.equal(WRONG, message)
    assert.are.same({ 100, "GraphMethodException" }, { fault.code, fault.type })
  end)

  it("is missed when it is required", function()
    assert.are.equal("API calls from the server require an appsecret_proof argument",
      (message_with("", required)))
  end)

  it("is refused in upper case", function()
    assert.are.equal(WRONG, (message_with("?appsecret_proof=" .. PROOF:upper())))
  end)

  it("is refused when it is no hash, even where the right one is unknown", function()
    assert.are.equal(WRONG, (message_with("?appsecret_proof=abc", unknown)))
  end)

  it("is taken on trust where the right one is unknown", function()
    assert.is_nil((message_with("?appsecret_proof=" .. ("0"):rep(64), unknown)))
  end)

  it("is accepted when it is right", function()
    assert.is_nil((message_with("?appsecret_proof=" .. PROOF, required)))
  end)

  it("is not needed by default", function()
    assert.is_nil((message_with("")))
  end)

  it("is worked out by the seed's function from token, time and secret", function()
    local asked = {}
    local function with_function(seed)
      seed.proof = function(message, secret)
        asked = { message, secret }
        return ("a"):rep(64)
      end
    end
    local query = "?appsecret_time=1700000000&appsecret_proof=" .. ("a"):rep(64)
    assert.is_nil((message_with(query, with_function)))
    assert.are.same({ W.admin_token .. "|1700000000", W.app_secret }, asked)
  end)
end)
