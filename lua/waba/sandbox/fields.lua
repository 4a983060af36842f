--- The `fields` parameter: which properties of a node a reply shows.

local refusal = require("waba.sandbox.refusal")

local M = {}

--- What can be asked of a node.
---@class waba.sandbox.view
---@field node string the type's name at Graph
---@field known table<string, true|waba.sandbox.view|waba.sandbox.edge> fields; a view for those
---  with fields inside, an edge for those that are lists of nodes
---@field default string[] fields returned when none are asked for

--- A list that can be asked for as a field: edge.argument(value).limit(2){id,name}
---@class waba.sandbox.edge
---@field view waba.sandbox.view of its items
---@field expand fun(scope: table, item: table, field: table): table?, waba.sandbox.refusal?

local STEP = { ["{"] = 1, ["("] = 1, ["}"] = -1, [")"] = -1, [","] = 0 }

-- Splits at the commas outside braces: "id,business{id,name}" has two parts.
local function split(fields)
  local parts, depth, start = {}, 0, 1
  for at, char in (fields .. ","):gmatch("()([,{}()])") do
    depth = depth + STEP[char]
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

-- "name.argument(value).limit(2){inner}" in its parts.
local function read_field(part)
  local head, inner = part:match("^([^{]*){(.*)}%s*$")
  head = head or part
  local arguments = {}
  for name, value in head:gmatch("%.([%w_]+)%(([^()]*)%)") do arguments[name] = value end
  return head:match("^%s*([^%s.(]+)") or "", arguments, inner ~= "" and inner or nil
end

-- One field as { name, fields asked for inside it, arguments and edge where it is one }.
local function select_field(part, view)
  local name, arguments, inner = read_field(part)
  local known = view.known[name]
  if not known then return nil, refusal.new("nonexisting_field", name, view.node) end
  if known == true then return { name = name } end
  local inside, refused = M.select(inner, known.view or known)
  if not inside then return nil, refused end
  return { name = name, inside = inside, arguments = arguments, edge = known.expand and known }
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

local function value_of(item, field, scope)
  if field.edge then return field.edge.expand(scope, item, field) end
  local value = item[field.name]
  if value and field.inside then return M.project(value, field.inside, scope) end
  return value
end

--- The selected fields of an item. The id comes along always, asked for or not.
---@param item table
---@param selected table[]
---@param scope table { world, call, session }: for edges, which are looked up as they are asked for
---@return table?
---@return waba.sandbox.refusal? refused
function M.project(item, selected, scope)
  local result = { id = item.id }
  for _, field in ipairs(selected) do
    local value, refused = value_of(item, field, scope)
    if refused then return nil, refused end
    result[field.name] = value
  end
  return result
end

return M
