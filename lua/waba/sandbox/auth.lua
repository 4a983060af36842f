--- Whether a call may be made: its token, its proof, its permissions.

local params = require("waba.sandbox.params")
local refusal = require("waba.sandbox.refusal")

local M = {}

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
  if token.subcode then return nil, refusal.dead(token.subcode) end
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
