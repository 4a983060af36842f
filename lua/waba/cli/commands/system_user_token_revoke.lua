local ask = require "waba.cli.ask"

return {
  name = "system-user token revoke",
  summary = "End one access token",
  text = "Asks before it does, or wants --yes. WABA_APP_SECRET, or the profile's app_secret_file, "
    .. "and the app's id, --app-id or the profile's app_id, must be known.",
  arguments = {
    { "FILE", "holds the token that is to end; nobody else can read it; default: the one in use",
      "?" },
  },
  options = {
    { "--app-id", "ID", "of the app that issued the token" },
    { "--yes", "do not ask" },
  },
  columns = { "result" },
  examples = { "waba system-user token revoke --yes --sandbox" },
  run = function(ctx)
    ctx:needs_secret()
    ctx:needs_app_id()
    local path = ctx.options.file
    local token = path and require("waba.cli.token").read_private(path, "FILE") or ctx:token()
    ask.confirm(ctx, path and ("End the token in %s?"):format(path) or "End the token in use?")
    local rows = ctx:rows()
    local done, err = ctx:client():revoke_token(token)
    if not done then return ctx:failed(err) end
    rows:add { result = "revoked" }
    rows:finish()
  end,
}
