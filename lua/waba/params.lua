--- The parameters of calls by path.

local json = require("waba.core").json

local EXACT = 2 ^ 53 -- up to here every whole number is exact, wherever numbers are doubles

local function is_scalar(value)
  if type(value) ~= "number" then return type(value) == "string" or type(value) == "boolean" end
  return value % 1 == 0 and math.abs(value) < EXACT
end

local function list_text(list)
  local parts, count = {}, 0
  for _ in pairs(list) do count = count + 1 end
  for i, item in ipairs(list) do
    if not is_scalar(item) then return nil end
    parts[i] = type(item) == "number" and ("%d"):format(item) or json.encode(item)
  end
  return count == #parts and "[" .. table.concat(parts, ",") .. "]" or nil
end

local function text_of(value)
  if type(value) == "table" then return list_text(value) end
  if not is_scalar(value) then return nil end
  return type(value) == "number" and ("%d"):format(value) or tostring(value)
end

local WRONG = "%s: parameter '%s' must be a string, a boolean, a whole number below 2^53, or a "
  .. "list of these, got a %s"

--- Parameters as core.request takes them: names and values by turns, in the order of the names, so
--- that the same request is the same bytes. Raises on what cannot be sent.
---@param method string for the message
---@param params waba.Params|nil
---@return string[]
return function(method, params)
  if params == nil then return {} end
  if type(params) ~= "table" then
    error(("%s: params must be a table, got a %s"):format(method, type(params)), 3)
  end
  local names, list = {}, {}
  for name in pairs(params) do
    if type(name) ~= "string" then
      error(("%s: params must have names, got a %s as a key"):format(method, type(name)), 3)
    end
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local text = text_of(params[name])
    if not text then error(WRONG:format(method, name, type(params[name])), 3) end
    list[#list + 1], list[#list + 2] = name, text
  end
  return list
end
