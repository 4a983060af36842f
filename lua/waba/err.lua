--- Errors: plain tables that print themselves.

---@class waba.Error
---@field kind string what happened, from a closed list: see `waba.kinds` and docs/errors.md
---@field message string one line; what Graph said where Graph said something
---@field retryable boolean the same call, sent again later, may succeed and cannot do harm
---@field attempts integer requests sent for the page that failed
---@field operation string|nil the method's name
---@field hint string|nil what to do about it
---@field status integer|nil HTTP status
---@field code integer|nil Graph's error code
---@field subcode integer|nil Graph's error_subcode
---@field type string|nil Graph's error type; never decide by it
---@field title string|nil Graph's error_user_title
---@field user_message string|nil Graph's error_user_msg, or error_data's details
---@field fbtrace_id string|nil to quote to Meta's support; it expires quickly
---@field retry_after number|nil seconds the server asked to wait, at most an hour

local M = {}

local mt = { __name = "waba.Error" }

local facts = {
  { "operation", "%s" },
  { "status", "HTTP %d" },
  { "code", "code %d" },
  { "subcode", "subcode %d" },
  { "retry_after", "retry after %g s" },
  { "fbtrace_id", "fbtrace_id %s" },
}

function mt.__tostring(err)
  local details = {}
  for _, fact in ipairs(facts) do
    local value = err[fact[1]]
    if value then details[#details + 1] = fact[2]:format(value) end
  end
  local text = ("%s: %s"):format(err.kind, err.message)
  if details[1] then text = ("%s [%s]"):format(text, table.concat(details, ", ")) end
  if err.hint then text = ("%s\nhint: %s"):format(text, err.hint) end
  return text
end

--- Makes a plain error table print itself.
---@param err table
---@return waba.Error
function M.wrap(err)
  return setmetatable(err, mt)
end

return M
