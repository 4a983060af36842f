local bulk = require "waba.cli.bulk"
local exit = require "waba.cli.exit"
local matrix = require "waba.cli.access"
local targets = require "waba.cli.targets"

local function has(tasks, wanted)
  for _, task in ipairs(tasks) do
    if task == wanted then return true end
  end
  return false
end

--- Accounts that are named: one read for each.
local function of_accounts(ctx, task)
  local business, client = ctx:business(), ctx:client()
  return bulk.run(ctx, targets.of(ctx), function(target)
    return client:assigned_users(target.waba_id, business)
  end, {
    rows = function(target, users, err)
      if err ~= nil then
        return { { waba = target.waba_id or target.waba, error = err.kind or "failed" } }
      end
      local rows = {}
      for _, user in ipairs(users) do
        user.waba, user.error = target.waba_id, not user.tasks and "unknown" or nil
        if not user.tasks or has(user.tasks, task) then rows[#rows + 1] = user end
      end
      return rows
    end,
  })
end

--- All of the business.
local function of_business(ctx, task)
  local business = ctx:business()
  local rows = ctx:rows() -- checks --fields before anything is sent
  local access, err = matrix.read(ctx, business)
  if not access then return ctx:failed(err) end
  matrix.each(access, function(account, user, tasks)
    local trouble = matrix.trouble(account, user, tasks)
    if not trouble and not (tasks and has(tasks, task)) then return end
    user = user or {}
    rows:add { waba = account.id, id = user.id, name = user.name, user_type = user.user_type,
      error = trouble }
  end)
  rows:finish()
  return matrix.tell(ctx, access) > 0 and exit.partial or exit.done
end

--- Meta adds to the tasks: one that is not known here is looked for, aloud.
local function warn_of_unknown(ctx, task)
  local known, names = require("waba").tasks, {}
  if known[task] then return end
  for name in pairs(known) do names[#names + 1] = name end
  table.sort(names)
  ctx.say:problem(task .. " is not a task known here", "known are " .. table.concat(names, ", "))
end

return {
  name = "who-can",
  summary = "Say who has a task, on all accounts of a business or on some",
  text = "Where Graph did not tell a user's tasks, or an account could not be read, there is a row "
    .. "with \"error\" in it: who is not listed may still have the task there.",
  arguments = {
    { "TASK", "such as MANAGE" },
    { "WABA", "accounts: ids or exact names; default: all of the business", "*" },
  },
  targets = { "waba" },
  options = targets.options,
  columns = { "waba", "id", "name", "user_type", "error" },
  examples = {
    "waba who-can MANAGE --business 9876543210987654 --sandbox",
    "waba who-can VIEW_COST 1234567890123456 --sandbox",
  },
  run = function(ctx)
    local task = table.remove(ctx.options.words, 1)
    if not task then exit.fail("usage", "TASK is missing on the command line") end
    if not task:find("^[A-Z_]+$") then
      exit.fail("usage", ("TASK is %q, and must be capital letters, such as MANAGE"):format(task))
    end
    warn_of_unknown(ctx, task)
    if ctx.options.words[1] or ctx.options.from then return of_accounts(ctx, task) end
    return of_business(ctx, task)
  end,
}
