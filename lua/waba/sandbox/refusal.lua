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

return M
