--- Ctrl-C, as Lua's and LuaJIT's interpreters raise it: with the position they were at in front,
-- where they know one.

---@param raised any
---@return boolean
return function(raised)
  return raised == "interrupted!"
    or type(raised) == "string" and raised:find("^[^\n]+:%d+: interrupted!$") ~= nil
end
