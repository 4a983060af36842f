--- The state behind the emulator: who exists, who may do what, who is assigned where.
--
-- It answers questions and takes changes. It knows nothing of HTTP, JSON or error bodies.

local M = {}

local World = {}
local metatable = { __name = "waba.sandbox.world", __index = World }

--- The union of the task lists of Meta's page, its OpenAPI file and its SDKs, which all differ.
M.TASKS = {
  "MANAGE", "DEVELOP", "MANAGE_TEMPLATES", "MANAGE_PHONE", "VIEW_COST", "MANAGE_EXTENSIONS",
  "VIEW_PHONE_ASSETS", "MANAGE_PHONE_ASSETS", "VIEW_TEMPLATES", "MESSAGING", "VIEW_INSIGHTS",
  "MANAGE_USERS", "MANAGE_BILLING", "RECEIVE_INCOMING_MESSAGES", "FULL_CONTROL",
}

-- Calls an hour that Graph grants to one app on one account without a registered number.
local HOURLY_CALLS = 200

--- A deep copy of a seed.
function M.copy(value)
  if type(value) ~= "table" then return value end
  local result = {}
  for key, item in pairs(value) do result[key] = M.copy(item) end
  return result
end

local function add_nodes(nodes, items, type_of)
  for _, item in ipairs(items) do
    nodes[item.id] = { type = type_of(item), item = item }
  end
end

local function add_to(lists, key, item)
  lists[key] = lists[key] or {}
  table.insert(lists[key], item)
end

local function lists_of(wabas)
  local lists = { owned = {}, client = {} }
  for _, waba in ipairs(wabas) do
    add_to(lists.owned, waba.business, waba)
    for _, share in ipairs(waba.shared_with or {}) do add_to(lists.client, share.business, waba) end
  end
  return lists
end

local USER_NODES = { SYSTEM_USER = "SystemUser", BUSINESS_USER = "BusinessUser" }

--- Builds a world from a sound seed, which it copies.
---@param seed waba.sandbox.seed
function M.new(seed)
  local parts = M.copy(seed)
  local world = setmetatable({ settings = parts, nodes = {}, tokens = {}, calls = {} }, metatable)
  world.traces, world.made, world.allocations = 0, 0, {}
  world.users, world.wabas, world.lists = parts.users, parts.wabas, lists_of(parts.wabas)
  for _, user in ipairs(parts.users) do
    user.user_type, user.role = user.user_type or "SYSTEM_USER", user.role or "EMPLOYEE"
  end
  for _, waba in ipairs(parts.wabas) do waba.assigned = waba.assigned or {} end
  for _, token in ipairs(parts.tokens) do world.tokens[token.token] = token end
  add_nodes(world.nodes, parts.businesses, function() return "Business" end)
  add_nodes(world.nodes, parts.users, function(user) return USER_NODES[user.user_type] end)
  add_nodes(world.nodes, parts.wabas, function() return "WhatsAppBusinessAccount" end)
  add_nodes(world.nodes, parts.credit_lines or {}, function() return "ExtendedCredit" end)
  return world
end

--- The item with this id; with `wanted`, only a node of that type.
---@param id string
---@param wanted? string such as "Business"
---@return table? item
---@return string? type
function World:find(id, wanted)
  local node = self.nodes[id]
  if node and (not wanted or node.type == wanted) then return node.item, node.type end
end

--- The user with this id, if it is one of the business. To others its id does not exist: ids of
-- users are app-scoped.
function World:find_user(id, business)
  local user = self:find(id, "SystemUser") or self:find(id, "BusinessUser")
  if user and user.business == business then return user end
end

