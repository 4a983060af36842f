local change = require "waba.cli.change"

return {
  name = "ensure",
  summary = "See to it that a user has tasks on accounts",
  text = "Reads first, assigns only where tasks are missing, and reads again until they show. "
    .. "Running it twice changes nothing more. Tasks that the user has besides are kept; "
    .. "where the list does not tell them, nothing is assigned without --exact.",
  arguments = {
    { "WABA", "account: its id or exact name; several ids with commas between" },
    { "USER", "system user: id or exact name" },
    { "TASK", "such as MANAGE, or several", "+" },
  },
  targets = { "waba", "user", "tasks" },
  options = change.options(
    { "--exact", "these tasks and no others; asks first, or wants --yes" },
    { "--yes", "do not ask" }),
  columns = change.columns,
  examples = {
    "waba ensure 1234567890123456 100000008899900 VIEW_COST --sandbox",
    "waba ensure 102290129340398 1972555232742222 MANAGE --business 9876543210987654 --sandbox",
  },
  run = function(ctx)
    local exact = ctx.options.exact
    local options = { business = ctx:business(), exact = exact }
    return change.run(ctx, function(client, target)
      return client:ensure(target.waba_id, target.user_id, target.tasks, options)
    end, exact and "Take all other tasks on %s from the user?" or nil)
  end,
}
