--- Checks for what a user of the sandbox writes by hand: seeds and fault rules.
--
-- A check is `function(value, path) -> nil | message`, and `path` says where the value stands
-- ("seed.users[2].role"). Checks compose: `list(record({ id = id }, {}))`.

local M = {}

local function sorted_keys(...)
  local keys = {}
  for _, map in ipairs({ ... }) do
    for key in pairs(map) do keys[#keys + 1] = tostring(key) end
  end
  table.sort(keys)
  return keys
end

local function typed(name, what)
  return function(value, path)
    if type(value) ~= name then return path .. " must be " .. what end
  end
end

M.flag = typed("boolean", "true or false")
M.func = typed("function", "a function")

function M.text(value, path)
  if type(value) ~= "string" or value == "" then return path .. " must be a non-empty string" end
end

--- Node ids are strings: LuaJIT prints a number this long as 1.9725552327422e+15.
function M.id(value, path)
  if type(value) == "number" then return path .. " must be a string of digits: quote it" end
  if type(value) ~= "string" or not value:find("^[1-9]%d*$") then
    return path .. " must be a string of digits"
  end
end

--- A whole number from 1; `math.huge` is one, for "always".
function M.count(value, path)
  local whole = type(value) == "number" and value >= 1 and (value == math.huge or value % 1 == 0)
  if not whole then return path .. " must be a whole number, 1 or more" end
end

--- A string that matches a Lua pattern; `what` names it in the message.
function M.matching(pattern, what)
  return function(value, path)
    if type(value) ~= "string" or not value:find(pattern) then
      return path .. " must be " .. what
    end
  end
end

function M.one_of(...)
  local names, known = {}, {}
  for i, value in ipairs({ ... }) do
    names[i], known[value] = tostring(value), true
  end
  return function(value, path)
    if not known[value] then
      return path .. " must be one of " .. table.concat(names, ", ")
    end
  end
end

function M.list(check)
  return function(value, path)
    if type(value) ~= "table" then return path .. " must be a list" end
    local count = 0
    for _ in pairs(value) do count = count + 1 end
    if count ~= #value then return path .. " must be a list: keys 1 to n, no holes" end
    for i, item in ipairs(value) do
      local message = check(item, ("%s[%d]"):format(path, i))
      if message then return message end
    end
  end
end

--- A map from name to text.
function M.texts(value, path)
  if type(value) ~= "table" then return path .. " must be a table of name = text" end
  for _, name in ipairs(sorted_keys(value)) do
    if type(value[name]) ~= "string" then return ("%s[%q] must be a string"):format(path, name) end
  end
end

--- A map from text to text without control characters: HTTP headers.
function M.headers(value, path)
  if type(value) ~= "table" then return path .. " must be a table of name = value" end
  for _, name in ipairs(sorted_keys(value)) do
    if not name:find("^[%w_-]+$") then return path .. " has a bad header name" end
    if type(value[name]) ~= "string" or value[name]:find("%c") then
      return ("%s[%q] must be a string without control characters"):format(path, name)
    end
  end
end

--- A table with these keys and no others. Both arguments map a key to its check.
function M.record(required, optional)
  local known = sorted_keys(required, optional)
  return function(value, path)
    if type(value) ~= "table" then return path .. " must be a table" end
    for _, key in ipairs(sorted_keys(value)) do
      if not (required[key] or optional[key]) then
        return ("%s has no key %q (known: %s)"):format(path, key, table.concat(known, ", "))
      end
    end
    for _, key in ipairs(known) do
      local check, item = required[key] or optional[key], value[key]
      local message = (item ~= nil or required[key]) and check(item, path .. "." .. key)
      if message then return message end
    end
  end
end

return M
