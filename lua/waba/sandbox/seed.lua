--- What a seed may hold, and whether its parts fit together.

local check = require("waba.sandbox.check")

local M = {}

---@class waba.sandbox.seed
---@field businesses { id: string, name: string }[]
---@field users waba.sandbox.user[]
---@field wabas waba.sandbox.waba[]
---@field tokens waba.sandbox.token[]
---@field app_id? string of the app that the tokens are of
---@field app_secret? string of that app; also handed to `proof`
---@field credit_lines? { id: string, business: string, legal_entity_name: string }[]
---@field proof? fun(message: string, secret: string): string lower-case hex HMAC-SHA256 of message
---@field require_proof? boolean refuse calls without `appsecret_proof` (default false)
---@field repeated_assign? "replace"|"merge" what a second POST does to the tasks (default replace)
---@field list_tasks? boolean whether assigned users carry `tasks` when read (default true)

---@class waba.sandbox.user
---@field id string
---@field name string
---@field business string id of the business the user belongs to
---@field role? "ADMIN"|"EMPLOYEE" default EMPLOYEE
---@field user_type? "SYSTEM_USER"|"BUSINESS_USER" default SYSTEM_USER
---@field app_installed? boolean whether tokens can be made for the user (default false)

---@class waba.sandbox.waba
---@field id string
---@field name string
---@field business string id of the owner; its users may be given every task
---@field shared_with? { business: string, permitted_tasks?: string[] }[] default: every task
---@field assigned? { user: string, tasks: string[] }[]
---@field currency? string
---@field timezone_id? string
---@field message_template_namespace? string
---@field status? string default ACTIVE
---@field solutions? waba.sandbox.solution[] Multi-Partner Solutions it is part of

---@class waba.sandbox.solution
---@field id string
---@field name string
---@field status? "DRAFT"|"INITIATED"|"ACTIVE"|"REJECTED"|"DEACTIVATED"
---@field owner_app? string id
---@field owner_permissions? string[] such as MESSAGING, the only one there is

---@class waba.sandbox.token
---@field token string
---@field user string id of the user the token speaks for
---@field scopes? string[] permissions such as "business_management" (default none)
---@field subcode? integer why the token is dead, in Graph's numbers: 463 expired, 467 invalid...
---@field expires_at? integer seconds since 1970; default 0, never. Nothing ends by itself
---@field proof? string the `appsecret_proof` that goes with the token

local task = check.matching("^[A-Z][A-Z_]*$", "a task such as MANAGE")
local tasks = check.list(task)

local BUSINESS = check.record({ id = check.id, name = check.text }, {})

local USER = check.record({ id = check.id, name = check.text, business = check.id }, {
  role = check.one_of("ADMIN", "EMPLOYEE"),
  user_type = check.one_of("SYSTEM_USER", "BUSINESS_USER"),
  app_installed = check.flag,
})

local SHARE = check.record({ business = check.id }, { permitted_tasks = tasks })
local ASSIGNMENT = check.record({ user = check.id, tasks = tasks }, {})

local SOLUTION = check.record({ id = check.id, name = check.text }, {
  status = check.one_of("DRAFT", "INITIATED", "ACTIVE", "REJECTED", "DEACTIVATED"),
  owner_app = check.id,
  owner_permissions = tasks,
})

local WABA = check.record({ id = check.id, name = check.text, business = check.id }, {
  shared_with = check.list(SHARE),
  assigned = check.list(ASSIGNMENT),
  currency = check.text,
  timezone_id = check.text,
  message_template_namespace = check.text,
  status = check.text,
  solutions = check.list(SOLUTION),
})

local TOKEN = check.record({
  token = check.matching("^[%w_|.-]+$", "made of letters, digits and _ | . -"),
  user = check.id,
}, {
  scopes = check.list(check.text),
  expires_at = check.count,
  subcode = check.one_of(458, 459, 460, 463, 464, 467, 490),
  proof = check.matching("^[0-9a-f]+$", "lower-case hex"),
})

local CREDIT_LINE = check.record({
  id = check.id, business = check.id, legal_entity_name = check.text,
}, {})

local SEED = check.record({
  businesses = check.list(BUSINESS),
  users = check.list(USER),
  wabas = check.list(WABA),
  tokens = check.list(TOKEN),
}, {
  app_id = check.id,
  app_secret = check.text,
  credit_lines = check.list(CREDIT_LINE),
  proof = check.func,
  require_proof = check.flag,
  repeated_assign = check.one_of("replace", "merge"),
  list_tasks = check.flag,
})

-- The first value that occurs twice under `field`, looking through all the named lists together.
local function find_repeat(seed, field, ...)
  local seen = {}
  for _, name in ipairs({ ... }) do
    for i, item in ipairs(seed[name] or {}) do
      local where = ("seed.%s[%d].%s"):format(name, i, field)
      if seen[item[field]] then return where .. " repeats " .. seen[item[field]] end
      seen[item[field]] = where
    end
  end
end

local function by_id(items)
  local map = {}
  for _, item in ipairs(items) do map[item.id] = item end
  return map
end

-- The first item whose `field` is not a key of `known`.
local function find_stray(items, path, field, known)
  for i, item in ipairs(items or {}) do
    if not known[item[field]] then
      return ("%s[%d].%s is not in the seed: %s"):format(path, i, field, item[field])
    end
  end
end

-- An assigned user must come from a business that can see the account, and only once.
local function check_assigned(waba, path, users)
  local sees, seen = { [waba.business] = true }, {}
  for _, share in ipairs(waba.shared_with or {}) do sees[share.business] = true end
  for i, assignment in ipairs(waba.assigned or {}) do
    local where = ("%s.assigned[%d].user"):format(path, i)
    if seen[assignment.user] then return where .. " is assigned twice" end
    if not sees[users[assignment.user].business] then
      return where .. " is of a business without access to this account"
    end
    seen[assignment.user] = true
  end
end

local function check_links(seed)
  local businesses, users = by_id(seed.businesses), by_id(seed.users)
  local message = find_stray(seed.users, "seed.users", "business", businesses)
    or find_stray(seed.wabas, "seed.wabas", "business", businesses)
    or find_stray(seed.tokens, "seed.tokens", "user", users)
    or find_stray(seed.credit_lines, "seed.credit_lines", "business", businesses)
  for i, waba in ipairs(seed.wabas) do
    local path = ("seed.wabas[%d]"):format(i)
    message = message
      or find_stray(waba.shared_with, path .. ".shared_with", "business", businesses)
      or find_stray(waba.assigned, path .. ".assigned", "user", users)
      or check_assigned(waba, path, users)
  end
  return message
end

--- Says what is wrong with a seed, naming the place; nil when it is sound.
---@param seed any
---@return string? message
function M.check(seed)
  return SEED(seed, "seed")
    or find_repeat(seed, "id", "businesses", "users", "wabas", "credit_lines")
    or find_repeat(seed, "token", "tokens")
    or check_links(seed)
end

return M
