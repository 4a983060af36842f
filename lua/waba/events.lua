--- Events: plain tables without secrets, for logs and meters.
--
--   type      "request", "response", "throttle", "retry", "park" or "page"
--   time      seconds on the client's clock
--   operation, method, account (absent where the call has none), attempt (the first is 1)
--   path      what of the URL stands before the query, redacted; absent once the client is closed
--   status    of a response: HTTP status, absent where no reply came
--   kind      of a response that failed: what err.kind would be
--   seconds   of a response: how long it took
--   wait      of a retry or a park: seconds until the next request of this call
--   items     of a page: how many
--
-- A response that says "throttled" is followed by a "throttle" with the same fields. A "retry"
-- waits after a failure; a "park" waits because the budget of the account or of the
-- app leaves no room. An event is the listener's: what it changes there changes nothing else.

local function copy(event)
  local result = {}
  for key, value in pairs(event) do result[key] = value end
  return result
end

---@param on_event fun(event: table)
---@param now fun(): number
---@return fun(type: string, call: userdata, more: table|nil) emit
return function(on_event, now)
  local began = setmetatable({}, { __mode = "k" })
  return function(type, call, more)
    local event = call:facts()
    event.type, event.time = type, now()
    for key, value in pairs(more or {}) do event[key] = value end
    if type == "request" then
      began[call], event.status = event.time, nil
    elseif type == "response" then
      event.seconds = event.time - began[call]
    end
    local throttle = type == "response" and event.kind == "throttled" and copy(event)
    on_event(event) -- and it is the listener's
    if not throttle then return end
    throttle.type = "throttle"
    on_event(throttle)
  end
end
