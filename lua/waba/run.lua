--- The loop that carries out one call. The only one: every way of doing I/O goes through here.
-- The call decides (send, wait, next page, done, failed); the driver performs.

local err = require "waba.err"

local M = {}

---@class waba.Driver
---@field exchange fun(call: userdata) performs the call's request and tells the call what came
---@field now fun(): number seconds, monotonic
---@field sleep fun(seconds: number)
---@field park (fun(seconds: number, call: userdata, shared: boolean|nil))|nil instead of sleep,
---  where the wait is long; shared: nothing that the app sends would go sooner
---@field random fun(): number uniform in [0, 1)
---@field refuses (fun(): string|nil)|nil asked before every request: why none can be sent from here
---@field token (fun(): string|nil, string|nil)|nil asked before every request, where it is given
---@field budget table|nil says how long a request must wait, and learns from every reply
---@field emit fun(type: string, call: userdata, more: table|nil)|nil tells of what happens
---@field in_line (fun(call: userdata, send: function, driver: table): any)|nil calls `send` when it
---  is the call's turn, and answers what that does, or false: its time ran out before
---@field learn fun(call: userdata)|nil told of every attempt that has ended, before anybody waits
---@field stop (fun(call: userdata, failure: waba.Error|nil))|nil asked before every step, and told
---  how a call has failed: it may stop the call

--- Tells of a request that goes now. Where that raises, it does not go.
local function announce(call, driver, receipt)
  local sound, raised = pcall(driver.emit, "request", call)
  if sound then return end
  if receipt then driver.budget:take_back(receipt) end
  error(raised, 0)
end

--- Sends the call's request, unless it cannot be sent from here, there is no token for it, or the
--- budget holds it back.
---@return waba.Receipt|true|false # false: not sent
---@return boolean|nil # whether the budget of all holds it back
local function send_now(call, driver)
  local reason = driver.refuses and driver.refuses()
  if reason then
    call:lost(reason, "blocking")
    return false
  end
  if driver.token and not call:authorize(driver.token()) then return false end
  local delay, receipt, shared = 0, nil, nil
  if driver.budget then delay, receipt, shared = driver.budget:delay(call) end
  if delay > 0 then
    call:hold(delay)
    return false, shared
  end
  if driver.emit then announce(call, driver, receipt) end
  driver.exchange(call)
  return receipt or true
end

local function send(call, driver)
  if driver.in_line then return driver.in_line(call, send_now, driver) end
  return send_now(call, driver)
end

--- What came of a request is known once the call has read the reply, in the step after it.
local function learn(call, driver, receipt)
  if driver.learn then driver.learn(call) end
  if driver.budget then driver.budget:learn(call, receipt) end
  if driver.emit then driver.emit("response", call) end
end

local BRIEF = 1 -- seconds: up to here a wait is not worth a change of places

--- Waits on a call's time. Where that may take long, somebody else has the place.
---@param call userdata
---@param driver waba.Driver
---@param seconds number
---@param held boolean|nil by a budget
---@param shared boolean|nil as for `driver.park`
function M.pause(call, driver, seconds, held, shared)
  if driver.park and (held or seconds > BRIEF or call:kind() == "throttled") then
    return driver.park(seconds, call, shared)
  end
  driver.sleep(seconds)
end

local function wait(call, driver, seconds, held, shared)
  if driver.emit then driver.emit(held and "park" or "retry", call, { wait = seconds }) end
  M.pause(call, driver, seconds, held, shared)
end

--- Carries a call on to its next page, or its end.
---@param call userdata
---@param driver waba.Driver
---@return "page"|"done"|"failed"
---@return table|true|waba.Error|nil # the page's items; the answer, unless pages were; the error
---@return table|nil # the page's summary, where one was asked for
---@return boolean|nil # of a page: whether it is the last
function M.advance(call, driver)
  local sent, shared
  while true do
    if driver.stop then driver.stop(call) end
    local step, value, more, last = call:step(driver.now(), driver.random())
    if sent then learn(call, driver, sent) end
    if step == "send" then
      sent, shared = send(call, driver)
    elseif step == "wait" then
      sent = false
      wait(call, driver, value, more, shared)
    else
      if step == "failed" then
        err.wrap(value)
        if driver.stop then driver.stop(call, value) end
      end
      if driver.emit and step == "page" then driver.emit(step, call, { items = #value }) end
      return step, value, more, last
    end
  end
end

local function append(items, page)
  if not items then return page end
  for _, item in ipairs(page) do items[#items + 1] = item end
  return items
end

--- Runs a call to its end.
---@param call userdata
---@param driver waba.Driver
---@return table|true|nil # the items of a list, an object, or true; nil where it failed
---@return table|waba.Error|nil # the list's summary where one was asked for; the error
function M.run(call, driver)
  local items, summary
  while true do
    local step, value, page_summary, last = M.advance(call, driver)
    if step == "page" then
      items, summary = append(items, value), page_summary or summary
      if last then return items, summary end
    elseif step == "failed" then
      return nil, value
    else
      if items then return items, summary end
      return value
    end
  end
end

return M
