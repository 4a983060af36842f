local change = require "waba.cli.change"

return {
  name = "unassign",
  summary = "Take a user off accounts, with all tasks",
  text = "Asks before it does, or wants --yes.",
  arguments = {
    { "WABA", "account: its id or exact name; several ids with commas between" },
    { "USER", "user: id, or a system user's exact name" },
  },
  targets = { "waba", "user" },
  options = change.options(
    { "--verify", "read until the user is not listed any more; unlike without, one who was not "
      .. "assigned is no failure" },
    { "--yes", "do not ask" }),
  columns = change.columns,
  examples = {
    "waba unassign 1234567890123456 100000008899900 --yes --sandbox",
    "waba unassign 1234567890123456 100000008899900 --dry-run --sandbox",
  },
  run = function(ctx)
    local business = ctx.options.verify and ctx:business()
    return change.run(ctx, function(client, target)
      if business then
        return client:revoke(target.waba_id, target.user_id, { business = business })
      end
      local done, err = client:unassign(target.waba_id, target.user_id)
      return done and "revoked", err
    end, "Take access to %s away?")
  end,
}
