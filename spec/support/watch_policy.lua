--- Inside the nginx of a spec: counts how often the access policy of examples/openresty is applied
--- to an account, and whether ever by two at the same time. /metrics shows it.

local metrics = require "provider.metrics"
local policy = require "provider.policy"

local dict = ngx.shared.waba_metrics
local apply = policy.apply

function policy.apply(account)
  if dict:incr("spec_now" .. account, 1, 0) > 1 then metrics.add("spec_overlaps_total") end
  metrics.add("spec_applied_total", { account = account })
  local results, failure = apply(account)
  dict:incr("spec_now" .. account, -1)
  return results, failure
end
