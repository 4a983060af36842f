--- Looks at all that access to Graph rests on, and says of each thing what to do about it.

local core = require "waba.core"

local M = {}

---@class waba.Finding
---@field check string "versions", "reach", "version", "clock", "token", "type", "scopes", "expiry",
---  "proof", "id" or "usage"
---@field level "ok"|"warn"|"fail"|"unknown"
---@field finding string one line
---@field advice string|nil what to do

---@class waba.DoctorOptions
---@field token string|nil what the client sends, to be inspected
---@field no_token { message: string, hint: string|nil }|nil why there is none: then only what needs
---  no token is looked at
---@field proof boolean|nil whether the client was made with an app secret
---@field app_id string|nil the app that the client was told of
---@field ids string[]|nil to tell what they are
---@field min_days number|nil a token that ends sooner is a failure
---@field now (fun(): number)|nil seconds since the epoch; default os.time
---@field transport waba.Transport|nil for the first request; default the client's, or libcurl

local DAY = 86400
local SOON = 14 -- days

local function report()
  local findings = {}
  return findings, function(check, level, finding, advice)
    findings[#findings + 1] = { check = check, level = level, finding = finding, advice = advice }
  end
end

-- ---- versions, the way to Graph, the clock ------------------------------------------------------

local function versions(add)
  add("versions", "ok", ("waba %s on %s, lua-cjson %s"):format(core.version,
    rawget(_G, "jit") and rawget(_G, "jit").version or _VERSION, require("cjson.safe")._VERSION))
  local found, curl = pcall(require, "waba.curl")
  if not found then
    return add("versions", "fail", "libcurl cannot be loaded: " .. tostring(curl):match("[^\n]*"),
      "install libcurl, and build waba again")
  end
  local facts = curl.version()
  add("versions", facts.tls and "ok" or "fail", ("libcurl %s, %s, HTTP/%s"):format(facts.version,
    facts.tls or "without TLS", facts.http2 and "2" or "1.1"),
    not facts.tls and "use a libcurl that was built with TLS" or nil)
end

local MONTHS = {}
for i, name in ipairs { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
  "Dec" } do MONTHS[name] = i end

--- Seconds since the epoch of an HTTP date, "Wed, 25 Nov 2026 04:17:33 GMT".
local function seconds_of(date)
  local day, name, year, hour, min, sec =
    (date or ""):match("(%d+) (%a+) (%d%d%d%d) (%d+):(%d+):(%d+) GMT")
  local month = MONTHS[name]
  if not month then return nil end
  -- Days since 1970 in a calendar whose year begins in March, so that leap days come last.
  local y = month > 2 and year or year - 1
  local m = (month + 9) % 12
  local days = 365 * y + math.floor(y / 4) - math.floor(y / 100) + math.floor(y / 400)
    + math.floor((m * 306 + 5) / 10) + day - 719469
  return days * DAY + hour * 3600 + min * 60 + sec
end
M.seconds_of = seconds_of

local function clock(add, date, now)
  local theirs = seconds_of(date)
  if not theirs then return add("clock", "unknown", "the reply has no date to compare with") end
  local skew = math.floor(now - theirs)
  local words = ("this machine's clock is %d s %s"):format(math.abs(skew),
    skew < 0 and "behind" or "ahead")
  if math.abs(skew) <= 30 then return add("clock", "ok", "the clock agrees with Graph's") end
  add("clock", math.abs(skew) > 300 and "fail" or "warn", words,
    "set the clock (timedatectl set-ntp true): certificates and days left depend on it")
end

local UNREACHED = {
  tls = "the certificate is not trusted: is there a proxy that opens TLS, are ca-certificates old?",
  timeout = "something in between swallows the request: look at the firewall and the proxy",
  network = "look at the name server, the route and the firewall",
}

--- One request without the token: whatever answers it is there.
local function reach(add, client, options)
  local address = client.settings:describe()
  local transport = options.transport or client.transport
    or require("waba.transport.libcurl").new()
  local began = core.clock.now()
  local response, message, kind = transport({
    method = "GET", url = address .. "/me", headers = { Authorization = "Bearer probe" },
  }, 10)
  if not response then
    kind = kind or "network"
    return add("reach", "fail", ("%s: %s: %s"):format(address, kind, message), UNREACHED[kind])
  end
  local how = address:find("^https:") and "with trusted TLS" or "without TLS, on this machine"
  local words = ("%s answers %s, after %.0f ms"):format(address, how,
    (core.clock.now() - began) * 1000)
  add("reach", "ok", client.transport and "a transport in this process answers" or words)
  local asked, answered = address:match("[^/]*$"), response.headers["facebook-api-version"]
  if answered and answered ~= asked then
    add("version", "warn", ("%s was asked for, and %s answered"):format(asked, answered),
      "the version has ended: set --api-version, or WABA_API_VERSION, to " .. answered)
  end
  clock(add, response.headers.date, options.now())
  return true
end

-- ---- the token ----------------------------------------------------------------------------------

local NEW_TOKEN = "generate a new one for the admin system user in Business Settings > System Users"

local TYPES = {
  SYSTEM_USER = { "ok", "of a system user" },
  USER = { "warn", "of a person: it ends with their session, and their access", NEW_TOKEN },
  APP = { "fail", "of an app, which no call about accounts accepts", NEW_TOKEN },
  PAGE = { "fail", "of a page, which no call about accounts accepts", NEW_TOKEN },
}

local SCOPES = {
  { "business_management", "lists system users and accounts" },
  { "whatsapp_business_management", "lists, assigns and removes users of accounts" },
}

local function scopes(add, info)
  local held, missing = {}, {}
  for _, scope in ipairs(info.scopes or {}) do held[scope] = true end
  for _, row in ipairs(SCOPES) do
    if not held[row[1]] then missing[#missing + 1] = row[1] .. ", which " .. row[2] end
  end
  if not info.scopes then
    return add("scopes", "unknown", "Graph did not tell the scopes")
  end
  if missing[1] then
    add("scopes", "fail", "missing: " .. table.concat(missing, "; "),
      "generate a token with these scopes ticked")
  else
    add("scopes", "ok", table.concat(info.scopes, ", "))
  end
  for _, granted in ipairs(info.granular_scopes or {}) do
    local count = #(granted.target_ids or {})
    if count > 0 then
      add("scopes", "warn", ("%s holds for %d %s only"):format(granted.scope, count,
        count == 1 and "id" or "ids"), "others are out of this token's sight")
    end
  end
end

local function expiry(add, what, at, options)
  if not at then return add("expiry", "unknown", what .. ": Graph did not tell when it ends") end
  if at == 0 then return add("expiry", "ok", what .. " does not end") end
  local days = math.floor((at - options.now()) / DAY)
  local date = os.date("!%Y-%m-%d %H:%M UTC", at)
  local words = ("%s ends in %d %s, %s"):format(what, days, days == 1 and "day" or "days", date)
  if at <= options.now() then
    add("expiry", "fail", ("%s ended %s"):format(what, date), NEW_TOKEN)
  elseif options.min_days and days < options.min_days then
    add("expiry", "fail", ("%s; --min-days is %g"):format(words, options.min_days),
      "refresh it now: once it has ended it cannot be refreshed")
  else
    add("expiry", days < SOON and "warn" or "ok", words,
      days < SOON and "refresh it before: once it has ended it cannot be refreshed" or nil)
  end
end

local function describe_token(add, info, options)
  if info.is_valid == false then
    local reason = type(info.error) == "table" and info.error.message
    return add("token", "fail", "Graph says it is not valid" .. (reason and ": " .. reason or ""),
      NEW_TOKEN)
  end
  add("token", "ok", ("valid, of app %s, user %s"):format(info.app_id or "unknown",
    info.user_id or "unknown"))
  if options.app_id and info.app_id and options.app_id ~= info.app_id then
    add("token", "fail", "it is not of app " .. options.app_id .. ", which was given",
      "correct app_id, or take a token of that app: proofs and new tokens go by the app")
  end
  local row = TYPES[info.type] or { "unknown", "of a type not known here: " .. tostring(info.type) }
  add("type", row[1], row[2], row[3])
  scopes(add, info)
  expiry(add, "the token", info.expires_at, options)
  if (info.data_access_expires_at or 0) ~= 0 then
    expiry(add, "its access to data", info.data_access_expires_at, options)
  end
end

local function told(err)
  return ("%s: %s"):format(err.kind, err.message), err.hint
end

local function proof(add, err, options)
  if not options.proof then
    return add("proof", "warn", "requests carry no app secret proof",
      "set WABA_APP_SECRET, and let the app require proofs: a stolen token alone is then useless")
  end
  if err and err.message:find("appsecret_proof", 1, true) then
    return add("proof", "fail", told(err))
  end
  if err then return add("proof", "unknown", "no call came far enough to tell") end
  add("proof", "ok", "the app secret proof is accepted")
end

local function token(add, client, options)
  local info, err = client:debug_token(options.token)
  if info then
    describe_token(add, info, options)
  else
    add("token", err.kind == "auth" and "fail" or "unknown", told(err))
  end
  proof(add, err, options)
end

-- ---- ids and budgets ----------------------------------------------------------------------------

-- What a node is in words, and the call that tells its name.
local NODES = {
  WhatsAppBusinessAccount = { "a WhatsApp Business Account", "account" },
  SystemUser = { "a system user", "system_user" },
  BusinessUser = { "a person of a business" },
}

local function describe_node(client, id, node)
  local words, call = (NODES[node] or { node })[1], (NODES[node] or {})[2]
  local told_of = call and client[call](client, id, { fields = "id,name" })
  local name = told_of and told_of.name
  return ("%s is %s%s"):format(id, words, name and (" (%s)"):format(name) or "")
end

-- Only a business has system users, and Graph's refusal names what it was asked of.
local function identify(add, client, id)
  local user, err = client:each("system_users", id, { limit = 1 })()
  if user ~= false then
    return add("id", "ok", id .. " is a business")
  end
  local node = err.message:match("on node type %((%w+)%)")
  if node then
    add("id", "ok", describe_node(client, id, node))
  elseif err.kind == "permission" then
    add("id", "warn", ("%s is a business whose system users this token may not list: %s")
      :format(id, err.message), err.hint)
  elseif err.attempts == 0 then
    add("id", "fail", id .. ": " .. told(err)) -- not an id at all: its message says how one looks
  elseif err.kind == "not_found" or err.kind == "invalid" then
    add("id", "fail", ("%s: %s"):format(id, err.message),
      err.hint or "it does not exist, or this token cannot see it")
  else
    add("id", "unknown", id .. ": " .. told(err))
  end
end

local function budget(add, name, usage)
  local percent = usage.percent
  if usage.parked_seconds > 0 then
    return add("usage", "fail", ("%s is closed for %.0f s more"):format(name, usage.parked_seconds),
      "wait: further calls prolong the block")
  end
  if not percent then return add("usage", "unknown", name .. ": Graph has not told yet") end
  local much, words = percent >= 75, "%s: %.0f %% of the hour's calls are used"
  add("usage", much and "warn" or "ok", words:format(name, percent),
    much and "let long runs wait" or nil)
end

local function usage(add, client)
  local all = client:usage()
  budget(add, "the app", all.app)
  local ids = {}
  for id in pairs(all.accounts) do ids[#ids + 1] = id end
  table.sort(ids)
  for _, id in ipairs(ids) do budget(add, "account " .. id, all.accounts[id]) end
end

-- ------------------------------------------------------------------------------------------------

--- Examines what a client works with. What cannot be told is level `unknown`, never `ok`.
---@param client waba.Client
---@param options waba.DoctorOptions
---@return waba.Finding[]
function M.examine(client, options)
  local findings, add = report()
  local settled = setmetatable({ now = options.now or os.time }, { __index = options })
  versions(add)
  local reached, missing = reach(add, client, settled), options.no_token
  if missing then add("token", "fail", missing.message, missing.hint) end
  if missing or not reached then return findings end
  token(add, client, settled)
  for _, id in ipairs(options.ids or {}) do identify(add, client, id) end
  usage(add, client)
  return findings
end

return M
