local ask = require "waba.cli.ask"

return {
  name = "system-user token invalidate",
  summary = "End all access tokens of a system user",
  text = "Asks before it does, or wants --yes. Whatever runs with one of them stops working.",
  arguments = { { "USER", "id or exact name" } },
  options = {
    { "--yes", "do not ask" },
    { "--business", "ID", "where names are looked up; default: the profile's" },
  },
  columns = { "user", "result" },
  examples = { "waba system-user token invalidate 1972555232742222 --yes --sandbox" },
  run = function(ctx)
    local user = ctx:user(ctx.options.user)
    ask.confirm(ctx, ("End all tokens of system user %s?"):format(user))
    local rows = ctx:rows()
    local done, err = ctx:client():invalidate_tokens(user)
    if not done then return ctx:failed(err, "USER " .. ctx.options.user) end
    rows:add { user = user, result = "invalidated" }
    rows:finish()
  end,
}
