--- The accounts of a business, page by page, with the users of each where Graph puts them in.

local core = require "waba.core"
local err = require "waba.err"
local params_of = require "waba.params"

local M = {
  PAGE = 100,
  USER_FIELDS = "id,name,user_type,tasks",
}

-- What may pass where less is asked for at once.
local TOO_MUCH = { transient = true, timeout = true, protocol = true }
-- What may be about the inner list alone.
local NOT_LIKE_THIS = { invalid = true, permission = true, not_found = true, refused = true }

--- An error about a reply that is not one that Graph gives.
---@return waba.Error
function M.protocol(message)
  return err.wrap { kind = "protocol", message = message, retryable = false, attempts = 1,
    operation = "access" }
end

local function check(page)
  local data = type(page) == "table" and page.data
  if type(data) ~= "table" then return nil, M.protocol("a page without data") end
  for _, item in ipairs(data) do
    if type(item) ~= "table" or type(item.id) ~= "string" then
      return nil, M.protocol("an account without an id")
    end
  end
  return page
end

---@return table|nil page
---@return waba.Error|nil
local function read_page(job, edge, fields, limit, after)
  local params = params_of("access", { fields = fields, limit = limit, after = after })
  local page, failure = job:run(core.request(job.settings, "get", edge, params,
    { timeout = job.timeout }))
  if not page then return nil, failure end
  return check(page)
end

--- How much is asked for at once: a quarter where it was too much, twice as much where it was not,
--- up to half of what was too much, a bound that rises again. nil: one account alone is too much.
local function smaller(step)
  if step.limit == 1 then return nil end
  return { limit = math.max(1, math.floor(step.limit / 4)), most = math.floor(step.limit / 2) }
end

local function larger(step)
  local most = math.min(M.PAGE, step.most + 1)
  return { limit = math.min(most, step.limit * 2), most = most }
end

local ALL = { limit = M.PAGE, most = M.PAGE }

local MOST_IN_A_ROW = 3

--- One account alone was too much. The next may be smaller again; after some of them, nobody hopes
--- so any more. Answers how many to read without their users.
local function too_big(job)
  job.too_big = job.too_big + 1
  if job.too_big < MOST_IN_A_ROW then return 1 end
  job.nested = false
  return M.PAGE
end

--- One page with the users of each account, or without them where that is not to be had.
---@return table|nil page
---@return table|waba.Error # the size of the next page; why there is none
local function next_page(job, edge, step, after)
  local fields = ("id,name,assigned_users.business(%s).limit(%d){%s}"):format(
    job.business, M.PAGE, M.USER_FIELDS)
  local plain = M.PAGE
  while job.nested and step do
    local page, failure = read_page(job, edge, fields, step.limit, after)
    if page then
      job.too_big = 0
      return page, larger(step)
    end
    if NOT_LIKE_THIS[failure.kind] then
      job.nested = false
    elseif TOO_MUCH[failure.kind] then
      step = smaller(step)
      if not step then plain = too_big(job) end
    else
      return nil, failure
    end
  end
  local page, failure = read_page(job, edge, "id,name", plain, after)
  return page, page and ALL or failure
end

--- Reads all accounts that the business owns, or that others share with it, and hands each page to
--- job:take_accounts.
---@param job table with settings, business, timeout, run, take_accounts; nested: whether Graph is
---  asked for the users of each, false once it refuses that; too_big: accounts in a row, 0
---@param ownership "owned"|"client"
---@return waba.Error|nil
function M.read(job, ownership)
  local edge = ("%s/%s_whatsapp_business_accounts"):format(job.business, ownership)
  local step, after, seen = ALL, nil, {}
  repeat
    local page
    page, step = next_page(job, edge, step, after)
    if not page then return step end
    job:take_accounts(page.data, ownership)
    local paging = type(page.paging) == "table" and page.paging or {}
    after = paging.next and type(paging.cursors) == "table" and paging.cursors.after or nil
    if paging.next and (type(after) ~= "string" or seen[after]) then
      return M.protocol("a list of accounts does not end")
    end
    if after then seen[after] = true end
  until not after
end

return M
