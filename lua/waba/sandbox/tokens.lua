--- Tokens of system users: mint, refresh, revoke, invalidate, inspect.
--
-- Documented: the calls, their parameters, and that the first takes a proof. Assumed: what Graph
-- says to a user without the app, to an unknown permission, to a secret that is wrong. A minted
-- token works from then on, with the permissions it was minted with.

local params = require("waba.sandbox.params")
local refusal = require("waba.sandbox.refusal")
local text = require("waba.sandbox.text")

local M = {}

-- There is no clock: a token that expires does so at the end of the century, unless the seed says
-- when; what a refreshed one has left is what Meta's page shows.
local FAR, LEFT, ISSUED = 4102444800, 5183944, 1700000000

-- Of the permissions that Meta's page lists for system users, and one that is asked for besides.
local SCOPES = {}
for scope in ([[ads_management ads_read business_management catalog_management
  instagram_basic instagram_manage_comments leads_retrieval pages_manage_ads pages_manage_metadata
  pages_read_engagement pages_show_list whatsapp_business_manage_events
  whatsapp_business_management whatsapp_business_messaging]]):gmatch("%S+") do
  SCOPES[scope] = true
end

local function read_scopes(value)
  local scopes = value and params.list(value)
  if not scopes then return nil, refusal.new("missing_parameter", "scope") end
  for _, scope in ipairs(scopes) do
    if not SCOPES[scope] then return nil, refusal.new("unknown_scope", scope) end
  end
  return scopes
end

local function mint(scope)
  local world, asked = scope.world, scope.call.params
  local user, app = world:find(scope.call.target.id), params.scalar(asked.business_app)
  if not asked.appsecret_proof then return nil, refusal.new("missing_proof") end
  if not app then return nil, refusal.new("missing_parameter", "business_app") end
  if app ~= world.settings.app_id then return nil, refusal.new("foreign_app") end
  if not user.app_installed then return nil, refusal.new("app_not_there") end
  local scopes, refused = read_scopes(asked.scope)
  if not scopes then return nil, refused end
  local expires = tostring(asked.set_token_expires_in_60_days) == "true"
  return { access_token = world:mint(user.id, scopes, expires and FAR or 0).token }
end

-- Whether the caller knows the app's secret.
local function check_app(scope)
  local settings, asked = scope.world.settings, scope.call.params
  local id, secret = params.scalar(asked.client_id), params.scalar(asked.client_secret)
  if not id then return refusal.new("missing_parameter", "client_id") end
  if id ~= settings.app_id then return refusal.new("unknown_app") end
  if not secret then return refusal.new("missing_parameter", "client_secret") end
  if settings.app_secret and secret ~= settings.app_secret then
    return refusal.new("wrong_secret")
  end
end

local function refresh(scope)
  local world, asked = scope.world, scope.call.params
  if asked.grant_type ~= "fb_exchange_token" then
    return nil, refusal.new("not_a_value", "grant_type", "fb_exchange_token")
  end
  local refused = check_app(scope)
  if refused then return nil, refused end
  local old = world.tokens[params.scalar(asked.fb_exchange_token) or ""]
  if not old then return nil, refusal.new("unknown_token") end
  if old.subcode then return nil, refusal.dead(old.subcode) end
  local token = world:mint(old.user, old.scopes, FAR)
  return { access_token = token.token, token_type = "bearer", expires_in = LEFT }
end

-- Meta's page shows the word in quotes.
local function revoke(scope)
  local refused = check_app(scope)
  if refused then return nil, refused end
  local token = scope.world.tokens[params.scalar(scope.call.params.revoke_token) or ""]
  if not token then return nil, refusal.new("unknown_token") end
  token.subcode = token.subcode or 467
  return { success = "true" }
end

local function invalidate(scope)
  for _, token in pairs(scope.world.tokens) do
    if token.user == scope.call.target.id then token.subcode = token.subcode or 467 end
  end
  return "true"
end

local function granular(scopes)
  local result = text.list()
  for i, scope in ipairs(scopes) do result[i] = { scope = scope } end
  return result
end

local function describe(world, token)
  local dead = token.subcode and refusal.dead(token.subcode).error
  local scopes = token.scopes or {}
  return {
    app_id = world.settings.app_id,
    application = "Sandbox",
    type = "SYSTEM_USER",
    user_id = token.user,
    is_valid = not dead,
    issued_at = ISSUED,
    expires_at = token.expires_at or 0,
    data_access_expires_at = 0,
    scopes = text.list(scopes),
    granular_scopes = granular(scopes),
    error = dead and { code = dead.code, subcode = dead.error_subcode, message = dead.message },
  }
end

local function debug_token(scope)
  local asked = params.scalar(scope.call.params.input_token)
  if not asked then return nil, refusal.new("missing_parameter", "input_token") end
  local token = scope.world.tokens[asked]
  if token then return { data = describe(scope.world, token) } end
  local unknown = refusal.new("unknown_token").error
  return { data = {
    is_valid = false, scopes = text.list(),
    error = { code = unknown.code, message = unknown.message },
  } }
end

local BUSINESS = "business_management"

---@type waba.sandbox.route[]
M.routes = {
  {
    node = "SystemUser", edge = "access_tokens", method = "POST", scope = BUSINESS, admin = true,
    run = mint,
  },
  {
    node = "SystemUser", edge = "access_tokens", method = "DELETE", scope = BUSINESS, admin = true,
    run = invalidate,
  },
  { path = "oauth/access_token", method = "GET", anyone = true, run = refresh },
  { path = "oauth/revoke", method = "GET", run = revoke },
  { path = "debug_token", method = "GET", run = debug_token },
}

return M
