return {
  name = "system-user show",
  summary = "Say who a system user is",
  arguments = { { "USER", "id or exact name" } },
  options = { { "--business", "ID", "where names are looked up; default: the profile's" } },
  columns = { "id", "name", "role" },
  examples = { "waba system-user show 1000081799813 --sandbox" },
  run = function(ctx)
    local rows = ctx:rows()
    local user, err = ctx:client():system_user(ctx:user(ctx.options.user))
    if not user then return ctx:failed(err, "USER " .. ctx.options.user) end
    rows:add(user)
    rows:finish()
  end,
}
