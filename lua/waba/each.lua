--- Items one by one, fetched page by page: memory does not grow with the list.

local run = require "waba.run"

--- Makes the iterator over a list call. A failure is not silent: it comes as the last item, `false`
--- and the error, and then the iteration ends.
---@param call userdata
---@param owner { driver: waba.Driver } asked for every page: a map may have begun meanwhile
---@return fun(): table|false|nil, waba.Error|nil
return function(call, owner)
  local page, at, over = {}, 0, false
  return function()
    at = at + 1
    while not page[at] do
      if over then return nil end
      local step, value, _, last = run.advance(call, owner.driver)
      over = last or step ~= "page"
      if step == "failed" then return false, value end
      page, at = step == "page" and value or {}, 1
    end
    return page[at]
  end
end
