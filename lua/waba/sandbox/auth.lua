--- Whether a call may be made: its token, its proof, its permissions.

local params = require("waba.sandbox.params")
local refusal = require("waba.sandbox.refusal")

local M = {}

-- Graph's reasons by subcode. The dates are fixed: the sandbox has no clock.
local REASONS = {
  [459] = "You cannot access the app till you log in to www.facebook.com and follow the "
    .. "instructions given.",
  [460] = "The session has been invalidated because the user changed their password or Facebook "
    .. "has changed the session for security reasons.",
  [463] = "Session has expired on Monday, 23-Nov-15 14:00:00 PST. The current time is Monday, "
    .. "23-Nov-15 14:00:03 PST.",
  [464] = "Sessions for the user X are not allowed because the user is not a confirmed user.",
  [467] = "The session is invalid because the user logged out.",
  [490] = "The user is enrolled in a blocking, logged-in checkpoint.",
}

local function refuse_dead_token(subcode)
  local reason = REASONS[subcode]
  local refused = reason and refusal.new("dead_token", reason) or refusal.new("app_not_installed")
  refused.error.error_subcode = subcode
  return nil, refused
end

-- What the proof should be, or nil where the seed gives no way to know. The timed form signs the
-- token and the time; whether it is still fresh is not checked, as there is no clock.
local function expected_proof(settings, token, time)
  if settings.proof and settings.app_secret then
    local message = time and token.token .. "|" .. time or token.token
    return settings.proof(message, settings.app_secret)
  end
  return not time and token.proof or nil
end

local function check_proof(settings, token, call)
  local proof = params.scalar(call.params.appsecret_proof)
  if not proof then
    return settings.require_proof and refusal.new("missing_proof") or nil
  end
  local expected = expected_proof(settings, token, params.scalar(call.params.appsecret_time))
  local well_formed = #proof == 64 and not proof:find("[^0-9a-f]")
  if not well_formed or (expected and proof ~= expected) then return refusal.new("wrong_proof") end
end

---@class waba.sandbox.session
---@field user table the user the token speaks for
---@field business string id of that user's business
---@field scopes table<string, boolean>

--- Finds out who calls.
---@return waba.sandbox.session? session
---@return waba.sandbox.refusal? refused
function M.open(world, call)
  if not call.token then return nil, refusal.new("no_token") end
  local token = world.tokens[call.token]
  if not token then return nil, refusal.new("unknown_token") end
  if token.subcode then return refuse_dead_token(token.subcode) end
  local refused = check_proof(world.settings, token, call)
  if refused then return nil, refused end
  local user, scopes = world:find(token.user), {}
  for _, scope in ipairs(token.scopes or {}) do scopes[scope] = true end
  return { user = user, business = user.business, scopes = scopes }
end

local NO_PERMISSION = {
  business_management = "no_business_management",
  whatsapp_business_management = "no_waba_permission",
}

--- Whether the caller holds what a route asks for. Meta's words for a caller who has the scope
-- but is no admin are not known; the words for the missing scope stand in.
---@param route { scope: string, admin: boolean? }
---@return waba.sandbox.refusal? refused
function M.check(session, route)
  local admin = not route.admin or session.user.role == "ADMIN"
  if session.scopes[route.scope] and admin then return nil end
  return refusal.new(NO_PERMISSION[route.scope])
end

return M
