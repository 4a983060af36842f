-- SPDX-License-Identifier: MIT
-- The oracle of fuzz_reply.c: whatever comes back, a call ends in a well-formed result or error.

local core = require "waba.core"

local TOKEN = "EAAcanarycanarycanarycanary0123456789"

local kinds = {}
for _, kind in ipairs(core.kinds) do kinds[kind.name] = kind end

local settings = assert(core.settings {
  access_token = TOKEN, app_secret = "s3cretCanaryOfTheApp", max_attempts = 2,
})
local statuses = { 200, 200, 200, 400, 401, 403, 404, 429, 500, 503, 302, 201, 100, 599 }
local names = { "system_users", "assigned_users", "assign", "unassign", "account", "debug_token",
  "create_token", "get" }
local BASE = "https://graph.facebook.com/v26.0/"
local urls = { debug_token = BASE .. "debug_token?", account = BASE .. "1?" }

local function call_of(name)
  if name == "get" then return core.request(settings, "get", "1/x", {}) end
  if name == "assign" then return core.calls.assign(settings, "1", "2", "MANAGE") end
  if name == "create_token" then return core.calls.create_token(settings, "1", "2", "a") end
  local two = name == "assigned_users" or name == "unassign"
  return core.calls[name](settings, "1", two and "2" or nil)
end

local types = {
  kind = "string", message = "string", type = "string", title = "string", user_message = "string",
  fbtrace_id = "string", hint = "string", operation = "string", retryable = "boolean",
  attempts = "number", status = "number", code = "number", subcode = "number",
  retry_after = "number",
}

local function check_text(name, text)
  assert(#text <= 4096, name)
  assert(not text:find("[%z\1-\31\127]"), name .. " has control characters")
  assert(not text:find(TOKEN, 1, true), name .. " has the token")
  assert(not text:find("s3cretCanaryOfTheApp", 1, true), name .. " has the secret")
end

local function check_error(err, operation)
  for name, value in pairs(err) do
    assert(types[name] == type(value), name)
    if type(value) == "string" then check_text(name, value) end
  end
  assert(kinds[err.kind] and err.message and err.operation == operation)
  assert(err.retryable == false or kinds[err.kind].retryable)
  assert(not err.retry_after or (err.retry_after >= 0 and err.retry_after <= 86400))
end

local function check_value(value, depth)
  assert(depth <= 40)
  local kind = type(value)
  if kind == "table" then
    for key, inner in pairs(value) do
      assert(type(inner) ~= "number" or not (key == "id" or tostring(key):find "_id$"), "id")
      if key == "paging" and type(inner) == "table" then
        assert(inner.next == nil or inner.next == true, "a link")
        assert(inner.previous == nil or inner.previous == true, "a link")
      end
      check_value(inner, depth + 1)
    end
  else
    assert(kind == "string" or kind == "number" or kind == "boolean", kind)
  end
end

local function check_page(items)
  for key, item in pairs(items) do
    assert(math.type(key) == "integer" and key <= #items and type(item) == "table")
  end
  check_value(items, 0)
end

local function parse(text)
  local headers, at = {}, 1
  while true do
    local stop = text:find("\n", at, true)
    if not stop then return headers, text:sub(at) end
    local name, value = text:sub(at, stop - 1):match "^([^:]*):(.*)$"
    at = stop + 1
    if not name then return headers, text:sub(at) end
    headers[name] = value
  end
end

return function(operation, status, text)
  -- The token in the reply, as Graph puts it into paging.next.
  local headers, body = parse((text:gsub("@", TOKEN)))
  local name = names[operation % #names + 1]
  local call = call_of(name)
  local response = { status = statuses[status % #statuses + 1], headers = headers, body = body }
  for _ = 1, 40 do
    local step, value = call:step(0, 0.5)
    if step == "send" then
      local request = call:request()
      assert(not request.url:find "[%s%z]")
      -- A cursor is Graph's own text and goes back as it came.
      local ours = request.url
      assert(not ours:find(TOKEN, 1, true))
      assert(request.url:find(urls[name] or BASE .. "1/", 1, true) == 1)
      call:feed(response)
    elseif step == "wait" then
      assert(value >= 0 and value <= 3600)
    elseif step == "page" then
      check_page(value)
    elseif step == "failed" then
      return check_error(value, name)
    else
      assert(step == "done", step)
      if value ~= nil then check_value(value, 0) end
      return
    end
  end
  error "a call without an end"
end
