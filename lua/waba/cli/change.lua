--- What `assign`, `unassign` and `ensure` have in common: a write to an account for a user, and a
-- row that says what came of it.

local ask = require "waba.cli.ask"
local bulk = require "waba.cli.bulk"
local targets = require "waba.cli.targets"

local M = {}

M.columns = { "waba", "user", "tasks", "result", "error", "message", "fbtrace_id" }

--- The options of a command that writes, its own first.
---@param ... string[]
---@return string[][]
function M.options(...)
  local list = { ... }
  for _, more in ipairs { targets.options, bulk.options } do
    for _, option in ipairs(more) do list[#list + 1] = option end
  end
  return list
end

local function result_of(value, err)
  if err == nil then return value end
  return type(err) == "table" and (err.kind == "indeterminate" or err.kind == "unverified")
    and "not known" or "failed"
end

local function row_of(target, value, err)
  local told = type(err) == "table" and err or { message = err and tostring(err) }
  return {
    waba = target.waba_id or target.waba, user = target.user_id or target.user,
    tasks = target.tasks, result = result_of(value, err), request = target.request,
    error = told.kind, message = told.message, fbtrace_id = told.fbtrace_id,
  }
end

---@param ctx waba.cli.Context
---@param fn fun(client: waba.Client, target: waba.cli.Target): string|nil, any
---@param question string|nil asked before, where access goes; %s is what it is about
---@return integer code
function M.run(ctx, fn, question)
  local all = targets.of(ctx)
  if all.total == 0 then ctx.say:note("there is no account to do it to") end
  if question and all.total > 0 then
    local what = all.total == 1 and "1 account" or all.total .. " accounts"
    ask.confirm(ctx, question:format(what))
  end
  local client = ctx:client()
  return bulk.run(ctx, all, function(target) return fn(client, target) end, {
    columns = ctx.options.dry_run and { "waba", "user", "tasks", "result", "request", "error",
      "message" } or nil,
    writes = true,
    rows = function(target, value, err) return { row_of(target, value, err) } end,
  })
end

return M
