-- For wrk: POST /onboard for one account after the other, of 10,000.

-- luacheck: globals request done wrk
local account = math.random(0, 9999)

function request()
  account = (account + 1) % 10000
  return wrk.format("POST", "/onboard", nil, ('{"waba_id":"7%014d"}'):format(account))
end

function done(summary, latency)
  local errors = summary.errors
  io.write(("onboard %.1f %.1f %.1f %d\n"):format(
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
