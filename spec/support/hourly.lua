--- A Graph that limits: buckets of the last hour for every account and for the app, as a transport
-- in virtual time. It counts to the call; what it tells is in whole percents, and may be late or
-- missing, as from Graph.

local HOUR = 3600

local M = {}

---@class spec.Hourly
local Hourly = {}
Hourly.__index = Hourly

---@class spec.HourlyOptions
---@field clock table whose `now` and `sleep` it lives by
---@field random fun(): number
---@field limit fun(account: string): integer calls an hour; default 200
---@field app_limit integer|nil default none, and then no X-App-Usage
---@field late number|nil seconds that headers lag behind; default 0
---@field missing number|nil share of the replies without headers; default 0
---@field code integer|nil of the refusals of an account; default 80008
---@field latency number|nil seconds that a request takes at most; default 0.5

function M.new(options)
  return setmetatable({
    clock = options.clock, random = options.random,
    limit = options.limit or function() return 200 end, app_limit = options.app_limit,
    late = options.late or 0, missing = options.missing or 0, code = options.code or 80008,
    latency = options.latency or 0.5,
    buckets = {}, throttles = {}, calls = 0, parked = {}, broken = {},
  }, Hourly)
end

--- The times of an account's calls in the last hour, oldest first, as a queue.
local function bucket_of(self, key)
  local bucket = self.buckets[key]
  if not bucket then
    bucket = { first = 1, last = 0, served = 0 }
    self.buckets[key] = bucket
  end
  local since = self.clock.now() - HOUR - self.late
  while bucket.first <= bucket.last and bucket[bucket.first] <= since do
    bucket[bucket.first] = nil
    bucket.first = bucket.first + 1
  end
  return bucket
end

--- Calls in the hour that ended at `time`, which is now or up to `late` ago.
local function count(bucket, time)
  local low, high = bucket.first, bucket.last + 1
  while low < high do -- the first call after `time`
    local middle = math.floor((low + high) / 2)
    if bucket[middle] <= time then low = middle + 1 else high = middle end
  end
  local ends = low
  low, high = bucket.first, ends
  while low < high do
    local middle = math.floor((low + high) / 2)
    if bucket[middle] <= time - HOUR then low = middle + 1 else high = middle end
  end
  return ends - low
end

local function add(bucket, now)
  bucket.last = bucket.last + 1
  bucket[bucket.last] = now
end

local function percent(self, bucket, limit)
  return math.floor(100 * count(bucket, self.clock.now() - self.late) / limit)
end

local METERS = '"call_count":%d,"total_cputime":%d,"total_time":%d'

local function headers_of(self, account, minutes)
  if not minutes and self.random() < self.missing then return {} end
  local used = percent(self, bucket_of(self, account), self.limit(account))
  if minutes then used = math.max(used, 100) end
  local told = '{"%s":[{"type":"whatsapp_business_management",' .. METERS
    .. ',"estimated_time_to_regain_access":%d}]}'
  local headers = { ["x-business-use-case-usage"] = told:format(account, used,
    math.floor(used / 3), math.floor(used / 4), minutes or 0) }
  if self.app_limit then
    local app = percent(self, bucket_of(self, "app"), self.app_limit)
    headers["x-app-usage"] = ("{" .. METERS .. "}"):format(app, 0, math.floor(app / 2))
  end
  return headers
end

local function refuse(self, account, code, minutes)
  self.throttles[#self.throttles + 1] = { account = account, code = code, at = self.clock.now() }
  local headers = minutes == 0 and {} or headers_of(self, account, minutes)
  local body = ('{"error":{"message":"(#%d) too many calls","type":"OAuthException","code":%d}}')
  return { status = 400, headers = headers, body = body:format(code, code) }
end

--- From now on every call for this account is refused until `minutes` are over. stated: whether the
--- refusal says so (default true).
function Hourly:inject(account, minutes, code, stated)
  self.parked[account] = { minutes = minutes, code = code or self.code, stated = stated ~= false }
end

--- An injected limit, once a call has met it: the first starts the time, any other in that time
--- is noted in `broken`.
local function injected(self, account, now)
  local park = self.parked[account]
  if not park then return nil end
  if not park.ends then
    park.ends, park.said = now + park.minutes * 60, now + self.latency
  elseif now >= park.ends then
    self.parked[account] = nil
    return nil
  elseif now > park.said then -- a call that left before the first refusal was back breaks nothing
    self.broken[#self.broken + 1] = { account = account, at = now, ends = park.ends }
  end
  return refuse(self, account, park.code, park.stated and park.minutes or 0)
end

local function answer(self, account)
  local now = self.clock.now()
  local own, app = bucket_of(self, account), bucket_of(self, "app")
  self.calls = self.calls + 1
  add(own, now)
  add(app, now)
  local refusal = injected(self, account, now)
  if refusal then return refusal end
  if count(own, now) > self.limit(account) then return refuse(self, account, self.code, 10) end
  local full = self.app_limit and count(app, now) > self.app_limit
  if full then return refuse(self, account, 4, 10) end
  own.served, app.served = own.served + 1, app.served + 1
  return { status = 200, headers = headers_of(self, account), body = self.body }
end

--- Calls that were answered.
function Hourly:served(account)
  local bucket = self.buckets[account]
  return bucket and bucket.served or 0
end

--- Calls of others, which we do not count.
function Hourly:spend(account, calls)
  for _ = 1, calls do add(bucket_of(self, account), self.clock.now()) end
end

--- The transport. Half of the latency is before the call is counted, half after.
function Hourly:transport()
  return function(request)
    local account = request.url:match("/v[%d.]+/(%d+)/")
    self.body = request.method == "GET" and '{"data":[]}' or '{"success":true}'
    local body = self.body
    local half = self.latency / 2
    self.clock.sleep(half * self.random())
    self.body = body
    local reply = answer(self, account)
    self.clock.sleep(half * self.random())
    return reply
  end
end

return M
