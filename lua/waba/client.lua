--- Clients: options, and a method for every operation.

local blocking = require "waba.transport.blocking"
local budget = require "waba.budget"
local core = require "waba.core"
local err = require "waba.err"
local later = require("waba.load").later
local phase = require "waba.phase"
local run = require "waba.run"

-- Not what a short script needs: loaded at their first use.
local access, each, ensure = later "waba.access", later "waba.each", later "waba.ensure"
local callback, events = later "waba.transport.callback", later "waba.events"
local many, map = later "waba.transport.many", later "waba.map"
local names, params_of = later "waba.names", later "waba.params"

local M = {}

---@class waba.CallOptions
---@field timeout number|nil seconds for the whole call; default the client's

---@class waba.ListOptions: waba.CallOptions
---@field fields string|string[]|nil as Graph names them; default every one that is documented
---@field limit integer|nil items a page, 1 to 1000; default 100
---@field summary boolean|nil ask Graph how many there are: {total_count = n} is the second result

---@class waba.SystemUsersOptions: waba.ListOptions
---@field refresh boolean|nil ask Graph, whatever the cache says

---@class waba.ObjectOptions: waba.CallOptions
---@field fields string|string[]|nil as for a list

---@alias waba.Object table|nil, waba.Error|nil as Graph names the fields
---@alias waba.Items table[]|nil as Graph names the fields: {id, name, role} of a system user, {id,
---  name, user_type, business, tasks} of an assigned one; any of them but id may be absent
---@alias waba.Params table<string, string|integer|boolean|table> a list goes as JSON array text
---@alias waba.Tasks string|string[]
---@alias waba.Done true|nil, waba.Error|nil
---@alias waba.Id string digits

--- The calls, one for each row of csrc/op.c. They raise on wrong types and unknown options; what
--- can go wrong at run time is nil and a waba.Error. A write answers true where Graph said so.
---@class waba.Client
---@field account fun(self, waba: waba.Id, options?: waba.ObjectOptions): waba.Object
---@field assigned_accounts fun(self, user: waba.Id, ...): waba.Items, table?
---@field client_accounts fun(self, business: waba.Id, ...): waba.Items, table?
---@field owned_accounts fun(self, business: waba.Id, ...): waba.Items, table?
---@field solutions fun(self, waba: waba.Id, ...): waba.Items, table?
---@field assigned_users fun(self, waba: waba.Id, business: waba.Id, ...): waba.Items, table?
---@field assign fun(self, waba: waba.Id, user: waba.Id, tasks: waba.Tasks, ...): waba.Done
---@field unassign fun(self, waba: waba.Id, user: waba.Id, options?: waba.CallOptions): waba.Done
---@field system_user fun(self, user: waba.Id, options?: waba.ObjectOptions): waba.Object
---@field create_system_user fun(self, business: waba.Id, name: string, role: string): waba.Object
---@field rename_system_user fun(self, business: waba.Id, user: waba.Id, name: string): waba.Done
---@field install_app fun(self, user: waba.Id, app: waba.Id, ...): waba.Done
---@field create_token fun(self, user: waba.Id, app: waba.Id, scopes: waba.Tasks, ...): waba.Object
---@field refresh_token fun(self, token: string, options?: waba.CallOptions): waba.Object
---@field revoke_token fun(self, token: string, options?: waba.CallOptions): waba.Done
---@field invalidate_tokens fun(self, user: waba.Id, options?: waba.CallOptions): waba.Done
---@field debug_token fun(self, token: string, options?: waba.CallOptions): waba.Object
---@field credit_lines fun(self, business: waba.Id, ...): waba.Items, table?
---@field share_credit_line fun(self, line: waba.Id, waba: waba.Id, currency: string): waba.Object
---@field credit_allocation fun(self, allocation: waba.Id, ...): waba.Object
---@field credit_allocations fun(self, line: waba.Id, business: waba.Id, ...): waba.Items, table?
---@field get fun(self, path: string, params: waba.Params?, options?: waba.CallOptions): waba.Object
---@field post fun(self, path: string, params: waba.Params?, ...): waba.Object
---@field delete fun(self, path: string, params: waba.Params?, ...): waba.Object
---@field revoke_credit_allocation fun(self, allocation: waba.Id, ...): waba.Done
local Client = {}

M.methods = Client

local mt = { __name = "waba.Client", __index = Client, __metatable = false }

