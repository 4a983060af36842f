return {
  name = "system-user rename",
  summary = "Give a system user another name",
  arguments = {
    { "BUSINESS", "id of the business" },
    { "USER", "id or exact name" },
    { "NAME", "the new name" },
  },
  columns = { "id", "name" },
  examples = {
    'waba system-user rename 9876543210987654 "Night shift" "Day shift" --sandbox',
  },
  run = function(ctx)
    local options, rows = ctx.options, ctx:rows()
    local user = ctx:user(options.user)
    local done, err = ctx:client():rename_system_user(options.business, user, options.name)
    if not done then return ctx:failed(err, "USER " .. options.user) end
    rows:add { id = user, name = options.name }
    rows:finish()
  end,
}
