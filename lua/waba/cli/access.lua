--- What `client:access` returns, as rows and as words.

local progress = require "waba.cli.progress"

local M = {}

--- Reads it, and shows how far it is.
---@param ctx waba.cli.Context
---@param business string
---@return table|nil access, waba.Error|nil
function M.read(ctx, business)
  local shown
  local access, err = ctx:client():access(business, { on_progress = function(done, total)
    shown = shown or progress.new(ctx, total, require("waba.core").clock.now)
    shown:at(done, total)
  end })
  if shown then shown:clear() end
  return access, err
end

--- Calls `use` with every pair of an account and a user on it, and without a user for every account
--- that nobody is on, or that could not be read.
---@param access table
---@param use fun(account: table, user: table|nil, tasks: string[]|"unknown"|nil)
function M.each(access, use)
  local users = access.users
  for _, account in ipairs(access.accounts) do
    local any = false
    for _, user in ipairs(users) do
      local tasks = account.tasks[user.id]
      if tasks then
        any = true
        use(account, user, tasks)
      end
    end
    if account.unknown or not any then use(account) end
  end
end

--- Why something of it is not known: the kind of the error, or "unknown".
---@return string|nil
function M.trouble(account, user, tasks)
  if tasks == "unknown" then return "unknown" end
  if not user and account.unknown then return account.unknown.kind or "unknown" end
end

--- How many accounts are known in part, or not at all.
---@param access table
---@return integer
function M.unknown(access)
  local count = 0
  for _, account in ipairs(access.accounts) do
    local unknown = account.unknown ~= nil
    for _, tasks in pairs(account.tasks) do unknown = unknown or tasks == "unknown" end
    if unknown then count = count + 1 end
  end
  return count
end

--- Tells people what was read, and what it took.
---@param ctx waba.cli.Context
---@param access table
---@return integer unknown
function M.tell(ctx, access)
  local unknown = M.unknown(access)
  ctx.say:note(("%d accounts, %d users; %d requests, where account by account takes %d"):format(
    #access.accounts, #access.users, access.requests, access.naive))
  if unknown > 0 then
    ctx.say:problem(("%d accounts are not known, or not all of them"):format(unknown),
      "the column \"error\" says which")
  end
  return unknown
end

return M
