--- An access table of any size, as client:access would return it, always the same.

local M = {}

local SHOPS = {
  "Lucky Shrub", "Blue Lagoon Travel", "Northwind Coffee", "Oranje Fietsen", "Café Río",
  "Acme Pharmacy", "Harbour Hotel", "Müller & Söhne", "さくら書店", "مخبز النور", "Ocean Bank",
  "Tall Tree Books", "Green Courier", "Metro Clinic", "Sunny Kitchen", "Atlas Insurance",
}

local PEOPLE = {
  "Provisioning", "Anna Flex", "Night shift", "Reporting server", "Jasper Brown",
  "Billing robot", "Template sync", "Olena Шевченко", "On-call rotation", "Support desk Lisbon",
}

local SETS = {
  { "MANAGE" }, { "DEVELOP" }, { "VIEW_COST", "VIEW_TEMPLATES" }, { "MANAGE_TEMPLATES" },
  { "MESSAGING", "MANAGE_PHONE", "VIEW_PHONE_ASSETS" }, { "MANAGE_BILLING", "VIEW_COST" },
  { "VIEW_INSIGHTS" }, { "DEVELOP", "MANAGE_EXTENSIONS", "MANAGE_PHONE_ASSETS", "VIEW_COST" },
}

--- Uniform in 1 to n, from a generator of our own: both VMs draw the same.
local function dice(state)
  return function(n)
    state = (state * 16807) % 2147483647
    return state % n + 1
  end
end

local function user(i)
  local name = PEOPLE[(i - 1) % #PEOPLE + 1]
  local round = math.floor((i - 1) / #PEOPLE)
  return { id = ("1000%011d"):format(i * 7919),
    name = round > 0 and name .. " " .. round + 1 or name,
    user_type = (i % 5 == 2 or i % 5 == 0) and "BUSINESS_USER" or "SYSTEM_USER" }
end

local function tasks_of(roll, i)
  if i == 1 then return roll(40) > 1 and { "MANAGE" } or nil end -- the one that is everywhere
  local drawn = roll(100)
  if drawn > 42 then return nil end
  if drawn == 42 then return "unknown" end
  return SETS[(i + (drawn > 30 and roll(#SETS) or 0)) % #SETS + 1]
end

---@param accounts integer
---@param users integer
function M.make(accounts, users)
  local roll = dice(20261125)
  local access = { business = "9876543210987654", users = {}, accounts = {},
    requests = users + 4, naive = accounts + 2 }
  for i = 1, users do access.users[i] = user(i) end
  for i = 1, accounts do
    local account = { id = ("10%013d"):format(i * 104729), tasks = {},
      name = SHOPS[roll(#SHOPS)] .. (accounts > 20 and " " .. i or ""),
      ownership = roll(4) == 1 and "owned" or "client" }
    for j = 1, users do account.tasks[access.users[j].id] = tasks_of(roll, j) end
    if roll(40) == 1 then
      account.tasks = {}
      account.unknown = { kind = "throttled", message = "(#80008) There have been too many calls" }
    end
    access.accounts[i] = account
  end
  return access
end

return M
