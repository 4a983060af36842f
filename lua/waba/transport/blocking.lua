--- The driver for scripts: libcurl, one request at a time, the request and its reply staying in C.

--- A load that fails (out of memory, say) leaves a mark on LuaJIT that would fail all later ones.
local function load()
  local sound, module = pcall(require, "waba.curl")
  if sound then return module end
  package.loaded["waba.curl"] = nil
  error(module, 0)
end

---@param settings userdata
---@return fun(call: userdata) exchange
---@return fun() close
return function(settings)
  local easy -- made, and libcurl loaded, at the first request: until then a client costs nothing
  local function exchange(call)
    easy = easy or load().easy(settings)
    easy:exchange(call)
  end
  local function close()
    if easy then easy:close() end
  end
  return exchange, close
end
