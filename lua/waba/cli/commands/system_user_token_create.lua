local minted = require "waba.cli.minted"

return {
  name = "system-user token create",
  summary = "Make an access token for a system user",
  text = "The app must be installed for the user, and its secret be known: WABA_APP_SECRET, or the "
    .. "profile's app_secret_file. The token is written once, and kept nowhere else.",
  arguments = {
    { "USER", "id or exact name" },
    { "APP", "id of the app" },
    { "SCOPE", "permissions, such as whatsapp_business_management", "+" },
  },
  options = {
    { "--expires", "in 60 days; without, never" },
    minted.option,
    { "--business", "ID", "where names are looked up; default: the profile's" },
  },
  columns = minted.columns,
  examples = {
    "waba system-user token create 1000081799813 670843887433847 whatsapp_business_management "
      .. "--sandbox --to token",
  },
  run = function(ctx)
    minted.prepare(ctx)
    local options = ctx.options
    local made, err = ctx:client():create_token(ctx:user(options.user), options.app, options.scope,
      { expires = options.expires })
    if not made then return ctx:failed(err, "USER " .. options.user .. ", APP " .. options.app) end
    minted.hand_over(ctx, made)
  end,
}
