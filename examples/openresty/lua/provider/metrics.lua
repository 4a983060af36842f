--- GET /metrics, for Prometheus. Counters are in a shared dict under their own names; what is known
-- of budgets and accounts is asked for.

local M = {}

local dict = ngx.shared.waba_metrics

local HELP = {
  waba_requests_total = "Requests sent to Graph.",
  waba_responses_total = "What came of them: ok, or the kind of the error.",
  waba_response_seconds_total = "Seconds that they took.",
  waba_retries_total = "Requests sent again after a failure.",
  waba_throttles_total = "Requests that Graph refused for its rate limits.",
  waba_parks_total = "Requests held back so that it would not.",
  waba_webhook_events_total = "Events from Meta: taken, known, old, ahead or ignored.",
  waba_webhook_refused_total = "Deliveries that were refused, and why.",
  waba_accounts = "Accounts with something left to do (open), or given up (failed).",
  waba_accounts_parked = "Accounts whose budget is closed for now.",
  waba_shared_dict_free_bytes = "Whole pages that are free.",
  waba_usage_percent = "What is used of the app's budget, and of the fullest accounts'.",
}

local function escape(text)
  return (tostring(text):gsub('[\\"\n]', { ["\\"] = "\\\\", ['"'] = '\\"', ["\n"] = "\\n" }))
end

local function name_of(name, labels)
  local parts = {}
  for label, value in pairs(labels or {}) do
    parts[#parts + 1] = ('%s="%s"'):format(label, escape(value))
  end
  if not parts[1] then return name end
  table.sort(parts)
  return name .. "{" .. table.concat(parts, ",") .. "}"
end

--- Adds to a counter.
---@param name string
---@param labels table<string, string>|nil
---@param n number|nil default 1
function M.add(name, labels, n)
  dict:incr(name_of(name, labels), n or 1, 0)
end

local EVENTS = {
  retry = "waba_retries_total", throttle = "waba_throttles_total", park = "waba_parks_total",
}

--- The client's option of that name.
function M.on_event(event)
  local labels = { operation = event.operation }
  if event.type == "request" then
    M.add("waba_requests_total", labels)
  elseif event.type == "response" then
    M.add("waba_response_seconds_total", labels, event.seconds)
    labels.result = event.kind or "ok"
    M.add("waba_responses_total", labels)
  elseif EVENTS[event.type] then
    M.add(EVENTS[event.type], labels)
  end
end

local MOST_ACCOUNTS = 50 -- in waba_usage_percent

local function add_usage(values, usage)
  local known, parked = {}, 0
  for id, account in pairs(usage.accounts) do
    if account.parked_seconds > 0 then parked = parked + 1 end
    if account.percent then known[#known + 1] = { id = id, percent = account.percent } end
  end
  values.waba_accounts_parked = parked
  table.sort(known, function(a, b) return a.percent > b.percent end)
  for i = 1, math.min(#known, MOST_ACCOUNTS) do
    values[name_of("waba_usage_percent", { account = known[i].id })] = known[i].percent
  end
  values[name_of("waba_usage_percent", { account = "app" })] = usage.app.percent
end

--- Counters and gauges in Prometheus' text format, sorted.
---@param values table<string, number> by name with labels
function M.render(values)
  local names, lines, last = {}, {}, nil
  for name in pairs(values) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local family = name:match "^[%w_]+"
    if family ~= last then
      lines[#lines + 1] = ("# HELP %s %s"):format(family, HELP[family] or family)
      lines[#lines + 1] = ("# TYPE %s %s"):format(family,
        family:find "_total$" and "counter" or "gauge")
      last = family
    end
    lines[#lines + 1] = ("%s %.15g"):format(name, values[name])
  end
  return table.concat(lines, "\n") .. "\n"
end

function M.handle()
  local values = {}
  for _, name in ipairs(dict:get_keys(0)) do values[name] = dict:get(name) end
  add_usage(values, require("provider.client").get():usage())
  for progress, count in pairs(require("provider.accounts").count()) do
    values[name_of("waba_accounts", { progress = progress })] = count
  end
  for name, shared in pairs(ngx.shared) do
    values[name_of("waba_shared_dict_free_bytes", { dict = name })] = shared:free_space()
  end
  ngx.header["Content-Type"] = "text/plain; version=0.0.4"
  ngx.print(M.render(values))
end

return M
