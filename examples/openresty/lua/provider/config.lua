--- What a provider sets: the environment, and which system users get what on every account.

local function required(name)
  local value = os.getenv(name)
  if not value or value == "" then
    error(name .. " is not set, or nginx.conf has no line `env " .. name .. ";`", 0)
  end
  return value
end

return {
  access_token = required "WABA_ACCESS_TOKEN", -- of our admin system user
  app_secret = required "WABA_APP_SECRET",     -- Meta signs webhooks with it
  app_id = os.getenv "WABA_APP_ID",
  business = required "WABA_BUSINESS_ID",      -- ours
  verify_token = required "WABA_VERIFY_TOKEN", -- made up by us, and told to Meta's dashboard
  base_url = os.getenv "WABA_GRAPH_URL",       -- to try it against the sandbox

  -- The access policy: our system users, by name.
  users = {
    { name = "My System User", tasks = { "DEVELOP", "MANAGE_TEMPLATES" } },
    { name = "Night shift", tasks = { "VIEW_COST" } },
  },
}
