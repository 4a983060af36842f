--- `client:access`: who may do what on every account of a business, in one table.
--
-- A list of accounts can hold the users of each: one read for 100 accounts. Where Graph does not
-- answer that (the inner list has further pages, is left out, is too much at once, is refused), the
-- accounts in question are read one by one. Tasks that no list tells are asked of the inverse edge,
-- the accounts of a user. What is unknown after all that is marked, never guessed.

local accounts = require "waba.accounts"
local claims = require "waba.map.claim"
local core = require "waba.core"
local err = require "waba.err"
local map = require "waba.map"
local run = require "waba.run"

---@class waba.AccessOptions
---@field timeout number|nil seconds for each request with its retries; default the client's
---@field on_progress (fun(done: integer, total: integer))|nil accounts read, of those found so far
---@field system_users_only boolean|nil other users do not matter: where lists cannot hold users,
---  one read for each system user does instead of one for each account

---@class waba.Access
---@field business string
---@field users { id: string, name: string|nil, user_type: string|nil }[] sorted by id
---@field accounts waba.AccessAccount[] sorted by id
---@field requests integer sent for this
---@field naive integer that would have been sent, account by account
---@field system_users_only true|nil the users are system users only: see the option

---@class waba.AccessAccount
---@field id string
---@field name string|nil
---@field ownership "owned"|"client"
---@field tasks table<string, string[]|"unknown"> by id of the user; "unknown": assigned, no more
---@field unknown waba.Error|nil why the account could not be read, or only partly

---@class waba.AccessJob
local Job = {}
Job.__index = Job

local PAGE = accounts.PAGE

--- The client's driver as it is at the time, which a map changes, counting requests.
local function counting(job, client)
  local function emit(type, ...)
    if type == "request" then job.requests = job.requests + 1 end
    local inner = client.driver.emit
    if inner then inner(type, ...) end
  end
  return setmetatable({ emit = emit }, { __index = function(_, key) return client.driver[key] end })
end

function Job:run(call, reason)
  if not call then return nil, err.wrap(reason) end
  return run.run(call, self.driver)
end

function Job:list(operation, ...)
  return self:run(core.calls[operation](self.settings, ...))
end

function Job:add_user(user)
  local known = self.users[user.id]
  if not known then
    known = { id = user.id }
    self.users[user.id] = known
  end
  known.name, known.user_type = known.name or user.name, known.user_type or user.user_type
end

local function by_id(a, b)
  if #a.id ~= #b.id then return #a.id < #b.id end
  return a.id < b.id
end

