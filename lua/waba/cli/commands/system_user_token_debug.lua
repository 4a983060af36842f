local exit = require "waba.cli.exit"

return {
  name = "system-user token debug",
  summary = "Say what an access token is and may do",
  text = "The one in use, or one in a file. Times are seconds since 1970; an expires_at of 0 means "
    .. "never. The exit code is 7 where the token is not valid.",
  arguments = { { "FILE", "holds a token; nobody else can read it", "?" } },
  columns = { "is_valid", "type", "user_id", "app_id", "application", "issued_at", "expires_at",
    "data_access_expires_at", "scopes", "error" },
  examples = { "waba system-user token debug --sandbox --json" },
  run = function(ctx)
    local path = ctx.options.file
    local token = path and require("waba.cli.token").read_private(path, "FILE") or ctx:token()
    local rows = ctx:rows()
    local told, err = ctx:client():debug_token(token)
    if not told then return ctx:failed(err) end
    told.error = told.error and told.error.message
    rows:add(told)
    rows:finish()
    return told.is_valid and exit.done or exit.auth
  end,
}
