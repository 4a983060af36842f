--- Faults by rule: which request is to fail, and how.

local check = require("waba.sandbox.check")
local params = require("waba.sandbox.params")
local reply = require("waba.sandbox.reply")
local text = require("waba.sandbox.text")

local M = {}

-- What the fault comes to where there is no wire. Those without a failure arrive as a response.
local WIRE = {
  reset = { kind = "network", message = "connection reset before the reply was complete" },
  half = { kind = "network", message = "connection closed in the middle of the reply" },
  stall = { kind = "timeout", message = "no reply in time" },
  drip = {},
  redirect = {},
  gzip_bomb = { kind = "network", message = "reply larger than any limit" },
  header_flood = { kind = "network", message = "reply with too many headers" },
}

-- `timeout` and `broken` are the in-process names of two wire faults.
local TIMEOUT_WIRE, BROKEN_WIRE = "stall", "reset"

local ELSEWHERE = "https://elsewhere.invalid"

---@class waba.sandbox.rule
---@field method? string only requests with this method
---@field path? string only requests whose path contains this text, taken literally
---@field params? table<string, string> only requests with these parameters, each holding this text
---@field nth? integer the first matching request to fail, counted from the rule on (default 1)
---@field times? integer how many in a row fail from there (default 1; math.huge for all)
---@field applied? boolean the request takes effect before it fails (default false)
---@field status? integer answer with this HTTP status (default 200 where there is a body)
---@field headers? table<string, string> headers of the answer, on top of the usual ones
---@field body? string|table text as it is, or a value to send as JSON
---@field timeout? boolean no reply in time
---@field broken? boolean|"network"|"tls" the connection fails; true is "network"
---@field sent? boolean whether a broken request may have reached the server (default true)
---@field wire? "reset"|"half"|"drip"|"stall"|"redirect"|"gzip_bomb"|"header_flood"

local function check_status(value, path)
  if type(value) ~= "number" or value % 1 ~= 0 or value < 200 or value > 599 then
    return path .. " must be an HTTP status from 200 to 599"
  end
end

local function check_body(value, path)
  if type(value) ~= "string" and type(value) ~= "table" then
    return path .. " must be a string or a table"
  end
end

local RULE = check.record({}, {
  method = check.text,
  path = check.text,
  params = check.texts,
  nth = check.count,
  times = check.count,
  applied = check.flag,
  status = check_status,
  headers = check.headers,
  body = check_body,
  timeout = check.flag,
  broken = check.one_of(true, false, "network", "tls"),
  sent = check.flag,
  wire = check.one_of(
    "reset", "half", "drip", "stall", "redirect", "gzip_bomb", "header_flood"),
})

-- What the keys must not say together.
local function check_sense(rule)
  local ways = 0
  for _, key in ipairs({ "timeout", "broken", "wire" }) do
    if rule[key] then ways = ways + 1 end
  end
  if ways > 1 then return "rule may have only one of timeout, broken, wire" end
  if ways == 0 and not (rule.status or rule.body) then
    return "rule must say what happens: status, body, timeout, broken or wire"
  end
  if rule.sent == false and not rule.broken then return "rule.sent goes with broken" end
  if rule.sent == false and rule.applied then return "rule.sent = false contradicts applied" end
end

local function failure_of(rule, wire)
  local row = WIRE[wire]
  if not row or not row.kind then return nil end
  local kind = rule.broken == "tls" and "tls" or row.kind
  return { kind = kind, message = "sandbox: " .. row.message, sent = rule.sent ~= false }
end

--- Makes a rule ready for use.
---@param rule waba.sandbox.rule
---@return table? compiled
---@return string? message
function M.compile(rule)
  local message = RULE(rule, "rule") or check_sense(rule)
  if message then return nil, message end
  local wire = rule.wire or rule.timeout and TIMEOUT_WIRE or rule.broken and BROKEN_WIRE or nil
  local headers = {}
  for name, value in pairs(rule.headers or {}) do headers[name:lower()] = value end
  return {
    name = rule.wire or rule.timeout and "timeout" or rule.broken and "broken" or "status",
    method = rule.method and rule.method:upper(),
    path = rule.path,
    params = rule.params or {},
    seen = 0,
    first = rule.nth or 1,
    last = (rule.nth or 1) + (rule.times or 1) - 1,
    applied = rule.applied or false,
    status = rule.status,
    headers = headers,
    body = type(rule.body) == "table" and text.encode(rule.body) or rule.body,
    wire = wire,
    failure = failure_of(rule, wire),
  }
end

local function matches(rule, call)
  if rule.method and rule.method ~= call.method then return false end
  for name, text_wanted in pairs(rule.params) do
    local value = params.scalar(call.params[name])
    if not value or not value:find(text_wanted, 1, true) then return false end
  end
  return not rule.path or call.path:find(rule.path, 1, true) ~= nil
end

--- Finds the rule that a call falls under. Every matching rule counts the call; of several that
-- are due, the oldest applies.
---@return table? rule
function M.find(rules, call)
  local due
  for _, rule in ipairs(rules) do
    if matches(rule, call) then
      rule.seen = rule.seen + 1
      if rule.seen >= rule.first and rule.seen <= rule.last then due = due or rule end
    end
  end
  return due
end

-- A request that took no effect must not look like one that did, even if its reply is only to
-- be mangled on the wire: the stand-in says that the service is away.
local function stand_in(world, call)
  local trace = world:next_trace()
  local unavailable = {
    message = "(#2) Service temporarily unavailable", type = "OAuthException", code = 2,
    is_transient = true, fbtrace_id = trace,
  }
  return reply.new(world, call, 503, { error = unavailable }, trace)
end

-- The response before the wire has its way with it.
local function start(rule, world, call, real)
  local redirect = rule.wire == "redirect"
  if rule.status or rule.body or redirect then
    return reply.new(world, call, rule.status or redirect and 302 or 200, rule.body or "")
  end
  return real or stand_in(world, call)
end

--- The response of a call that falls under a rule.
---@param real? waba.response Graph's own reply, where the rule let the request take effect
---@return waba.sandbox.response
function M.respond(rule, world, call, real)
  local response = start(rule, world, call, real)
  if rule.wire == "redirect" then response.headers.location = ELSEWHERE .. call.path end
  for name, value in pairs(rule.headers) do response.headers[name] = value end
  response.wire, response.failure = rule.wire, rule.failure
  return response
end

return M
