-- Accounts in the sandbox: the lists of a business, one account, the inverse edge, lists in fields.

local json = require("waba.core").json
local waba_sandbox = require("waba.sandbox")

local W = waba_sandbox.world

local function get(sandbox, path, token)
  local response = sandbox:answer({
    method = "GET", url = "/v26.0/" .. path,
    headers = { Authorization = "Bearer " .. (token or W.admin_token) },
  })
  return json.decode(response.body), response
end

local function ids(reply)
  local result = {}
  for i, item in ipairs(reply.data) do result[i] = item.id end
  return result
end

local function escape(text)
  return (text:gsub("[^%w]", function(char) return ("%%%02X"):format(char:byte()) end))
end

local OWNED = W.business .. "/owned_whatsapp_business_accounts"
local CLIENT = W.business .. "/client_whatsapp_business_accounts"

describe("sandbox accounts", function()
  local sandbox
  before_each(function() sandbox = waba_sandbox.new() end)

  it("are refused to a token without the permission", function()
    local reply = get(sandbox, OWNED, W.no_scope_token)
    assert.are.equal(200, reply.error.code)
  end)

  it("of another business are not to be seen", function()
    local reply = get(sandbox, W.client .. "/owned_whatsapp_business_accounts")
    assert.are.equal(33, reply.error.error_subcode)
  end)

  it("that are owned and shared are two lists", function()
    assert.are.same({ W.waba, W.team_waba }, ids(get(sandbox, OWNED)))
    assert.are.same({ W.partner_waba }, ids(get(sandbox, CLIENT)))
    local theirs = get(sandbox, W.client .. "/owned_whatsapp_business_accounts", W.client_token)
    assert.are.same({ W.partner_waba }, ids(theirs))
  end)

  it("say who owns them and what may be given", function()
    local reply = get(sandbox, CLIENT .. "?fields=owner_business_info,permitted_tasks")
    assert.are.equal(W.client, reply.data[1].owner_business_info.id)
    assert.are.equal("DEVELOP", reply.data[1].permitted_tasks[1])
  end)

  it("can be read one by one, but for unknown fields", function()
    local reply = get(sandbox, W.partner_waba .. "?fields=ownership_type,nothing")
    assert.has_match("nonexisting field (nothing)", reply.error.message, 1, true)
    reply = get(sandbox, W.partner_waba .. "?fields=ownership_type")
    assert.are.same({ id = W.partner_waba, ownership_type = "CLIENT_OWNED" }, reply)
  end)

  it("are of a business, which can be read too", function()
    assert.are.same({ id = W.business, name = "Example Business Inc" }, get(sandbox, W.business))
    assert.are.equal(33, get(sandbox, W.client).error.error_subcode)
  end)

  it("have solutions, or none", function()
    assert.are.same({}, ids(get(sandbox, W.waba .. "/solutions")))
    local reply = get(sandbox, W.partner_waba .. "/solutions?fields=owner_app,owner_permissions")
    assert.are.equal("670843887433847", reply.data[1].owner_app.id)
    assert.are.same({}, reply.data[1].owner_permissions)
  end)

  it("that a user is on are the other side of who is on an account", function()
    local inverse = W.system_user .. "/assigned_whatsapp_business_accounts"
    assert.are.same({}, ids(get(sandbox, inverse)))
    sandbox:answer({ method = "POST", url = "/v26.0/" .. W.waba .. "/assigned_users",
      headers = { Authorization = "Bearer " .. W.admin_token },
      body = "user=" .. W.system_user .. "&tasks=MANAGE" })
    local reply = get(sandbox, inverse)
    assert.are.same({ W.waba }, ids(reply))
    assert.are.same({ "MANAGE" }, reply.data[1].tasks)
  end)
end)

describe("sandbox lists in fields", function()
  local sandbox
  before_each(function() sandbox = waba_sandbox.new() end)

  local function ask(fields, more)
    return get(sandbox, OWNED .. "?fields=" .. escape(fields) .. (more or ""))
  end

  it("are refused as a whole where a parameter is missing", function()
    local reply = ask("id,assigned_users{id,tasks}")
    assert.are.equal("(#100) For field 'assigned_users': The parameter business is required",
      reply.error.message)
    assert.are.equal(100, reply.error.code)
  end)

  it("are refused for what is unknown or unbalanced in them", function()
    local of = "assigned_users.business(" .. W.business .. ")"
    assert.has_match("(bogus) on node type (AssignedUser)",
      ask("id," .. of .. "{bogus}").error.message, 1, true)
    assert.are.equal(2500, ask("id," .. of .. "{id").error.code)
    assert.are.equal(2500, ask("assigned_users.business(" .. W.business).error.code)
  end)

  it("come with each item, and page on their own", function()
    local reply = ask(("id,assigned_users.business(%s).limit(2){id,tasks}"):format(W.business))
    assert.are.same({ data = {} }, reply.data[1].assigned_users)
    local inner = reply.data[2].assigned_users
    assert.are.same({ "1972385232742142", "1972385232752545" }, ids(inner))
    assert.are.same({ "DEVELOP" }, inner.data[2].tasks)
    assert.has_match("/v26.0/" .. W.team_waba .. "/assigned_users?access_token=", inner.paging.next,
      1, true)
    assert.has_match("business=" .. W.business, inner.paging.next, 1, true)
  end)

  it("are empty for a business that is not the caller's", function()
    local reply = ask(("assigned_users.business(%s){id}"):format(W.client))
    assert.are.same({}, ids(reply.data[2].assigned_users))
  end)

  it("can be made to fail by what is asked for", function()
    sandbox:fault({ params = { fields = "assigned_users", limit = "50" }, status = 500,
      body = { error = { code = 1, message = "Please reduce the amount of data" } } })
    local fields = ("id,assigned_users.business(%s){id}"):format(W.business)
    assert.is_nil(ask(fields).error)
    assert.is_nil(ask("id", "&limit=50").error)
    assert.are.equal(1, ask(fields, "&limit=50").error.code)
    assert.is_nil(ask(fields, "&limit=50").error)
  end)
end)
