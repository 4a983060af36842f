--- Meta's webhook: the handshake, and account_update events about accounts shared with us.

local accounts = require "provider.accounts"
local config = require "provider.config"
local json = require "cjson.safe"
local metrics = require "provider.metrics"
local signature = require("waba").signature

local M = {}

--- The answer to Meta's handshake, or nil. Signed, so that the time of comparing says nothing.
function M.challenge(args, verify_token)
  local given, challenge = args["hub.verify_token"], args["hub.challenge"]
  if args["hub.mode"] ~= "subscribe" or type(given) ~= "string" then return nil end
  local wanted = signature.sign(config.app_secret, verify_token)
  if not signature.verify(config.app_secret, given, wanted) then return nil end
  return type(challenge) == "string" and challenge:match "^[%w._-]+$" or nil
end

-- What an event says of the account. PARTNER_* name it in waba_info, the others in the entry. Whose
-- id is in the entry of PARTNER_*, Meta's pages do not agree on: it is not looked at. Where the
-- account is not shared with us, Graph refuses the work.
local PARTNER = {
  PARTNER_ADDED = "added", PARTNER_APP_INSTALLED = "added",
  PARTNER_REMOVED = "removed", PARTNER_APP_UNINSTALLED = "removed",
}
local OTHER = { ACCOUNT_DELETED = "removed" }

local function field(value, name)
  return type(value) == "table" and value[name] or nil
end

local function list(value)
  return type(value) == "table" and value or {}
end

local function read_change(entry, change)
  if field(change, "field") ~= "account_update" then return nil end
  local value, time = field(change, "value"), field(entry, "time")
  local event = field(value, "event")
  local what, id = PARTNER[event], field(field(value, "waba_info"), "waba_id")
  if not what then
    what, id = OTHER[event], field(entry, "id")
  end
  if what and accounts.is_id(id) and type(time) == "number" and time > 0 and time < 2 ^ 53 then
    return { account = id, what = what, time = math.floor(time) }
  end
end

--- What a payload tells of accounts.
---@param payload any decoded JSON
---@return { account: string, what: "added"|"removed", time: integer }[] events
---@return integer ignored how many changes were about something else
function M.events(payload)
  local events, ignored = {}, 0
  for _, entry in ipairs(list(field(payload, "entry"))) do
    for _, change in ipairs(list(field(entry, "changes"))) do
      local event = read_change(entry, change)
      if event then events[#events + 1] = event else ignored = ignored + 1 end
    end
  end
  return events, ignored
end

local function say(status, text)
  ngx.status = status
  ngx.header["Content-Type"] = "text/plain"
  ngx.print(text)
end

local function refuse(status, reason)
  metrics.add("waba_webhook_refused_total", { reason = reason })
  return say(status, reason .. "\n")
end

--- Answers before any work is done: that is for timers. Any answer but 200 makes Meta deliver
--- again.
local function receive()
  local header = ngx.var.http_x_hub_signature_256
  if not header then return refuse(401, "no signature") end
  ngx.req.read_body()
  local body = ngx.req.get_body_data() or ""
  if not signature.verify(config.app_secret, body, header) then
    return refuse(401, "wrong signature")
  end
  local payload = json.decode(body)
  if not payload then return refuse(400, "not JSON") end
  local events, ignored = M.events(payload)
  metrics.add("waba_webhook_events_total", { result = "ignored" }, ignored)
  for _, event in ipairs(events) do
    local result, reason = accounts.record(event.account, event.what, event.time)
    if not result then
      ngx.log(ngx.ERR, "account ", event.account, ": an event could not be kept: ", reason)
      return refuse(503, "not kept")
    end
    if result == "ahead" then
      ngx.log(ngx.WARN, "account ", event.account, ": an event of the future: ", event.time)
    end
    metrics.add("waba_webhook_events_total", { result = result })
  end
  return say(200, "ok\n")
end

function M.handle()
  local method = ngx.req.get_method()
  if method == "POST" then return receive() end
  if method ~= "GET" then
    ngx.header.Allow = "GET, POST"
    return refuse(405, "GET or POST only")
  end
  local challenge = M.challenge(ngx.req.get_uri_args(), config.verify_token)
  if not challenge then return refuse(403, "no handshake") end
  return say(200, challenge)
end

return M
