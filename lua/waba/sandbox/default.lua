--- The default world: the ids of Meta's own pages, with names to reach them by.

local M = {}

--- Names for what is in the default seed.
M.names = {
  app = "670843887433847",
  app_secret = "5ac0ffee5ac0ffee5ac0ffee5ac0ffee",

  business = "9876543210987654",          -- the provider: its tokens are the ones to use
  client = "2729063490586005",            -- a client business, which shares an account with it

  admin = "1000081799813",                -- system users of the provider
  system_user = "1972555232742222",
  spare_user = "100000008899900",
  client_admin = "2345678901234567",      -- system user of the client

  waba = "102290129340398",               -- owned by the provider: every task, nobody assigned
  partner_waba = "104996122399160",       -- shared through a solution without MESSAGING: no MANAGE
  team_waba = "1234567890123456",         -- owned by the provider, with three users assigned

  credit_line = "1900385232742146",       -- of the provider

  admin_token = "EAATEST_ADMIN",
  employee_token = "EAATEST_EMPLOYEE",    -- all scopes, but not of an admin
  no_scope_token = "EAATEST_NO_SCOPE",    -- of the admin, without any scope
  expired_token = "EAATEST_EXPIRED",
  client_token = "EAATEST_CLIENT_ADMIN",  -- of the client's admin
}

local N = M.names

-- What a partner may still give where the solution lacks MESSAGING, as Meta's page lists them.
local GRANULAR = {
  "DEVELOP", "MANAGE_TEMPLATES", "MANAGE_PHONE", "VIEW_COST", "MANAGE_EXTENSIONS",
  "VIEW_PHONE_ASSETS", "MANAGE_PHONE_ASSETS", "VIEW_TEMPLATES", "VIEW_INSIGHTS",
  "MANAGE_USERS", "MANAGE_BILLING",
}

local SCOPES = { "business_management", "whatsapp_business_management" }

local ANNA, JASPER = "1972385232742142", "1972385232752545"

local function users()
  return {
    { id = N.system_user, name = "My System User", business = N.business, role = "EMPLOYEE" },
    {
      id = N.admin, name = "Reporting server", business = N.business, role = "ADMIN",
      app_installed = true,
    },
    { id = N.spare_user, name = "Night shift", business = N.business, role = "EMPLOYEE" },
    { id = N.client_admin, name = "System User Bot", business = N.client, role = "ADMIN" },
    { id = ANNA, name = "Anna Flex", business = N.business, user_type = "BUSINESS_USER" },
    { id = JASPER, name = "Jasper Brown", business = N.business, user_type = "BUSINESS_USER" },
  }
end

local function wabas()
  return {
    {
      id = N.waba, name = "Test WhatsApp Business Account", business = N.business,
      currency = "USD", timezone_id = "1", message_template_namespace = "58e6d318_b627_4112",
    },
    {
      id = N.partner_waba, name = "Lucky Shrub", business = N.client,
      currency = "USD", timezone_id = "1", message_template_namespace = "77b1c2aa_0e4d_4a51",
      shared_with = { { business = N.business, permitted_tasks = GRANULAR } },
      solutions = {
        { id = "774485461512159", name = "Lucky Shrub with partners", status = "ACTIVE",
          owner_app = N.app, owner_permissions = {} },
      },
      assigned = { { user = N.client_admin, tasks = { "MANAGE" } } },
    },
    {
      id = N.team_waba, name = "Primary Business Account", business = N.business,
      currency = "EUR", timezone_id = "25", message_template_namespace = "9d02f0be_4c1e_4b7a",
      assigned = {
        { user = ANNA, tasks = { "MANAGE" } },
        { user = JASPER, tasks = { "DEVELOP" } },
        { user = N.spare_user, tasks = { "VIEW_COST", "VIEW_TEMPLATES" } },
      },
    },
  }
end

-- The proofs are HMAC-SHA256 of the token under `app_secret`: pure Lua cannot work them out.
local function tokens()
  return {
    {
      token = N.admin_token, user = N.admin, scopes = SCOPES,
      proof = "30557eacfb2d5d8a671337242b39b973114015c9927ddbb771e6459bf259a47b",
    },
    {
      token = N.employee_token, user = N.system_user, scopes = SCOPES,
      proof = "00d113b9ea39d2d8b75090501fa9ea9cb9e5a83fb0e4b2ff003eaa4e548ceed9",
    },
    {
      token = N.no_scope_token, user = N.admin,
      proof = "b304cfbfd754e413152bc9996cc6a25c4cfca113743f5f4690f53e92efa1cbf9",
    },
    {
      token = N.expired_token, user = N.admin, scopes = SCOPES, subcode = 463,
      proof = "c425dbad2b4d266a4a25c93a07ab4fd817c971f3483860bbbf32890d0a226794",
    },
    {
      token = N.client_token, user = N.client_admin, scopes = SCOPES,
      proof = "79111fc31f2e26d4e787623a884a28535317ec3eb444916d031f33a55b712186",
    },
  }
end

--- A fresh copy of the default seed, to change and pass to `new`.
---@return waba.sandbox.seed
function M.seed()
  return {
    businesses = {
      { id = N.business, name = "Example Business Inc" },
      { id = N.client, name = "Lucky Shrub" },
    },
    users = users(),
    wabas = wabas(),
    tokens = tokens(),
    credit_lines = {
      { id = N.credit_line, business = N.business, legal_entity_name = "Example Business Inc" },
    },
    app_id = N.app,
    app_secret = N.app_secret,
  }
end

return M
