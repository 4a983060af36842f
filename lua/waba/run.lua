--- The loop that carries out one call. The only one: every way of doing I/O goes through here.
-- The call decides (send, wait, next page, done, failed); the driver performs.

local err = require "waba.err"

---@class waba.Driver
---@field exchange fun(call: userdata) performs the call's request and tells the call what came
---@field now fun(): number seconds, monotonic
---@field sleep fun(seconds: number)
---@field random fun(): number uniform in [0, 1)
---@field token (fun(): string|nil, string|nil)|nil asked before every request, where it is given

--- Whether the request may go: a token that comes from a function is fetched now.
local function authorized(call, driver)
  return not driver.token or call:authorize(driver.token())
end

local function append(items, page)
  if not items then return page end
  for _, item in ipairs(page) do items[#items + 1] = item end
  return items
end

--- Runs a call to its end.
---@param call userdata
---@param driver waba.Driver
---@return table|true|nil # the items of a list; true for a write; nil where it failed
---@return table|waba.Error|nil # the list's summary where one was asked for; the error
return function(call, driver)
  local items, summary
  while true do
    local step, value, page_summary = call:step(driver.now(), driver.random())
    if step == "send" then
      if authorized(call, driver) then driver.exchange(call) end
    elseif step == "wait" then
      driver.sleep(value)
    elseif step == "page" then
      items, summary = append(items, value), page_summary or summary
    elseif step == "done" then
      if items then return items, summary end
      return true
    else
      return nil, err.wrap(value)
    end
  end
end