--- System users of a business, in the order of the seed.
function World:system_users(business)
  local found = {}
  for _, user in ipairs(self.users) do
    if user.business == business and user.user_type == "SYSTEM_USER" then
      found[#found + 1] = user
    end
  end
  return found
end

--- Accounts of a business, in the order of the seed: those it owns ("owned"), or those that others
-- share with it ("client").
function World:wabas_of(business, relation)
  return self.lists[relation][business] or {}
end

--- Goes through the accounts that a user is assigned to: account, tasks.
function World:each_assignment(user_id)
  local at = 0
  return function()
    while at < #self.wabas do
      at = at + 1
      for _, assignment in ipairs(self.wabas[at].assigned) do
        if assignment.user == user_id then return self.wabas[at], assignment.tasks end
      end
    end
  end
end

--- Tasks that a business may give on an account; nil when it has no access to it at all.
---@return string[]?
function World:permitted_tasks(waba_id, business)
  local waba = self:find(waba_id)
  if waba.business == business then return M.TASKS end
  for _, share in ipairs(waba.shared_with or {}) do
    if share.business == business then return share.permitted_tasks or M.TASKS end
  end
end

--- Whether a business can see a node. A foreign node looks like one that does not exist.
function World:sees(business, id)
  local item, node_type = self:find(id)
  if node_type == "WhatsAppBusinessAccount" then
    return self:permitted_tasks(id, business) ~= nil
  end
  return item ~= nil and (item.id == business or item.business == business)
end

--- Who of a business is assigned on an account: { user = user, tasks = tasks }, in order of time.
function World:assignments(waba_id, business)
  local found = {}
  for _, assignment in ipairs(self:find(waba_id).assigned) do
    local user = self:find_user(assignment.user, business)
    if user then found[#found + 1] = { user = user, tasks = assignment.tasks } end
  end
  return found
end

local function find_assignment(waba, user_id)
  for i, assignment in ipairs(waba.assigned) do
    if assignment.user == user_id then return assignment, i end
  end
end

-- `tasks` without repeats, after those in `base`.
local function union(base, tasks)
  local result, seen = {}, {}
  for _, list in ipairs({ base, tasks }) do
    for _, task in ipairs(list) do
      if not seen[task] then result[#result + 1] = task end
      seen[task] = true
    end
  end
  return result
end

--- Gives a user tasks on an account. Meta does not say whether a second call replaces the tasks
-- or adds to them, so the seed decides.
function World:assign(waba_id, user_id, tasks)
  local waba = self:find(waba_id)
  local assignment = find_assignment(waba, user_id)
  if not assignment then
    assignment = { user = user_id, tasks = {} }
    table.insert(waba.assigned, assignment)
  end
  local merge = self.settings.repeated_assign == "merge"
  assignment.tasks = union(merge and assignment.tasks or {}, tasks)
end

-- Ids of what is made here: the same in every run.
local function next_id(self, kind)
  self.made = self.made + 1
  return ("%d%014d"):format(kind, self.made)
end

--- Makes a system user.
---@return table user
function World:create_user(business, name, role)
  local user = { id = next_id(self, 7), name = name, business = business, role = role,
    user_type = "SYSTEM_USER" }
  table.insert(self.users, user)
  self.nodes[user.id] = { type = "SystemUser", item = user }
  return user
end

--- Makes a token that works from now on.
---@return waba.sandbox.token
function World:mint(user_id, scopes, expires_at)
  local token = { token = "EAATESTMINTED" .. next_id(self, 5), user = user_id, scopes = scopes,
    expires_at = expires_at }
  self.tokens[token.token] = token
  return token
end

--- Shares a line of credit with the owner of an account, and attaches it to the account.
---@return table allocation
function World:allocate(line_id, waba)
  local allocation = { id = next_id(self, 8), line = line_id, waba = waba.id,
    business = self:find(line_id).business, receiving_business = waba.business,
    credential = next_id(self, 9), request_status = "APPROVED" }
  waba.primary_funding_id = allocation.credential
  table.insert(self.allocations, allocation)
  self.nodes[allocation.id] = { type = "ExtendedCreditAllocationConfig", item = allocation }
  return allocation
end

--- Takes all tasks from a user.
---@return boolean removed false when the user was not assigned
function World:unassign(waba_id, user_id)
  local waba = self:find(waba_id)
  local _, at = find_assignment(waba, user_id)
  if at then table.remove(waba.assigned, at) end
  return at ~= nil
end

--- The next `fbtrace_id`: a counter, so that two runs are alike.
function World:next_trace()
  self.traces = self.traces + 1
  return ("ASANDBOX_%013d"):format(self.traces)
end

--- Counts a call against an account, or against the app where `key` is "app".
function World:count_call(key)
  self.calls[key] = (self.calls[key] or 0) + 1
end

--- Calls so far as a whole percentage of the hourly limit. There is no clock: it never falls.
---@return integer percent may exceed 100, as Graph's does
function World:usage(key)
  return math.floor((self.calls[key] or 0) * 100 / HOURLY_CALLS)
end

return M
