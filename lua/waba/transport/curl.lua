--- Loads waba.curl, and libcurl with it, where it is first needed: until then a client costs
--- nothing.

---@return table
return function()
  local sound, module = pcall(require, "waba.curl")
  if sound then return module end
  -- A load that fails (out of memory, say) leaves a mark on LuaJIT that would fail all later ones.
  package.loaded["waba.curl"] = nil
  error(module, 0)
end
