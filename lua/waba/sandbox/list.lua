--- Lists as Graph returns them: one page, its cursors, the links to its neighbours.

local fields = require("waba.sandbox.fields")
local params = require("waba.sandbox.params")
local refusal = require("waba.sandbox.refusal")
local text = require("waba.sandbox.text")

local M = {}

local DEFAULT_LIMIT, MAX_LIMIT = 25, 100
local GRAPH = "https://graph.facebook.com"

-- A cursor is the item's id in other letters: opaque, and it dies with its item, as Graph's do.
local LETTERS = {}
for i, letter in ipairs({ "Z", "h", "U", "j", "V", "x", "W", "n", "T", "k" }) do
  LETTERS[tostring(i - 1)] = letter
end

local function cursor_of(item)
  return "QVFI" .. item.id:gsub("%d", LETTERS)
end

local function position(items, cursor)
  for i, item in ipairs(items) do
    if cursor_of(item) == cursor then return i end
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
local function link(call, limit, name, cursor)
  local kept = {}
  for key, value in pairs(call.query) do
    if not DROPPED[key] and type(value) == "string" then
      kept[#kept + 1] = params.escape(key) .. "=" .. params.escape(value)
    end
  end
  table.sort(kept)
  table.insert(kept, 1, "access_token=" .. params.escape(call.token))
  table.insert(kept, "limit=" .. ("%d"):format(limit))
  table.insert(kept, name .. "=" .. cursor)
  local path = ("/%s/%s/%s?"):format(call.version, call.target.id, call.target.edge)
  return GRAPH .. path .. table.concat(kept, "&")
end

-- `after` is there on the last page too: only a missing `next` ends a list. An empty page has no
-- cursors, and so no `paging`.
local function paging(call, items, page)
  if page.last < page.first then return nil end
  local before, after = cursor_of(items[page.first]), cursor_of(items[page.last])
  return {
    cursors = { before = before, after = after },
    previous = page.first > 1 and link(call, page.limit, "before", before) or nil,
    next = page.last < #items and link(call, page.limit, "after", after) or nil,
  }
end

local function wants_total(summary)
  return type(summary) == "string" and (summary:find("total_count", 1, true) or summary == "true")
end

--- Answers a list request from all the items there are.
---@param call waba.sandbox.call
---@param items table[] every item with all of its fields
---@param view waba.sandbox.view
---@return table? body
---@return waba.sandbox.refusal? refused
function M.answer(call, items, view)
  local selected, unknown_field = fields.select(params.scalar(call.params.fields), view)
  if not selected then return nil, unknown_field end
  local page, bad_page = find_page(items, call.params)
  if not page then return nil, bad_page end
  local data = text.list()
  for i = page.first, page.last do data[#data + 1] = fields.project(items[i], selected) end
  return {
    data = data,
    paging = paging(call, items, page),
    summary = wants_total(call.params.summary) and { total_count = #items } or nil,
  }
end

return M
