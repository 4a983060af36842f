--- One function over many targets, through `client:map`: rows in the order of the targets, a bar,
-- and a report that stays true also where it is broken off.

local exit = require "waba.cli.exit"
local names = require "waba.cli.names"
local output = require "waba.cli.output"
local progress = require "waba.cli.progress"

local M = {}

--- The options of what is written to accounts.
M.options = {
  { "--dry-run", "show what would be sent, and send no write" },
}

---@class waba.cli.Bulk
local Bulk = {}
Bulk.__index = Bulk

--- Rows come in the order of the targets, although answers do not.
function Bulk:emit(position, rows)
  self.waiting[position] = rows
  while self.waiting[self.next] do
    local list = self.waiting[self.next]
    self.waiting[self.next] = nil
    self.next = self.next + 1
    for _, row in ipairs(list) do self.rows:add(row) end
    output.flush() -- each result is told when it is there, also to a file or a pipe
  end
end

--- Names a target for people.
local function label(target)
  local where = target.line and ("line %d: "):format(target.line) or ""
  return where .. "WABA " .. target.waba .. (target.user and ", user " .. target.user or "")
end

--- A failure is told at once; what to do about it, once.
function Bulk:tell(target, err)
  local message, hint = exit.describe(err, label(target))
  if hint and self.hints[hint] then hint = nil end
  if hint then self.hints[hint] = true end
  self.ctx.say:problem(message, hint)
end

--- Those that were waiting when it was broken off may be thousands: they are counted, and a row
--- says which they are.
local function tell_failure(self, target, err)
  if type(err) == "table" and err.kind == "closed" then
    self.cut = self.cut + 1
    return
  end
  local code = exit.of(err)
  self.codes[code] = (self.codes[code] or 0) + 1
  self:tell(target, err)
end

--- An outcome may come while what is in flight is drained, when nothing can be written any more.
function Bulk:ended(target, value, err)
  self.open[target.position] = nil
  if err ~= nil then tell_failure(self, target, err) end
  self.progress:step(err ~= nil)
  if not self.broken then
    self.broken = true
    self:emit(target.position, self.rows_of(target, value, err))
    self.broken = false
  end
end

--- Names to ids, then the work itself.
local function work(self, target)
  local ctx, err = self.ctx, nil -- luacheck: ignore err
  target.waba_id, err = names.account(ctx, target.waba)
  if err then return nil, err end
  if target.user then
    target.user_id, err = names.user(ctx, target.user)
    if err then return nil, err end
  end
  if not ctx.options.dry_run then return self.fn(target) end
  local value, failure = self.fn(target)
  target.request = require("waba.cli.dry_run").taken()
  if target.request then return "would send" end
  return value, failure
end

local function begin(self, targets)
  local next_target = targets.each()
  return function()
    local target = next_target()
    if target then self.open[target.position], self.begun = target, target.position end
    return target
  end
end

--- Those in flight when it was broken off for good.
local function tell_open(self)
  local open = {}
  for position in pairs(self.open) do open[#open + 1] = position end
  table.sort(open)
  for _, position in ipairs(open) do
    self.ctx.say:problem("not known what became of " .. label(self.open[position]))
  end
  return #open
end

local function tell_stop(self, total)
  local counts, doubtful = self.progress, self.codes[exit.partial] or 0
  local cut = self.cut > 0 and self.cut .. " cut short, " or ""
  local message = ("broken off: %d done, %d failed, %d not known, %s%d of %d not begun"):format(
    counts.done - counts.failed, counts.failed - doubtful - self.cut, doubtful + tell_open(self),
    cut, total - self.begun, total)
  if self.begun < total then message = message .. (": from number %d on"):format(self.begun + 1) end
  self.ctx.say:problem(message, cut ~= "" and 'the error of those cut short is "closed"' or nil)
end

--- All failed in the same way: that way's code. Some did: partial.
local function code_of(self)
  local failed, total = self.progress.failed, self.progress.done
  if failed == 0 then return exit.done end
  local code, times = next(self.codes)
  if times == total then return code end
  return failed == total and not next(self.codes, code) and code
    or failed == total and not self.codes[exit.partial] and exit.failed or exit.partial
end

---@class waba.cli.BulkOptions
---@field columns string[]|nil default: the command's
---@field writes boolean|nil what was done is told also where nobody reads the rows any more
---@field rows fun(target: waba.cli.Target, value: any, err: any): table[] what is to be written

--- Runs it.
---@param ctx waba.cli.Context
---@param targets waba.cli.Targets
---@param fn fun(target: waba.cli.Target): any, any  has waba_id and user_id
---@param options waba.cli.BulkOptions
---@return integer code
function M.run(ctx, targets, fn, options)
  local client = ctx:client()
  local self = setmetatable({
    ctx = ctx, fn = fn, rows_of = options.rows, rows = ctx:rows(options.columns),
    waiting = {}, next = 1, open = {}, begun = 0, codes = {}, cut = 0, hints = {},
    progress = progress.new(ctx, targets.total, require("waba.core").clock.now),
  }, Bulk)
  local _, _, stopped = client:map(begin(self, targets), function(target)
    return work(self, target)
  end, {
    concurrency = ctx:concurrency(),
    on_result = function(target, value, err) self:ended(target, value, err) end,
  })
  if not stopped then
    self.rows:finish()
    self.progress:finish()
    return code_of(self)
  end
  self.progress:clear()
  local failure = exit.is_failure(stopped.reason) and stopped.reason
  if options.writes or not (failure and failure.silent) then tell_stop(self, targets.total) end
  if failure then error(failure, 0) end
  if not self.broken then self.rows:finish() end
  if exit.is_interrupt(stopped.reason) then return exit.interrupted end
  error(stopped.reason, 0)
end

return M
