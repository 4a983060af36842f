-- SPDX-License-Identifier: MIT
-- The oracle of fuzz_budget.c: whatever the headers say, what is read is well formed, nobody waits
-- for longer than a day, and what cannot be read opens no budget that was closed.

local budgets = require "waba.budget"
local core = require "waba.core"

local ACCOUNT = "102290129340398"
local DAY = 24 * 3600

local settings = assert(core.settings { access_token = "EAAcanary", max_attempts = 1 })
local statuses = { 200, 200, 400, 429, 500 }
local bodies = { [200] = '{"success":true}', [400] = '{"error":{"code":80008,"message":"m"}}' }
local FULL = ('{"%s":[{"call_count":96,"total_cputime":1,"total_time":1}]}'):format(ACCOUNT)

local function is_within(value, least, most)
  return type(value) == "number" and value >= least and value <= most -- NaN is not
end

local function check_told(percent, regain, partial)
  assert(percent == nil or is_within(percent, 0, 1000), "percent")
  assert(is_within(regain, 0, DAY), "regain")
  assert(type(partial) == "boolean", "partial")
end

--- What the call's reply says.
local function check_usage(call, status)
  local app, app_regain, app_partial, percent, regain, partial, others = call:usage()
  check_told(app, app_regain, app_partial)
  check_told(percent, regain, partial)
  for id, told in pairs(others or {}) do
    assert(type(id) == "string", "id")
    assert(told.percent or told.regain > 0, "nothing")
    check_told(told.percent, told.regain, told.partial)
  end
  assert((call:throttled() ~= nil) == (status == 400 or status == 429), "throttled")
end

--- Sends through a budget, with this reply; answers the seconds to wait where it cannot go.
local function exchange(budget, status, headers)
  local call = core.calls.assign(settings, ACCOUNT, "2", "MANAGE")
  assert(call:step(0, 0.5) == "send")
  local wait, receipt = budget:delay(call)
  assert(is_within(wait, 0, DAY + 60), "wait")
  if wait > 0 then return wait end
  call:request()
  call:feed { status = status, headers = headers, body = bodies[status] or "" }
  call:step(0, 0.5)
  check_usage(call, status)
  budget:learn(call, receipt)
  return 0
end

local function check_described(usage)
  for _, told in pairs(usage) do
    assert(told.percent == nil or is_within(told.percent, 0, 1e6), "percent in use")
    assert(is_within(told.parked_seconds, 0, DAY), "parked")
    assert(told.sent >= 0, "sent")
  end
end

return function(how, status, text)
  local now = 1000
  local clock = { now = function() return now end }
  local app, accounts = text:match "^([^\n]*)\n?(.*)$"
  if how % 2 == 1 then accounts = ('{"%s":%s}'):format(ACCOUNT, accounts) end
  local headers = { ["x-app-usage"] = app, ["x-business-use-case-usage"] = accounts }
  status = statuses[status % #statuses + 1]

  local budget = budgets.new(nil, clock)
  for _ = 1, 3 do exchange(budget, status, headers) end
  local usage = budget:usage()
  check_described { usage.app }
  check_described(usage.accounts)

  local closed = budgets.new(nil, clock) -- a late reply, to a request from before it was closed
  local call = core.calls.assign(settings, ACCOUNT, "2", "MANAGE")
  assert(call:step(0, 0.5) == "send")
  local _, receipt = closed:delay(call)
  exchange(closed, 200, { ["x-business-use-case-usage"] = FULL })
  call:request()
  call:feed { status = status, headers = headers, body = bodies[status] or "" }
  call:step(0, 0.5)
  closed:learn(call, receipt)
  assert(exchange(closed, 200, {}) > 0, "opened by an older reply")
end
