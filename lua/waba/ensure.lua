--- `client:ensure` and `client:revoke`: read, write only where there is need, read again until it
-- shows. What Meta leaves open is taken for unknown, and told:
--
-- * Whether a second assignment adds tasks or replaces them. So what the user has is assigned along
--   with what is wanted, and neither reading takes a task away; with `exact`, only what is wanted.
-- * Whether tasks are expanded when read: more tasks than wanted are fine, but with `exact`.
-- * Whether a list carries tasks: where it does not, only that the user is listed can be read back,
--   and that is `unverified`. Where the user was listed so before, nothing is written without
--   `exact`: what would be lost, nobody knows.
-- * What an empty list means: with the wrong business it is empty too. It proves nothing, so
--   `revoke` then asks Graph, which answers that the user is not assigned.

local core = require "waba.core"
local each = require "waba.each"
local err = require "waba.err"
local run = require "waba.run"

local M = {}

---@class waba.EnsureOptions
---@field business string required: whose users are listed
---@field exact boolean|nil no other tasks than these; default false
---@field timeout number|nil seconds for all of it, reads, writes and waits; default the client's

-- Seconds between the looks at the list after a write.
local LOOKS = { 0.5, 1, 2, 4, 8 }

local function raise(method, format, ...)
  error(("%s: " .. format):format(method, ...), 4)
end

local function check_options(method, options, known)
  if type(options) ~= "table" then raise(method, "options must be a table, with business in it") end
  for name, value in pairs(options) do
    local wanted = known[name]
    if not wanted then raise(method, "unknown option '%s'", tostring(name)) end
    if type(value) ~= wanted then
      raise(method, "option '%s' must be a %s, got a %s", name, wanted, type(value))
    end
  end
  if not options.business then raise(method, "option 'business' must be given") end
end

local function check_ids(method, ids)
  for i, name in ipairs { "waba_id", "user_id" } do
    if type(ids[i]) ~= "string" then
      raise(method, "%s must be a string of digits, got a %s", name, type(ids[i]))
    end
  end
end

local function check_tasks(method, tasks)
  local sound = type(tasks) == "string" or type(tasks) == "table"
  for _, task in ipairs(type(tasks) == "table" and tasks or {}) do
    sound = sound and type(task) == "string"
  end
  if not sound then raise(method, "tasks must be a string, or a list of strings") end
end

---@class waba.ensure.Job one ensure or revoke
---@field name "ensure"|"revoke"
---@field verb "assigned"|"revoked" what it answers where it has written
---@field shows fun(user: table|nil): boolean|nil whether this is what is wanted; nil: unknown
---@field moot fun(failure: waba.Error): boolean whether Graph says that there is nothing to do
local Job = {}
Job.__index = Job

---@class waba.View what a look at the list has shown
---@field user table|nil the user, as listed
---@field proves boolean|nil that the user is not listed says that nothing is assigned: the list has
---  shown somebody, now or before, and nobody without an id
---@field failed waba.Error|nil instead: why the list could not be read
---@field shows boolean|nil nil: it cannot tell

function Job:left()
  return self.deadline - self.driver.now()
end

--- What went wrong here, and not in a call.
function Job:problem(kind, message)
  return err.wrap {
    kind = kind, message = message, retryable = kind == "timeout", attempts = self.sent,
    operation = self.name,
  }
end

--- Options for a call within what is left of the time; nil and an error where nothing is.
function Job:options()
  local left = self:left()
  if left >= 0.001 then return { timeout = left } end
  return nil, self:problem("timeout", "the timeout passed before the next call")
end

