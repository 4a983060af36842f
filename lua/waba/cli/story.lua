--- `--verbose`: what goes over the wire, an event a line. Events have no secrets in them.

local M = {}

local function line_of(event)
  local what = event.method .. " " .. (event.path or event.operation)
  if event.type == "request" then
    return ("> %s, attempt %d"):format(what, event.attempt)
  elseif event.type == "response" then
    return ("< %s %s, %.3f s%s"):format(event.status or "no reply", what, event.seconds,
      event.kind and ", " .. event.kind or "")
  elseif event.type == "page" then
    return ("  %s: a page of %d"):format(what, event.items)
  elseif event.type == "retry" then
    return ("  %s: again in %.1f s"):format(what, event.wait)
  elseif event.type == "park" then
    return ("  %s: the budget has no room, waits %.1f s"):format(what, event.wait)
  end
  return ("  %s: throttled"):format(what)
end

---@param say waba.cli.Say
---@return fun(event: table)
function M.new(say)
  return function(event) say:note(line_of(event)) end
end

return M
