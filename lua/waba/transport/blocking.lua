--- The driver for scripts: libcurl, one request at a time, the request and its reply staying in C.

local load = require "waba.load"

---@param settings userdata
---@return fun(call: userdata) exchange
---@return fun() close
return function(settings)
  local easy -- made at the first request
  local function exchange(call)
    easy = easy or load.now("waba.curl").easy(settings)
    easy:exchange(call)
  end
  local function close()
    if easy then easy:close() end
  end
  return exchange, close
end
