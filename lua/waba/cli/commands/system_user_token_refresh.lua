local minted = require "waba.cli.minted"

return {
  name = "system-user token refresh",
  summary = "Make a token that lasts 60 days from the one that is in use",
  text = "The token in use must be alive, and lives on. WABA_APP_SECRET, or the profile's "
    .. "app_secret_file, and the app's id, --app-id or the profile's app_id, must be known.",
  options = { { "--app-id", "ID", "of the app that issued the token" }, minted.option },
  columns = minted.columns,
  examples = { "waba system-user token refresh --sandbox --to token" },
  run = function(ctx)
    minted.prepare(ctx)
    ctx:needs_app_id()
    local made, err = ctx:client():refresh_token(ctx:token())
    if not made then return ctx:failed(err) end
    minted.hand_over(ctx, made)
  end,
}
