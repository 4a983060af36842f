return {
  name = "accounts",
  summary = "List the accounts of a business, its own and those shared with it",
  arguments = { { "BUSINESS", "id of the business; default: the profile's", "?" } },
  columns = { "id", "name", "ownership" },
  examples = { "waba accounts 9876543210987654 --sandbox" },
  run = function(ctx)
    local business, rows = ctx:business(), ctx:rows()
    for _, list in ipairs { { "owned_accounts", "owned" }, { "client_accounts", "client" } } do
      for account, failure in ctx:client():each(list[1], business, { fields = "id,name" }) do
        if not account then
          rows:finish()
          return ctx:failed(failure)
        end
        account.ownership = list[2]
        rows:add(account)
      end
    end
    rows:finish()
  end,
}