--- A user's tasks, where they are what they must be: a list of strings. Anything else is unknown.
local function tasks_of(user)
  local tasks = user.tasks
  if type(tasks) ~= "table" or (next(tasks) ~= nil and #tasks == 0) then return nil end
  for _, task in ipairs(tasks) do
    if type(task) ~= "string" then return nil end
  end
  return tasks
end

--- Reads until the user comes.
---@return waba.View
function Job:look()
  local options, late = self:options()
  if not options then return { failed = late } end
  local call, why = core.calls.assigned_users(self.settings, self.waba_id, self.business, options)
  if not call then return { failed = err.wrap(why) } end
  local nameless = false
  for user, failure in each(call, self) do
    if not user then return { failed = failure } end
    self.listed = true
    if user.id == self.user_id then
      user.tasks = tasks_of(user)
      return { user = user }
    end
    nameless = nameless or type(user.id) ~= "string"
  end
  return { proves = self.listed and not nameless }
end

--- Looks, after the write, until the list shows what is wanted, or cannot tell, or often enough.
---@return waba.View
function Job:watch(call)
  local view
  for i = 0, #LOOKS do
    if i > 0 then
      if self:left() <= LOOKS[i] then break end
      run.pause(call, self.driver, LOOKS[i])
    end
    view = self:look()
    if view.failed then break end
    view.shows = self.shows(view.user)
    if view.shows ~= false then break end
  end
  return view
end

--- What the look after the write has shown instead, for a person to read.
function Job:describe(view)
  if view.failed then
    return ("reading back failed: %s: %s"):format(view.failed.kind, view.failed.message)
  elseif not view.user and self.name == "revoke" then
    return ("the list of business %s does not prove that the user is gone: for a business that is "
      .. "not the user's own it is empty"):format(self.business)
  elseif not view.user then
    return ("the list of business %s does not show the user. Changes may show late; and for a "
      .. "business that is not the user's own the list is empty"):format(self.business)
  elseif self.name == "revoke" then
    return "the list still shows the user"
  elseif not view.user.tasks then
    return "the list shows the user, but no tasks: what they are now is not known"
  end
  local text = "the list shows the user with " .. table.concat(view.user.tasks, ", ")
  if not self.exact then return text end
  return text .. ". Graph may add tasks where it is expected to replace them: revoke, then ensure"
end

--- The write may have been done, and does not show.
function Job:unproven(failure, view)
  local mine = "the write succeeded, but reading back does not show it"
  failure = failure or self:problem("unverified", mine)
  failure.hint = self:describe(view)
  return nil, failure
end

--- Carries out the write, and reads back. One of unknown fate is sent again only where that has
--- shown that it was not done.
---@return string|nil, waba.Error|nil
function Job:write(operation, ...)
  local call, why = core.calls[operation](self.settings, self.waba_id, ...)
  if not call then return nil, err.wrap(why) end
  local doubt, view
  repeat
    local _, failure = run.run(call, self.driver)
    local unknown = failure and failure.kind == "indeterminate"
    local moot = failure and self.moot(failure)
    self.sent = call:facts().attempt
    if unknown and doubt and failure.attempts == doubt.attempts then break end -- none went again
    if unknown then doubt = failure end
    if failure and not (unknown or moot) then
      if doubt then return self:unproven(doubt, view) end
      return nil, failure
    end
    view = self:watch(call)
    local seen = view.shows and (view.proves or view.user or not unknown)
    if seen then return moot and not doubt and "unchanged" or self.verb end
    if not unknown then return self:unproven(failure, view) end
  until view.shows ~= false or self:left() < 0.001 or not call:again()
  return self:unproven(doubt, view)
end

--- The user is listed without tasks: there is no telling what to assign along with the wanted.
function Job:untold()
  local failure = self:problem("unverified",
    "the list shows the user, but no tasks: nothing was assigned, so as to lose none")
  failure.hint = "with `exact` just the wanted tasks are assigned, whatever the user has besides"
  return nil, failure
end

local function set_of(list)
  local set = {}
  for _, item in ipairs(list) do set[item] = true end
  return set
end

local function contains(set, list)
  for _, item in ipairs(list) do
    if not set[item] then return false end
  end
  return true
end

--- The wanted tasks, and those the user has besides.
local function together(wanted, user)
  local all, seen = {}, {}
  for _, list in ipairs { wanted, user and user.tasks or {} } do
    for _, task in ipairs(list) do
      if not seen[task] then all[#all + 1] = task end
      seen[task] = true
    end
  end
  return all
end

local function new_job(client, job)
  job.driver, job.settings, job.sent = client.driver, client.settings, 0
  job.deadline = job.driver.now() + (job.timeout or job.settings:timeout())
  return setmetatable(job, Job)
end

--- Values that the calls would refuse, told before anything is sent.
local function bad_value(settings, waba_id, options, operation, ...)
  local listing, reason = core.calls.assigned_users(settings, waba_id, options.business,
    { timeout = options.timeout })
  if not listing then return err.wrap(reason) end
  local writing, why = core.calls[operation](settings, waba_id, ...)
  if not writing then return err.wrap(why) end
end

local KNOWN = { business = "string", exact = "boolean", timeout = "number" }

---@return "unchanged"|"assigned"|nil, waba.Error|nil
function M.ensure(client, waba_id, user_id, tasks, options)
  check_ids("ensure", { waba_id, user_id })
  check_tasks("ensure", tasks)
  check_options("ensure", options, KNOWN)
  local bad = bad_value(client.settings, waba_id, options, "assign", user_id, tasks)
  if bad then return nil, bad end
  local wanted = type(tasks) == "string" and { tasks } or tasks
  local wanted_set, exact = set_of(wanted), options.exact
  local job = new_job(client, {
    name = "ensure", verb = "assigned", waba_id = waba_id, user_id = user_id, exact = exact,
    business = options.business, timeout = options.timeout,
    shows = function(user)
      if not user then return false end
      if not user.tasks then return nil end
      return contains(set_of(user.tasks), wanted)
        and (not exact or contains(wanted_set, user.tasks))
    end,
    moot = function(failure) return failure.status == 422 and failure.code == 100 end,
  })
  local view = job:look()
  if view.failed then return nil, view.failed end
  if job.shows(view.user) then return "unchanged" end
  if view.user and not view.user.tasks and not exact then return job:untold() end
  local call_options, late = job:options()
  if not call_options then return nil, late end
  local all = exact and wanted or together(wanted, view.user)
  local done, failure = job:write("assign", user_id, all, call_options)
  if failure and failure.kind == "invalid" and #all > #wanted then
    failure.hint = ("%ssent were also the tasks the user has, so as to lose none: %s"):format(
      failure.hint and failure.hint .. "; " or "", table.concat(all, ", "))
  end
  return done, failure
end

---@return "unchanged"|"revoked"|nil, waba.Error|nil
function M.revoke(client, waba_id, user_id, options)
  check_ids("revoke", { waba_id, user_id })
  check_options("revoke", options, { business = "string", timeout = "number" })
  local bad = bad_value(client.settings, waba_id, options, "unassign", user_id)
  if bad then return nil, bad end
  local job = new_job(client, {
    name = "revoke", verb = "revoked", waba_id = waba_id, user_id = user_id,
    business = options.business, timeout = options.timeout,
    shows = function(user) return user == nil end,
    moot = function(failure) return failure.code == 803 end,
  })
  local view = job:look()
  if view.failed then return nil, view.failed end
  if not view.user and view.proves then return "unchanged" end
  local call_options, late = job:options()
  if not call_options then return nil, late end
  return job:write("unassign", user_id, call_options)
end

return M
