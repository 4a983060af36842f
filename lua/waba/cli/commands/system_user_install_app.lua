return {
  name = "system-user install-app",
  summary = "Install an app for a system user, so that tokens of the app can be made",
  arguments = { { "USER", "id or exact name" }, { "APP", "id of the app" } },
  options = { { "--business", "ID", "where names are looked up; default: the profile's" } },
  columns = { "user", "app" },
  examples = { "waba system-user install-app 1972555232742222 670843887433847 --sandbox" },
  run = function(ctx)
    local options, rows = ctx.options, ctx:rows()
    local user = ctx:user(options.user)
    local done, err = ctx:client():install_app(user, options.app)
    if not done then return ctx:failed(err, "USER " .. options.user .. ", APP " .. options.app) end
    rows:add { user = user, app = options.app }
    rows:finish()
  end,
}
