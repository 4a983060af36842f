--- A variable of the environment; an empty one is one that is not set.

---@param name string
---@return string|nil
return function(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end
