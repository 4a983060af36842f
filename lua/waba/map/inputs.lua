--- What a map runs over, as a function that gives the next one.

local function callable(inputs)
  if type(inputs) == "function" then return true end
  local mt = getmetatable(inputs)
  return type(mt) == "table" and mt.__call ~= nil
end

local HOLE = "map: inputs has a hole at %d"

--- The first position without an input before one that has one, as far as it shows.
local function find_hole(list)
  local count = #list
  for i = 1, count do
    if list[i] == nil then return i end
  end
  for key in next, list do
    if type(key) == "number" and key > count then return count + 1 end
  end
end

--- As for a function: the next one, nil at the end, nil and an error for what goes wrong.
local function reader(list, count)
  local at = 0
  return function()
    at = at + 1
    local input = list[at]
    if input == nil and at < count then return nil, HOLE:format(at) end
    return input
  end
end

--- Raises on what is none.
---@param inputs any[]|fun(): any, any
---@return fun(): any, any
---@return integer|nil count
return function(inputs)
  if callable(inputs) then return inputs, nil end
  if type(inputs) ~= "table" then
    error("map: inputs must be a list, or a function that gives the next one", 3)
  end
  local hole = find_hole(inputs)
  if hole then error(HOLE:format(hole), 4) end
  return reader(inputs, #inputs), #inputs
end
