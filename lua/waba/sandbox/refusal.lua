--- What Graph says when it refuses, one row a refusal.
--
-- `evidence` says how far to trust the wording:
--   recorded    a real body with this text has been seen
--   documented  Meta's pages or its OpenAPI file print it
--   general     widely known, not verified for these calls
--   analogy     real for a sibling call, or only the code is documented
-- Status is 400 where Meta's sources disagree: so were the recorded ones.

local M = {}

local ROWS = {
  -- The token.
  no_token = {
    code = 104, message = "An access token is required to request this resource",
    evidence = "documented",
  },
  unknown_token = {
    code = 190, message = "Invalid OAuth access token - Cannot parse access token",
    evidence = "general",
  },
  dead_token = { code = 190, message = "Error validating access token: %s", evidence = "recorded" },
  app_not_installed = { code = 190, message = "App Not Installed", evidence = "recorded" },
  missing_proof = {
    code = 100, type = "GraphMethodException",
    message = "API calls from the server require an appsecret_proof argument",
    evidence = "recorded",
  },
  wrong_proof = {
    code = 100, type = "GraphMethodException",
    message = "Invalid appsecret_proof provided in the API argument", evidence = "recorded",
  },

  -- Permissions.
  no_business_management = {
    code = 200, message = "(#200) Requires business_management permission to manage the object",
    evidence = "recorded",
  },
  no_waba_permission = {
    code = 200, subcode = 1349174, status = 403,
    message = "Need permission on WhatsAppBusinessAccount or this Business",
    title = "Permission Denied",
    user_message = "Your app doesn't have permission to access this resource",
    evidence = "documented",
  },

  -- The path.
  unknown_path = {
    code = 2500, message = "Unknown path components: /%s", evidence = "general",
  },
  unknown_alias = {
    code = 803, status = 404,
    message = "(#803) Some of the aliases you requested do not exist: %s", evidence = "general",
  },
  unsupported = {
    code = 100, subcode = 33, type = "GraphMethodException",
    message = "Unsupported %s request. Object with ID '%s' does not exist, cannot be loaded due "
      .. "to missing permissions, or does not support this operation. Please read the Graph API "
      .. "documentation at https://developers.facebook.com/docs/graph-api",
    evidence = "recorded",
  },

  -- Parameters.
  nonexisting_field = {
    code = 100, message = "(#100) Tried accessing nonexisting field (%s) on node type (%s)",
    evidence = "recorded",
  },
  unbalanced_fields = {
    code = 2500, message = 'Syntax error "Unbalanced braces." at character %d: %s',
    evidence = "analogy",
  },
  missing_parameter = {
    code = 100, message = "(#100) The parameter %s is required", evidence = "recorded",
  },
  invalid_parameter = { code = 100, message = "(#100) Invalid parameter", evidence = "documented" },
  not_a_value = {
    code = 100, message = "(#100) Param %s must be %s", evidence = "analogy",
  },
  unknown_task = {
    code = 100, message = '(#100) Param tasks[%d] must be one of {%s} - got "%s".',
    evidence = "analogy",
  },
  malformed_body = {
    code = 100, message = "(#100) Invalid request body: %s", evidence = "analogy",
  },
  invalid_user = { code = 110, message = "(#110) Invalid user id: %s", evidence = "analogy" },
  foreign_app = {
    code = 104001, message = "(#104001) The app must be part of the business",
    evidence = "analogy",
  },
  app_not_there = {
    code = 100, message = "(#100) The app is not installed for this system user",
    evidence = "analogy",
  },
  unknown_scope = {
    code = 3962, message = "(#3962) Invalid permission name: %s", evidence = "analogy",
  },
  unknown_app = {
    code = 101, message = "Error validating application. Cannot get application info due to a "
      .. "system error.",
    evidence = "general",
  },
  wrong_secret = { code = 1, message = "Error validating client secret.", evidence = "general" },
  not_assigned = {
    code = 803, type = "GraphMethodException", status = 404,
    message = "User is not assigned to this WhatsApp Business Account", evidence = "documented",
  },
}

---@class waba.sandbox.refusal
---@field status integer
---@field error table the `error` object of the reply, without its fbtrace_id

--- Makes a refusal. The further arguments fill the message.
---@param name string a row above
---@return waba.sandbox.refusal
function M.new(name, ...)
  local row = ROWS[name]
  return {
    status = row.status or 400,
    error = {
      message = row.message:format(...),
      type = row.type or "OAuthException",
      code = row.code,
      error_subcode = row.subcode,
      error_user_title = row.title,
      error_user_msg = row.user_message,
    },
  }
end

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

--- The refusal of a token that is dead, by why it is.
---@param subcode integer
---@return waba.sandbox.refusal
function M.dead(subcode)
  local reason = REASONS[subcode]
  local refused = reason and M.new("dead_token", reason) or M.new("app_not_installed")
  refused.error.error_subcode = subcode
  return refused
end

return M
