-- The life of a system user and of its tokens, and a line of credit: the calls, on the sandbox.

local sandbox = require "waba.sandbox"
local stub = require "spec.support.stub"
local waba = require "waba"

local W = sandbox.world

local graph

local function client_of(token, options)
  local settings = {
    access_token = token or W.admin_token, app_id = W.app, app_secret = W.app_secret,
    transport = graph, clock = (stub.clock()),
  }
  for name, value in pairs(options or {}) do settings[name] = value end
  return assert(waba.new(settings))
end

local function fails(kind, code, result, err)
  assert.is_nil(result)
  assert.equal(kind, err.kind, tostring(err))
  assert.equal(code, err.code, tostring(err))
  return err
end

describe("a system user", function()
  before_each(function() graph = sandbox.new() end)

  it("is not created by a token of no admin, nor twice where the reply is lost", function()
    local client = client_of(W.employee_token)
    fails("permission", 200, client:create_system_user(W.business, "New", "EMPLOYEE"))
    graph:fault { method = "POST", broken = true, applied = true }
    client = client_of()
    local err = fails("indeterminate", nil, client:create_system_user(W.business, "New", "ADMIN"))
    assert.matches("system_users shows", err.hint)
    assert.equal(2, #graph.log)
    local count = 0
    for user in client:each("system_users", W.business) do
      if user.name == "New" then count = count + 1 end
    end
    assert.equal(1, count)
  end)

  it("is created again by itself only where Graph had no part in the failure", function()
    graph:fault { method = "POST", broken = true, sent = false }
    assert.is_string(client_of():create_system_user(W.business, "New", "EMPLOYEE").id)
    graph:fault { method = "POST", status = 400, body = { error = { code = 4, message = "m" } } }
    assert.is_string(client_of():create_system_user(W.business, "Newer", "EMPLOYEE").id)
    graph:fault { method = "POST", status = 500, body = { error = { code = 2, message = "m" } } }
    fails("indeterminate", 2, client_of():create_system_user(W.business, "Newest", "EMPLOYEE"))
    assert.equal(5, #graph.log)
  end)

  it("that is of another business is not renamed", function()
    fails("invalid", 110, client_of():rename_system_user(W.business, W.client_admin, "Mine"))
  end)

  it("is created, read and renamed", function()
    local client = client_of()
    local user = assert(client:create_system_user(W.business, "Frühschicht", "ADMIN"))
    assert.same({ id = user.id, name = "Frühschicht", role = "ADMIN" },
      client:system_user(user.id))
    assert.is_true(client:rename_system_user(W.business, user.id, "夜班"))
    assert.equal("夜班", client:system_user(user.id, { fields = "name" }).name)
  end)
end)

describe("a token", function()
  local SCOPES = { "business_management", "whatsapp_business_management" }

  before_each(function() graph = sandbox.new() end)

  it("is not made without the app's secret, and nothing is sent", function()
    local client = assert(waba.new { access_token = W.admin_token, transport = graph })
    local err = fails("invalid", nil, client:create_token(W.system_user, W.app, SCOPES))
    assert.equal("app_secret must be given to waba.new for this", err.message)
    err = fails("invalid", nil, client:refresh_token(W.admin_token))
    assert.equal("app_id must be given to waba.new for this", err.message)
    err = fails("invalid", nil, client:revoke_token(W.admin_token))
    assert.equal("app_id must be given to waba.new for this", err.message)
    assert.equal(0, #graph.log)
  end)

  it("is not made where the app is not installed, or a permission is unknown", function()
    local client = client_of()
    fails("invalid", 100, client:create_token(W.system_user, W.app, SCOPES))
    fails("refused", 104001, client:install_app(W.system_user, "5"))
    assert.is_true(client:install_app(W.system_user, W.app))
    fails("invalid", 3962, client:create_token(W.system_user, W.app, "be_king"))
  end)

  it("is not made with another app's secret", function()
    local client = client_of(nil, { app_secret = "another" })
    fails("indeterminate", 1, client:refresh_token(W.admin_token))
    fails("auth", 101, client_of(nil, { app_id = "5" }):refresh_token(W.admin_token))
  end)

  it("is not refreshed once it has expired", function()
    fails("auth", 463, (function()
      local result, err = client_of():refresh_token(W.expired_token)
      return result, { kind = err.kind, code = err.subcode }
    end)())
  end)

  it("is made, used, refreshed and revoked; the old one lives until then", function()
    local client = client_of()
    assert(client:install_app(W.system_user, W.app))
    local first = assert(client:create_token(W.system_user, W.app, SCOPES, { expires = true }))
    assert.same({ "access_token" }, { next(first), next(first, "access_token") })
    local second = assert(client:refresh_token(first.access_token))
    assert.not_equal(first.access_token, second.access_token)
    assert.equal("bearer", second.token_type)
    assert.equal(5183944, second.expires_in)
    for _, token in ipairs { first.access_token, second.access_token } do
      assert(client_of(token):assigned_users(W.waba, W.business))
    end
    assert.is_true(client:revoke_token(first.access_token))
    fails("auth", 190, client_of(first.access_token):assigned_users(W.waba, W.business))
    assert(client_of(second.access_token):assigned_users(W.waba, W.business))
  end)

  it("is dead with all of the user's", function()
    local client = client_of()
    assert(client:install_app(W.system_user, W.app))
    local token = assert(client:create_token(W.system_user, W.app, SCOPES)).access_token
    assert.is_true(client:invalidate_tokens(W.system_user))
    for _, dead in ipairs { token, W.employee_token } do
      fails("auth", 190, client_of(dead):assigned_users(W.waba, W.business))
    end
    assert(client:system_users(W.business))
  end)

  it("tells what it is, dead or alive", function()
    local client = client_of()
    local told = assert(client:debug_token(W.admin_token))
    assert.is_true(told.is_valid)
    assert.same({ W.app, W.admin, "SYSTEM_USER", 0 },
      { told.app_id, told.user_id, told.type, told.expires_at })
    assert.same(SCOPES, told.scopes)
    told = assert(client:debug_token(W.expired_token))
    assert.is_false(told.is_valid)
    assert.equal(463, told.error.subcode)
    assert.is_false(assert(client:debug_token("NEVER_SEEN")).is_valid)
  end)

  it("is asked about alone, in a map that batches too", function()
    local client = client_of()
    local results = client:map({ W.admin_token, W.expired_token }, function(token)
      local told = assert(client:debug_token(token))
      assert(client:assigned_users(W.waba, W.business))
      return told.is_valid and "valid" or "dead"
    end, { batch = true })
    assert.same({ "valid", "dead" }, results)
    local batches = 0
    for _, entry in ipairs(graph.log) do
      local batch = entry.body.batch
      batches = batches + (batch and 1 or 0)
      assert.is_nil(batch and batch:find("debug_token", 1, true))
    end
    assert.equal(1, batches)
  end)

  it("of any of these calls is in no URL and not in the log", function()
    local client = client_of()
    assert(client:debug_token(W.expired_token))
    assert(client:refresh_token(W.admin_token))
    assert(client:revoke_token(W.client_token))
    local function search(value, path)
      if type(value) == "table" then
        for key, item in pairs(value) do search(item, path .. "." .. tostring(key)) end
      elseif type(value) == "string" then
        assert.is_nil(value:find("EAATEST", 1, true), path)
        assert.is_nil(value:find(W.app_secret, 1, true), path)
      end
    end
    search(graph.log, "log")
    for _, entry in ipairs(graph.log) do
      assert.equal("get", entry.body.method)
      local name = next(entry.query)
      assert.same({ "appsecret_proof" }, { name, next(entry.query, name) })
    end
  end)
end)

describe("a line of credit", function()
  local client
  before_each(function()
    graph = sandbox.new()
    client = client_of()
  end)

  it("is not shared for an account out of sight, nor twice, nor in any currency", function()
    fails("invalid", 100, client:share_credit_line(W.credit_line, "5", "USD"))
    fails("invalid", 100, client:share_credit_line(W.credit_line, W.partner_waba, "XXX"))
    assert(client:share_credit_line(W.credit_line, W.partner_waba, "USD"))
    fails("invalid", 100, client:share_credit_line(W.credit_line, W.partner_waba, "USD"))
    graph:fault { method = "POST", broken = true }
    local err = fails("indeterminate", nil,
      client:share_credit_line(W.credit_line, W.waba, "USD"))
    assert.matches("credit_allocations", err.hint)
  end)

  it("is listed, shared, verified and revoked", function()
    local lines = assert(client:credit_lines(W.business))
    assert.same({ { id = W.credit_line, legal_entity_name = "Example Business Inc" } }, lines)
    local shared = assert(client:share_credit_line(W.credit_line, W.partner_waba, "EUR"))
    assert.equal(W.partner_waba, shared.waba_id)
    local allocation = assert(client:credit_allocation(shared.allocation_config_id))
    local account = assert(client:account(W.partner_waba, { fields = "primary_funding_id" }))
    assert.equal(account.primary_funding_id, allocation.receiving_credential.id)
    local found = assert(client:credit_allocations(W.credit_line, W.client))
    assert.equal(shared.allocation_config_id, found[1].id)
    assert.equal(W.client, found[1].receiving_business.id)
    assert.same({}, client:credit_allocations(W.credit_line, W.business))
    assert.is_true(client:revoke_credit_allocation(shared.allocation_config_id))
    assert.equal("DELETED",
      client:credit_allocation(shared.allocation_config_id).request_status)
    account = assert(client:account(W.partner_waba, { fields = "primary_funding_id" }))
    assert.is_nil(account.primary_funding_id)
  end)
end)