local function sorted(map_of)
  local list = {}
  for _, item in pairs(map_of) do list[#list + 1] = item end
  table.sort(list, by_id)
  return list
end

function Job:tell()
  if self.on_progress then self.on_progress(self.done, self.found) end
end

--- Takes over who is assigned; false where the list is not whole.
function Job:take_users(account, list, paging)
  if type(list) ~= "table" or (type(paging) == "table" and paging.next) then return false end
  local tasks = {}
  for _, user in ipairs(list) do
    if type(user) ~= "table" or type(user.id) ~= "string" then return false end
    tasks[user.id] = type(user.tasks) == "table" and user.tasks or "unknown"
  end
  for _, user in ipairs(list) do self:add_user(user) end
  account.tasks, account.unknown, self.done = tasks, nil, self.done + 1
  return true
end

function Job:take_accounts(list, ownership)
  for _, item in ipairs(list) do
    if not self.accounts[item.id] then
      local account = { id = item.id, name = item.name, ownership = ownership, tasks = {} }
      self.accounts[item.id], self.found = account, self.found + 1
      local inner = type(item.assigned_users) == "table" and item.assigned_users or {}
      if not self:take_users(account, inner.data, inner.paging) then
        table.insert(self.unread, account)
      end
    end
  end
  self:tell()
end

function Job:read_account(account)
  local list, failure = self:list("assigned_users", account.id, self.business,
    { fields = accounts.USER_FIELDS, timeout = self.timeout })
  if not (list and self:take_users(account, list)) then
    account.unknown = failure or accounts.protocol("a user without an id")
    self.done = self.done + 1
  end
  self:tell()
end

--- Many at a time; one by one where this client is at work in a map already.
function Job:read_each(list)
  local client = self.client
  if not list[1] then return end
  if claims.taken(client) then
    for _, account in ipairs(list) do self:read_account(account) end
    return
  end
  local _, errors, stopped = map(client, list, function(account)
    self:read_account(account)
  end)
  if stopped then error(stopped.reason, 0) end
  local _, raised = next(errors)
  if raised ~= nil then error(raised, 0) end
end

--- What the inverse edge says of a user: tasks by account, or nil.
function Job:accounts_of(user_id)
  local list = self:list("assigned_accounts", user_id, { fields = "id,tasks",
    timeout = self.timeout })
  if not list then return nil end
  local tasks = {}
  for _, account in ipairs(list) do tasks[account.id] = account.tasks or "unknown" end
  return tasks
end

--- Instead of reading the accounts: reads those of each system user. false: it does not answer.
function Job:read_by_users(list)
  local answers = {}
  for _, id in ipairs(self.system_users) do
    answers[id] = self:accounts_of(id)
    if not answers[id] then return false end
  end
  for _, account in ipairs(list) do
    for id, tasks in pairs(answers) do account.tasks[id] = tasks[account.id] end
  end
  self.done, self.by_users = self.done + #list, true
  self:tell()
  return true
end

local function lacks(account, user_id)
  return account.unknown ~= nil or account.tasks[user_id] == "unknown"
end

--- Tasks that no list has told, from the inverse edge, as far as it answers: a network that is gone
--- is not to be waited for once more for every user.
function Job:fill()
  for _, id in ipairs(self.system_users) do
    local answer
    for _, account in pairs(self.accounts) do
      if lacks(account, id) then
        answer = answer or self:accounts_of(id)
        if not answer then return end
        account.tasks[id] = answer[account.id] or account.tasks[id]
      end
    end
  end
end

local function pages(count)
  return math.max(1, math.ceil(count / PAGE))
end

--- What account by account would take: the three lists, and one request for each account.
function Job:naive()
  local count = { owned = 0, client = 0 }
  for _, account in pairs(self.accounts) do
    count[account.ownership] = count[account.ownership] + 1
  end
  return pages(#self.system_users) + pages(count.owned) + pages(count.client) + self.found
end

function Job:read()
  local list, failure = self:list("system_users", self.business, { fields = "id,name",
    timeout = self.timeout })
  if not list then return failure end
  for i, user in ipairs(list) do
    self.system_users[i] = user.id
    self:add_user { id = user.id, name = user.name, user_type = "SYSTEM_USER" }
  end
  failure = accounts.read(self, "owned") or accounts.read(self, "client")
  if failure then return failure end
  local by_users = self.system_users_only and #self.system_users < #self.unread
  if not (by_users and self:read_by_users(self.unread)) then self:read_each(self.unread) end
  self:fill()
end

local KNOWN = { timeout = "number", on_progress = "function", system_users_only = "boolean" }

local function check(options)
  if type(options) ~= "table" then error("access: options must be a table", 4) end
  for name, value in pairs(options) do
    if not KNOWN[name] then error(("access: unknown option '%s'"):format(tostring(name)), 4) end
    if type(value) ~= KNOWN[name] then
      error(("access: option '%s' must be a %s"):format(name, KNOWN[name]), 4)
    end
  end
end

---@param client waba.Client
---@param business string
---@param options waba.AccessOptions|nil
---@return waba.Access|nil
---@return waba.Error|nil
return function(client, business, options)
  options = options or {}
  check(options)
  local job = setmetatable({
    client = client, settings = client.settings, business = business, nested = true, too_big = 0,
    timeout = options.timeout, on_progress = options.on_progress,
    system_users_only = options.system_users_only, requests = 0, done = 0, found = 0,
    users = {}, accounts = {}, unread = {}, system_users = {},
  }, Job)
  job.driver = counting(job, client)
  local failure = job:read()
  if failure then
    failure.operation = "access"
    return nil, failure
  end
  return {
    business = business, users = sorted(job.users), accounts = sorted(job.accounts),
    requests = job.requests, naive = job:naive(), system_users_only = job.by_users,
  }
end