local function check_self(self, method)
  if type(self) == "table" and self.settings then return end
  error(("call it as client:%s(...), with a colon, on what waba.new returned"):format(method), 3)
end

---@class waba.Options
---@field access_token string|fun(): string|nil, string|nil required; a function is asked before
---  every request and may answer nil and a message
---@field app_id string|nil of the app; tells budgets apart where several apps share a store
---@field app_secret string|nil then appsecret_proof is sent
---@field api_version string|nil default "v26.0"
---@field base_url string|nil default "https://graph.facebook.com"; http:// only for loopback
---@field timeout number|nil seconds for a whole call, every attempt, wait and page; default 60
---@field attempt_timeout number|nil seconds for one request and its reply; default 20
---@field connect_timeout number|nil seconds of that to connect; default 5
---@field max_attempts integer|nil requests for one page, 1 to 10; default 4 a read, 3 a write
---@field ca_file string|nil certificate authorities, PEM; default libcurl's
---@field proxy string|nil default none, whatever the environment says
---@field user_agent string|nil "my-app/1.2", appended to waba's own
---@field transport waba.Transport|nil instead of libcurl
---@field allow_blocking boolean|nil also where it stops an event loop; default false
---@field budget waba.Store|nil keeps the budgets, ngx.shared.DICT for one; default in memory
---@field cache waba.Cache|nil remembers system users and accounts, ngx.shared.DICT for one; default
---  none
---@field on_event fun(event: table)|nil told of every request, response, retry, ...: waba.events
---@field clock waba.Clock|nil what is left out of it is the system's

---@class waba.Clock
---@field now (fun(): number)|nil seconds, 0 or more, monotonic
---@field sleep (fun(seconds: number))|nil after which `now` has moved on: a wait ends when it has
---@field random (fun(): number)|nil uniform in [0, 1)

--- Makes a client. Nothing is sent.
--- Raises on an option of an unknown name or a wrong type.
---@param options waba.Options
---@return waba.Client|nil
---@return waba.Error|nil # kind `invalid`: an option's value is not what it must be
function M.new(options)
  local settings, reason = core.settings(options)
  if not settings then return nil, err.wrap(reason) end
  local clock = options.clock or {}
  local driver = {
    now = clock.now or core.clock.now,
    sleep = clock.sleep or phase.sleep,
    random = clock.random or core.clock.random,
    token = type(options.access_token) ~= "string" and options.access_token or nil,
  }
  local time = clock.now or budget.time_of_day()
  driver.budget = budget.new(options.budget, { now = time, app_id = options.app_id })
  if options.on_event then driver.emit = events(options.on_event, driver.now) end
  local disconnect
  if options.transport then
    driver.exchange = callback(options.transport)
  else
    driver.exchange, disconnect = blocking(settings)
    -- nginx is there from the beginning, or never.
    local in_nginx = phase.nginx() ~= nil
    driver.refuses = in_nginx and not options.allow_blocking and phase.refuses_to_block or nil
  end
  -- No secret in here for whatever prints or walks a client: the token is inside `settings`, out of
  -- Lua's sight.
  return setmetatable({ settings = settings, driver = driver, disconnect = disconnect,
    many = not options.transport and function() return many(settings) end or nil,
    transport = options.transport,
    cache = options.cache and names.cache(settings, options.cache, options.app_id),
  }, mt)
end

local CHANGE_NAMES = { create_system_user = true, rename_system_user = true }

for name, new_call in pairs(core.calls) do
  local changes_names = CHANGE_NAMES[name]
  Client[name] = function(self, ...)
    check_self(self, name)
    local call, reason = new_call(self.settings, ...)
    if not call then return nil, err.wrap(reason) end
    if changes_names and self.cache then return names.change(self, call, ...) end
    return run.run(call, self.driver)
  end
end

--- The system users of a business: out of the client's cache, where it has one.
---@param business string
---@param options waba.SystemUsersOptions|nil
---@return waba.Items
---@return table|waba.Error|nil # the summary, where one was asked for
function Client:system_users(business, options)
  check_self(self, "system_users")
  return names.system_users(self, business, options)
end

--- The system user of a business with just this name.
---@param business string
---@param name string
---@param options waba.NamedOptions|nil
---@return table|nil # as `system_users` lists it
---@return waba.Error|nil # kind `not_found`; `refused` where several have the name
function Client:system_user_named(business, name, options)
  check_self(self, "system_user_named")
  return names.system_user(self, business, name, options)
