return {
  name = "system-users",
  summary = "List the system users of a business",
  arguments = { { "BUSINESS", "id of the business; default: the profile's", "?" } },
  columns = { "id", "name", "role" },
  examples = { "waba system-users 9876543210987654 --sandbox" },
  run = function(ctx)
    local rows = ctx:rows()
    for user, failure in ctx:client():each("system_users", ctx:business()) do
      if not user then
        rows:finish()
        return ctx:failed(failure)
      end
      rows:add(user)
    end
    rows:finish()
  end,
}
