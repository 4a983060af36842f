--- The `tasks` parameter: read from any encoding, and held against what is permitted.

local params = require("waba.sandbox.params")
local refusal = require("waba.sandbox.refusal")
local world = require("waba.sandbox.world")

local M = {}

local function set_of(list)
  local set = {}
  for _, item in ipairs(list) do set[item] = true end
  return set
end

local KNOWN = set_of(world.TASKS)

--- Reads the tasks of a request.
--
-- Meta documents code 100 for this call and no body for a task that the account does not permit.
-- The plain "Invalid parameter" of that code stands in for it.
---@param value? string|table the parameter as it was decoded
---@param permitted string[] tasks that may be given on this account
---@return string[]? tasks
---@return waba.sandbox.refusal? refused
function M.read(value, permitted)
  if value == nil or value == "" then return nil, refusal.new("missing_parameter", "tasks") end
  local tasks = params.list(value)
  if not tasks then return nil, refusal.new("not_a_value", "tasks", "an array of strings") end
  if #tasks == 0 then return nil, refusal.new("not_a_value", "tasks", "non-empty") end
  local allowed, forbidden = set_of(permitted), false
  for i, task in ipairs(tasks) do
    if not (allowed[task] or KNOWN[task]) then
      return nil, refusal.new("unknown_task", i - 1, table.concat(world.TASKS, ", "), task)
    end
    forbidden = forbidden or not allowed[task]
  end
  if forbidden then return nil, refusal.new("invalid_parameter") end
  return tasks
end

return M