end

--- The account with just this name, of those that a business owns and those shared with it.
---@param business string
---@param name string
---@param options waba.NamedOptions|nil
---@return { id: string, name: string }|nil
---@return waba.Error|nil # kind `not_found`; `refused` where several have the name
function Client:account_named(business, name, options)
  check_self(self, "account_named")
  return names.account(self, business, name, options)
end

for _, method in ipairs { "get", "post", "delete" } do
  Client[method] = function(self, path, params, options)
    check_self(self, method)
    local call, reason = core.request(self.settings, method, path, params_of(method, params),
      options)
    if not call then return nil, err.wrap(reason) end
    return run.run(call, self.driver)
  end
end

local lists = {}
for _, row in ipairs(core.operations) do
  if row.shape == "list" then lists[row.name] = core.calls[row.name] end
end

--- Goes through a list item by item, fetching pages as it goes:
---   for user, problem in client:each("assigned_users", waba_id, business_id) do ... end
--- A failure comes as the last item: false, and the error.
---@param operation string the name of a method that lists
---@return fun(): table|false|nil, waba.Error|nil
function Client:each(operation, ...)
  check_self(self, "each")
  local new_call = lists[operation]
  if not new_call then
    error(("each: there is no list '%s'"):format(tostring(operation)), 2)
  end
  local call, reason = new_call(self.settings, ...)
  if call then return each(call, self) end
  local told
  return function()
    if told then return nil end
    told = true
    return false, err.wrap(reason)
  end
end

--- Sees to it that a user has tasks on an account: reads, assigns only where they are missing, and
--- reads again until they show. Raises on an argument of a wrong type.
---@param waba_id string
---@param user_id string
---@param tasks string|string[]
---@param options waba.EnsureOptions
---@return "unchanged"|"assigned"|nil
---@return waba.Error|nil # kind `unverified`: assigned, and it does not show; or what failed
function Client:ensure(waba_id, user_id, tasks, options)
  check_self(self, "ensure")
  return ensure.ensure(self, waba_id, user_id, tasks, options)
end

--- The opposite: sees to it that a user is not assigned to an account.
---@param waba_id string
---@param user_id string
---@param options waba.EnsureOptions without `exact`
---@return "unchanged"|"revoked"|nil
---@return waba.Error|nil
function Client:revoke(waba_id, user_id, options)
  check_self(self, "revoke")
  return ensure.revoke(self, waba_id, user_id, options)
end

--- Runs a function over many inputs with many calls in flight; see waba.map.
function Client:map(inputs, fn, options)
  check_self(self, "map")
  return map(self, inputs, fn, options)
end

--- Who may do what on every account of a business; see waba.access. Raises on a wrong option.
---@param business string
---@param options waba.AccessOptions|nil
---@return waba.Access|nil
---@return waba.Error|nil # a list of accounts or of system users could not be read
function Client:access(business, options)
  check_self(self, "access")
  return access(self, business, options)
end

---@class waba.Usage of one budget
---@field percent number|nil used, as far as known: 0 to 100 and more; nil: Graph has not told
---@field sent integer requests in the last hour, of all who share the store
---@field parked_seconds number nothing goes before these have passed; 0: open

--- What is known of the budgets. An account is there once Graph has told of it, where the store can
--- list its keys (the default one and ngx.shared.DICT can).
---@return { app: waba.Usage, accounts: table<string, waba.Usage> }
function Client:usage()
  check_self(self, "usage")
  return self.driver.budget:usage()
end

--- Ends the connection, and forgets the token and what is in memory of the budgets. Later calls end
--- with an error of kind `closed`, and so do those under way, but for a write that has its answer
--- already, or may have been sent: what became of it is still told. May be called again.
function Client:close()
  check_self(self, "close")
  self.settings:close()
  if self.disconnect then self.disconnect() end
  if self.claim then self.claim.places:rouse() end -- those of a map who wait to send
  self.driver.budget:forget() -- Lua's collector does not see how large they are
end

---@return boolean
function Client:closed()
  check_self(self, "closed")
  return self.settings:closed()
end

mt.__close = Client.close

function mt.__tostring(client)
  return "waba.Client: " .. client.settings:describe()
end

return M
