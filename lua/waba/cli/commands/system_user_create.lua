return {
  name = "system-user create",
  summary = "Make a system user",
  text = "It cannot be deleted again: only its access and its tokens can be taken away.",
  arguments = {
    { "BUSINESS", "id of the business" },
    { "NAME", "as Business Settings will show it" },
    { "ROLE", "ADMIN or EMPLOYEE" },
  },
  columns = { "id", "name", "role" },
  examples = { 'waba system-user create 9876543210987654 "Night shift 2" EMPLOYEE --sandbox' },
  run = function(ctx)
    local options, rows = ctx.options, ctx:rows()
    local made, err = ctx:client():create_system_user(options.business, options.name, options.role)
    if not made then return ctx:failed(err) end
    rows:add { id = made.id, name = options.name, role = options.role }
    rows:finish()
  end,
}
