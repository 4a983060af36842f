local bulk = require "waba.cli.bulk"
local targets = require "waba.cli.targets"

return {
  name = "assigned-users",
  summary = "List who is assigned to accounts, and with which tasks",
  text = "Of an account that could not be read there is a row with the error in it. Empty tasks "
    .. "mean that Graph did not tell them, never that there are none.",
  arguments = { { "WABA", "accounts: ids or exact names", "*" } },
  targets = { "waba" },
  options = targets.options,
  columns = { "waba", "id", "name", "user_type", "tasks", "error" },
  examples = {
    "waba assigned-users 1234567890123456 --business 9876543210987654 --sandbox",
    "waba assigned-users --all --business 9876543210987654 --csv --sandbox",
  },
  run = function(ctx)
    local business, client = ctx:business(), ctx:client()
    local all = targets.of(ctx)
    return bulk.run(ctx, all, function(target)
      return client:assigned_users(target.waba_id, business)
    end, {
      rows = function(target, users, err)
        if err ~= nil then
          return { { waba = target.waba_id or target.waba, error = err.kind or "failed" } }
        end
        for _, user in ipairs(users) do user.waba = target.waba_id end
        return users
      end,
    })
  end,
}
