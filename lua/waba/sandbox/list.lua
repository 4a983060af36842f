--- Lists as Graph returns them: one page, its cursors, the links to its neighbours.

local fields = require("waba.sandbox.fields")
local params = require("waba.sandbox.params")
local refusal = require("waba.sandbox.refusal")
local text = require("waba.sandbox.text")

local M = {}

local DEFAULT_LIMIT, MAX_LIMIT = 25, 100
local GRAPH = "https://graph.facebook.com"

-- A cursor is the item's id in other letters: opaque, and it dies with its item, as Graph's do.
local LETTERS, DIGITS = {}, {}
for i, letter in ipairs({ "Z", "h", "U", "j", "V", "x", "W", "n", "T", "k" }) do
  LETTERS[tostring(i - 1)], DIGITS[letter] = letter, tostring(i - 1)
end

local function cursor_of(item)
  return "QVFI" .. item.id:gsub("%d", LETTERS)
end

local function position(items, cursor)
  local letters = cursor:match("^QVFI(%a+)$")
  local id = letters and letters:gsub("%a", DIGITS)
  for i, item in ipairs(items) do
    if item.id == id then return i end
  end
end

local function read_limit(value)
  if value == nil then return DEFAULT_LIMIT end
  local digits = params.scalar(value) or ""
  local limit = digits:find("^%d+$") and tonumber(digits) or 0
  if limit < 1 then return nil, refusal.new("not_a_value", "limit", "an integer greater than 0") end
  return math.min(limit, MAX_LIMIT)
end

---@class waba.sandbox.page
---@field first integer
---@field last integer less than `first` for an empty page
---@field limit integer

---@return waba.sandbox.page? page
---@return waba.sandbox.refusal? refused
local function find_page(items, asked)
  local limit, refused = read_limit(asked.limit)
  if not limit then return nil, refused end
  local after, before = params.scalar(asked.after), params.scalar(asked.before)
  if not (after or before) then
    return { first = 1, last = math.min(limit, #items), limit = limit }
  end
  local at = position(items, after or before)
  if not at then return nil, refusal.new("not_a_value", "cursor", "a cursor of this list") end
  if after then return { first = at + 1, last = math.min(at + limit, #items), limit = limit } end
  return { first = math.max(1, at - limit), last = at - 1, limit = limit }
end

-- Never repeated in a link to another page.
local DROPPED = {
  access_token = true, after = true, before = true, limit = true,
  appsecret_proof = true, appsecret_time = true,
}

-- Graph puts the caller's token into the link, also when it came in a header. That is the trap
-- which clients have to be tested against: the link is neither to be followed nor to be shown.
local function link(call, list, limit, name, cursor)
  local kept = {}
  for key, value in pairs(list.query) do
    if not DROPPED[key] and type(value) == "string" then
      kept[#kept + 1] = params.escape(key) .. "=" .. params.escape(value)
    end
  end
  table.sort(kept)
  table.insert(kept, 1, "access_token=" .. params.escape(call.token))
  table.insert(kept, "limit=" .. ("%d"):format(limit))
  table.insert(kept, name .. "=" .. cursor)
  local path = ("/%s/%s/%s?"):format(call.version, list.id, list.edge)
  return GRAPH .. path .. table.concat(kept, "&")
end

-- `after` is there on the last page too: only a missing `next` ends a list. An empty page has no
-- cursors, and so no `paging`.
local function paging(call, list, page)
  if page.last < page.first then return nil end
  local before, after = cursor_of(list.items[page.first]), cursor_of(list.items[page.last])
  return {
    cursors = { before = before, after = after },
    previous = page.first > 1 and link(call, list, page.limit, "before", before) or nil,
    next = page.last < #list.items and link(call, list, page.limit, "after", after) or nil,
  }
end

local function wants_total(summary)
  return type(summary) == "string" and (summary:find("total_count", 1, true) or summary == "true")
end

---@class waba.sandbox.items
---@field id string of the node whose edge it is
---@field edge string
---@field items table[] all there are, each with its id
---@field describe (fun(item: table): table)|nil an item with all of its fields; default as it is
---@field query table parameters that links to other pages repeat

--- A page of a list.
---@param scope table { world, call, session }
---@param list waba.sandbox.items
---@param selected table[] fields, of `fields.select`
---@param asked table limit, after, before, summary
---@return table? body
---@return waba.sandbox.refusal? refused
function M.page(scope, list, selected, asked)
  local page, bad_page = find_page(list.items, asked)
  if not page then return nil, bad_page end
  local data = text.list()
  for i = page.first, page.last do
    local item = list.items[i]
    local shown, refused = fields.project(list.describe and list.describe(item) or item, selected,
      scope)
    if refused then return nil, refused end
    data[#data + 1] = shown
  end
  return {
    data = data,
    paging = paging(scope.call, list, page),
    summary = wants_total(asked.summary) and { total_count = #list.items } or nil,
  }
end

--- Answers a list request from all the items there are.
---@param scope table { world, call, session }
---@param items table[]
---@param view waba.sandbox.view
---@param describe (fun(item: table): table)|nil
---@return table? body
---@return waba.sandbox.refusal? refused
function M.answer(scope, items, view, describe)
  local call = scope.call
  local selected, unknown_field = fields.select(params.scalar(call.params.fields), view)
  if not selected then return nil, unknown_field end
  local list = { id = call.target.id, edge = call.target.edge, items = items, describe = describe,
    query = call.query }
  return M.page(scope, list, selected, call.params)
end

return M
