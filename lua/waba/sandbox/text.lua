--- JSON text in a fixed order, for replies that are the same bytes in every run.
--
-- lua-cjson alone will not do: its 2.1.0 cannot write an empty array, and it writes keys in the
-- order of `pairs`, which differs from run to run. It still writes the strings, and so `/` comes
-- out as `\/`, as it does at Graph.

local json = require("waba.core").json

local M = {}

local List = { __name = "waba.sandbox.list" }

-- Keys people read first. The others follow in alphabetical order.
local ORDER = {
  "error", "data", "paging", "summary", "message", "type", "code", "error_subcode",
  "error_user_title", "error_user_msg", "fbtrace_id", "id", "name",
}

local RANK = {}
for rank, key in ipairs(ORDER) do RANK[key] = rank end

local function before(a, b)
  local rank_a, rank_b = RANK[a] or math.huge, RANK[b] or math.huge
  if rank_a ~= rank_b then return rank_a < rank_b end
  return a < b
end

local function encode_list(items)
  local parts = {}
  for i, item in ipairs(items) do parts[i] = M.encode(item) end
  return "[" .. table.concat(parts, ",") .. "]"
end

local function encode_object(object)
  local keys, values = {}, {}
  for key, value in pairs(object) do
    keys[#keys + 1] = tostring(key)
    values[tostring(key)] = value
  end
  table.sort(keys, before)
  for i, key in ipairs(keys) do
    keys[i] = json.encode(key) .. ":" .. M.encode(values[key])
  end
  return "{" .. table.concat(keys, ",") .. "}"
end

--- Marks a table as a JSON array, so that an empty one is written `[]` and not `{}`.
---@param items? any[]
---@return any[] items the same table
function M.list(items)
  return setmetatable(items or {}, List)
end

--- Writes a value as JSON. A table is an array when it is marked by `list` or has a first item.
---@param value table|string|number|boolean
---@return string
function M.encode(value)
  -- What JSON cannot hold, such as an infinity read from `1e999`, becomes null.
  if type(value) ~= "table" then return json.encode(value) or "null" end
  if getmetatable(value) == List or value[1] ~= nil then return encode_list(value) end
  return encode_object(value)
end

return M
