--- What a provider sets: the environment, and which system users get what on every account. What is
-- wrong with it shows at start.

local DICTS = { "accounts", "open", "busy", "budget", "cache", "metrics" }

for _, name in ipairs(DICTS) do
  if not ngx.shared["waba_" .. name] then
    error(("nginx.conf has no line `lua_shared_dict waba_%s ...;`"):format(name), 0)
  end
end

local function required(name)
  local value = os.getenv(name)
  if not value or value == "" then
    error(name .. " is not set, or nginx.conf has no line `env " .. name .. ";`", 0)
  end
  return value
end

local function is_text(value)
  return type(value) == "string" and value ~= ""
end

local function is_sound(user)
  local tasks = type(user) == "table" and is_text(user.name) and user.tasks
  if type(tasks) ~= "table" or #tasks == 0 then return false end
  for _, task in ipairs(tasks) do
    if not is_text(task) then return false end
  end
  return true
end

local function checked(users)
  for i, user in ipairs(users) do
    if not is_sound(user) then
      error(('config.lua: users[%d] must be { name = "...", tasks = { "...", ... } }'):format(i), 0)
    end
  end
  return users
end

return {
  access_token = required "WABA_ACCESS_TOKEN", -- of our admin system user
  app_secret = required "WABA_APP_SECRET",     -- Meta signs webhooks with it
  app_id = os.getenv "WABA_APP_ID",
  business = required "WABA_BUSINESS_ID",      -- ours
  verify_token = required "WABA_VERIFY_TOKEN", -- made up by us, and told to Meta's dashboard
  base_url = os.getenv "WABA_GRAPH_URL",       -- to try it against the sandbox

  -- The access policy: our system users, by name.
  users = checked {
    { name = "My System User", tasks = { "DEVELOP", "MANAGE_TEMPLATES" } },
    { name = "Night shift", tasks = { "VIEW_COST" } },
  },
}
