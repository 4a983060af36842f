--- A client on a transport that answers from a list, for specs: no network, no time.

local waba = require "waba"

local M = {}

M.TOKEN = "TEST_TOKEN"

--- A reply with this body. A table of headers may follow.
function M.reply(status, body, headers)
  return { status = status, headers = headers or {}, body = body }
end

--- No reply came. What the transport's contract says.
function M.lost(message, kind, sent)
  return { lost = true, message = message, kind = kind, sent = sent }
end

--- A transport that gives one answer after the other (the last one again and again) and keeps the
-- requests. An answer is a reply, a loss, or a function that is called with the request.
---@param answers table|function one answer, or a list of them
---@return function transport
---@return table requests every request as it came, with `timeout` added
function M.transport(answers)
  local requests = {}
  local one = type(answers) == "function" or answers.status or answers.lost
  if one then answers = { answers } end
  local function transport(request, timeout)
    requests[#requests + 1] = request
    request.timeout = timeout
    local answer = answers[math.min(#requests, #answers)]
    if type(answer) == "function" then return answer(request, timeout) end
    if answer.lost then return nil, answer.message, answer.kind, answer.sent end
    return answer
  end
  return transport, requests
end

--- A clock that moves only when somebody sleeps.
---@param random? number what its `random` answers; default 0.5
---@return table clock with the list `sleeps`
function M.clock(random)
  local clock, time, sleeps = {}, 1000, {}
  function clock.now() return time end
  function clock.random() return random or 0.5 end
  function clock.sleep(seconds)
    time = time + seconds
    sleeps[#sleeps + 1] = seconds
  end
  return clock, sleeps
end

--- A store of budgets that keeps nothing: no call is paced. Budgets have specs of their own.
M.FORGETFUL = {
  get = function() end, set = function() end,
  incr = function(_, _, n, init) return (init or 0) + n end,
}

--- A client on such a transport that tries once and is not paced; `options` are added to it.
---@return waba.Client client
---@return table requests
function M.client(answers, options)
  local settings = {
    access_token = M.TOKEN, clock = (M.clock()), max_attempts = 1, budget = M.FORGETFUL,
  }
  for key, value in pairs(options or {}) do settings[key] = value end
  local requests
  settings.transport, requests = M.transport(answers)
  return assert(waba.new(settings)), requests
end

-- Calls that every operation understands, for specs that go through all of them.
M.CALLS = {
  account = { "102290129340398" },
  assign = { "102290129340398", "1972555232742222", { "MANAGE" } },
  assigned_accounts = { "1972555232742222" },
  assigned_users = { "102290129340398", "9876543210987654" },
  client_accounts = { "9876543210987654" },
  create_system_user = { "9876543210987654", "Night shift", "EMPLOYEE" },
  create_token = { "1972555232742222", "670843887433847", { "business_management" } },
  credit_allocation = { "1972385232742147" },
  credit_allocations = { "1972385232742146", "2729063490586005" },
  credit_lines = { "9876543210987654" },
  debug_token = { "PASSED_TOKEN" },
  install_app = { "1972555232742222", "670843887433847" },
  invalidate_tokens = { "1972555232742222" },
  owned_accounts = { "9876543210987654" },
  refresh_token = { "PASSED_TOKEN" },
  rename_system_user = { "9876543210987654", "1972555232742222", "Day shift" },
  revoke_credit_allocation = { "1972385232742147" },
  revoke_token = { "PASSED_TOKEN" },
  share_credit_line = { "1972385232742146", "102290129340398", "USD" },
  solutions = { "102290129340398" },
  system_user = { "1972555232742222" },
  system_users = { "9876543210987654" },
  unassign = { "102290129340398", "1972555232742222" },
}

M.OPERATIONS = { "assign", "assigned_users", "system_users", "unassign" }
M.WRITES = { "assign", "unassign" }
M.READS = { "assigned_users", "system_users" }

local unpack = table.unpack or unpack -- luacheck: ignore

--- Calls an operation with arguments that are sound.
function M.call(client, operation)
  return client[operation](client, unpack(M.CALLS[operation]))
end

--- What an operation makes of one answer.
function M.outcome(operation, answer, options)
  return M.call(M.client(answer, options), operation)
end

--- The same for what must fail: the error.
function M.failure(operation, answer, options)
  local result, err = M.outcome(operation, answer, options)
  assert(result == nil, "the call succeeded")
  return err
end

--- The reply with a Graph error of these fields.
function M.graph_error(status, fields, headers)
  return M.reply(status, require("waba.core").json.encode({ error = fields }), headers)
end

return M
