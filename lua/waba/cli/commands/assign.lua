local change = require "waba.cli.change"

--- Whatever kept the tasks from being read back: they were assigned.
---@param failure waba.Error
local function doubt(failure)
  if failure.kind ~= "unverified" and failure.kind ~= "indeterminate" then
    failure.message = ("assigned; reading back failed: %s: %s"):format(failure.kind,
      failure.message)
    failure.kind, failure.retryable = "unverified", false
  end
  return failure
end

return {
  name = "assign",
  summary = "Give a user tasks on accounts",
  text = "Whether Graph adds the tasks to those the user has or replaces them is not documented: "
    .. "`waba ensure` never loses one.",
  arguments = {
    { "WABA", "account: its id or exact name; several ids with commas between" },
    { "USER", "system user: id or exact name" },
    { "TASK", "such as MANAGE, or several", "+" },
  },
  targets = { "waba", "user", "tasks" },
  options = change.options(
    { "--verify", "read back until the tasks show, and send once more where they do not at first; "
      .. "where they never do, the exit code is 3" }),
  columns = change.columns,
  examples = {
    "waba assign 102290129340398 1972555232742222 MANAGE --sandbox",
    "waba assign 102290129340398,1234567890123456 1972555232742222 DEVELOP --dry-run --sandbox",
  },
  run = function(ctx)
    local business = ctx.options.verify and ctx:business()
    return change.run(ctx, function(client, target)
      local done, err = client:assign(target.waba_id, target.user_id, target.tasks)
      if not done then return nil, err end
      if not business then return "assigned" end
      -- Reads until it shows, and sends again only where it does not.
      done, err = client:ensure(target.waba_id, target.user_id, target.tasks,
        { business = business })
      if not done then return nil, doubt(err) end
      return "verified"
    end)
  end,
}
