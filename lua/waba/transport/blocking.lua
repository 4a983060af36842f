--- The driver for scripts: libcurl, one request at a time, the request and its reply staying in C.

---@param settings userdata
---@return fun(call: userdata) exchange
---@return fun() close
return function(settings)
  local easy -- made, and libcurl loaded, at the first request: until then a client costs nothing
  local function exchange(call)
    easy = easy or require("waba.curl").easy(settings)
    easy:exchange(call)
  end
  local function close()
    if easy then easy:close() end
  end
  return exchange, close
end
