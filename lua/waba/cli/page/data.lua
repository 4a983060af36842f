--- What the access page is told, as JSON that can stand inside <script>, and its totals.

local core = require "waba.core"

local M = {}

-- What a task lets its holder do: 3 decide over the account, 2 change something on it, 1 look.
local LEVELS = {
  FULL_CONTROL = 3, MANAGE = 3, MANAGE_USERS = 3, MANAGE_BILLING = 3,
  DEVELOP = 2, MESSAGING = 2, MANAGE_PHONE = 2, MANAGE_PHONE_ASSETS = 2, MANAGE_TEMPLATES = 2,
  MANAGE_EXTENSIONS = 2, RECEIVE_INCOMING_MESSAGES = 2,
  VIEW_COST = 1, VIEW_INSIGHTS = 1, VIEW_PHONE_ASSETS = 1, VIEW_TEMPLATES = 1,
}

-- Before others of their level: a cell shows the first of its tasks.
local FIRST = { FULL_CONTROL = 1, MANAGE = 2, MANAGE_USERS = 3, DEVELOP = 1, MESSAGING = 2 }

--- The level of a task; of one that is not known here, by its name.
local function level(task)
  return LEVELS[task] or (task:find("^VIEW_") and 1 or 2)
end

local function stronger(a, b)
  if level(a) ~= level(b) then return level(a) > level(b) end
  local first, second = FIRST[a] or 9, FIRST[b] or 9
  if first ~= second then return first < second end
  return a < b
end

local ESCAPES = {
  ["<"] = "\\u003c", [">"] = "\\u003e", ["&"] = "\\u0026",
  ["\226\128\168"] = "\\u2028", ["\226\128\169"] = "\\u2029",
}

local function text(value)
  local json = core.json.encode(tostring(value or ""))
  return (json:gsub("[<>&]", ESCAPES):gsub("\226\128[\168\169]", ESCAPES))
end

local function array(items)
  return "[" .. table.concat(items, ",") .. "]"
end

--- Every task that is known or in use, the strongest first; and the place of each, from 0.
local function all_tasks(access)
  local list, places = {}, {}
  local function add(task)
    if not places[task] then list[#list + 1], places[task] = task, true end
  end
  for task in pairs(core.tasks) do add(task) end
  for _, account in ipairs(access.accounts) do
    for _, tasks in pairs(account.tasks) do
      if type(tasks) == "table" then for _, task in ipairs(tasks) do add(task) end end
    end
  end
  table.sort(list, stronger)
  for i, task in ipairs(list) do places[task] = i - 1 end
  return list, places
end

--- Numbers the sets of tasks: thousands of cells share a few.
local function set_numbering(places)
  local sets, numbers = {}, {}
  return sets, function(tasks)
    local members = {}
    for i, task in ipairs(tasks) do members[i] = places[task] end
    table.sort(members)
    local key = array(members)
    if not numbers[key] then
      sets[#sets + 1] = key
      numbers[key] = #sets - 1
    end
    return numbers[key]
  end
end

local function describe_tasks(tasks)
  local described = {}
  for i, task in ipairs(tasks) do
    local known = core.tasks[task]
    described[i] = array { text(task), level(task), text(known and known.meaning) }
  end
  return array(described)
end

--- The users of the access, and those that only an account names, in this order.
local function all_users(access)
  local described, places = {}, {}
  local function add(user)
    described[#described + 1] = array { text(user.id), text(user.name), text(user.user_type) }
    places[user.id] = #described - 1
  end
  for _, user in ipairs(access.users) do add(user) end
  local strays = {}
  for _, account in ipairs(access.accounts) do
    for id in pairs(account.tasks) do
      if not places[id] then strays[#strays + 1], places[id] = id, true end
    end
  end
  table.sort(strays)
  for _, id in ipairs(strays) do add { id = id } end
  return described, places
end

local function reason(err)
  if type(err) ~= "table" then return tostring(err) end
  return ("%s: %s"):format(err.kind, err.message)
end

--- One account; its cells as pairs of a user and a set of tasks, -1 for unknown ones.
local function describe_account(account, user_places, number_of, totals)
  local pairs_of, ids = {}, {}
  for id in pairs(account.tasks) do ids[#ids + 1] = id end
  table.sort(ids)
  for i, id in ipairs(ids) do
    local tasks = account.tasks[id]
    local known = type(tasks) == "table"
    pairs_of[i] = user_places[id] .. "," .. (known and number_of(tasks) or -1)
    totals.assignments = totals.assignments + 1
    if not known then totals.unknown_tasks = totals.unknown_tasks + 1 end
  end
  if account.unknown then totals.unread = totals.unread + 1 end
  totals[account.ownership] = (totals[account.ownership] or 0) + 1
  return array { text(account.id), text(account.name), text(account.ownership),
    account.unknown and text(reason(account.unknown)) or "null", array(pairs_of) }
end

---@class waba.AccessTotals
---@field accounts integer
---@field users integer
---@field assignments integer pairs of an account and a user that is on it
---@field unknown_tasks integer of these, whose tasks are unknown
---@field unread integer accounts that could not be read, or not wholly
---@field owned integer|nil accounts by ownership
---@field client integer|nil

--- Describes what `client:access` returned.
---@param access table
---@return string json safe inside <script>
---@return waba.AccessTotals
function M.describe(access)
  local tasks, places = all_tasks(access)
  local sets, number_of = set_numbering(places)
  local users, user_places = all_users(access)
  local totals = { accounts = #access.accounts, users = #users,
    assignments = 0, unknown_tasks = 0, unread = 0 }
  local accounts = {}
  for i, account in ipairs(access.accounts) do
    accounts[i] = describe_account(account, user_places, number_of, totals)
  end
  return ('{"tasks":%s,"users":%s,"sets":%s,"accounts":%s}'):format(
    describe_tasks(tasks), array(users), array(sets), array(accounts)), totals
end

return M
