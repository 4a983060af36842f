--- The `fields` parameter: which properties of a node a reply shows.

local refusal = require("waba.sandbox.refusal")

local M = {}

--- What can be asked of a node.
---@class waba.sandbox.view
---@field node string the type's name at Graph
---@field known table<string, true|waba.sandbox.view> fields; a view for those with fields inside
---@field default string[] fields returned when none are asked for

-- Splits at the commas outside braces: "id,business{id,name}" has two parts.
local function split(fields)
  local parts, depth, start = {}, 0, 1
  for at, char in (fields .. ","):gmatch("()([,{}])") do
    if char == "{" then depth = depth + 1 end
    if char == "}" then depth = depth - 1 end
    if depth < 0 or depth > 0 and at > #fields then
      return nil, refusal.new("unbalanced_fields", at, fields)
    end
    if char == "," and depth == 0 then
      parts[#parts + 1] = fields:sub(start, at - 1)
      start = at + 1
    end
  end
  return parts
end

-- One field as { name, fields asked for inside it }.
local function select_field(part, view)
  local name, inner = part:match("^%s*([^%s{]+)%s*{?(.-)}?%s*$")
  local known = name and view.known[name]
  if not known then return nil, refusal.new("nonexisting_field", name or "", view.node) end
  if known == true then return { name = name } end
  local inside, refused = M.select(inner ~= "" and inner or nil, known)
  if not inside then return nil, refused end
  return { name = name, inside = inside }
end

--- Reads a `fields` parameter.
---@param fields? string such as "id,business{name}"; nil for the default fields
---@param view waba.sandbox.view
---@return table[]? selected for `project`
---@return waba.sandbox.refusal? refused
function M.select(fields, view)
  local parts, refused = view.default, nil
  if fields then parts, refused = split(fields) end
  if not parts then return nil, refused end
  local selected = {}
  for i, part in ipairs(parts) do
    selected[i], refused = select_field(part, view)
    if refused then return nil, refused end
  end
  return selected
end

--- The selected fields of an item. The id comes along always, asked for or not.
---@param item table
---@param selected table[]
---@return table
function M.project(item, selected)
  local result = { id = item.id }
  for _, field in ipairs(selected) do
    local value = item[field.name]
    result[field.name] = value and field.inside and M.project(value, field.inside) or value
  end
  return result
end

return M
