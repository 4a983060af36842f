--- POST /onboard {"waba_id": "..."}: after Embedded Signup. Answers with what was done.

local accounts = require "provider.accounts"
local json = require "cjson.safe"

local M = {}

local PATIENCE = 10 -- seconds to wait for a timer that is at the same account

local function answer(status, body)
  ngx.status = status
  ngx.header["Content-Type"] = "application/json"
  ngx.print(json.encode(body), "\n")
end

--- The account in the body, or nil.
local function read_account()
  ngx.req.read_body()
  local body = json.decode(ngx.req.get_body_data() or "")
  local id = type(body) == "table" and body.waba_id
  return accounts.is_id(id) and id or nil
end

local function attempt(account)
  for _ = 1, PATIENCE * 10 do
    local free, results, failure = accounts.attempt(account)
    if free then return results, failure end
    ngx.sleep(0.1)
  end
  return nil
end

-- Where the caller is to blame; anything else is between Graph and us.
local STATUS = { invalid = 422, not_found = 422, refused = 422, throttled = 503 }

function M.handle()
  if ngx.req.get_method() ~= "POST" then
    ngx.header.Allow = "POST"
    return answer(405, { error = "POST only" })
  end
  local account = read_account()
  if not account then
    return answer(400, { error = 'the body must be {"waba_id": "digits"}' })
  end
  local results, failure = attempt(account)
  if not (results or failure) then
    return answer(409, { error = "this account is being worked on" })
  elseif not results then
    ngx.log(ngx.ERR, "account ", account, ": ", tostring(failure))
    return answer(500, { error = "the policy has a mistake: see the log" })
  end
  if failure and failure.retry_after then
    ngx.header["Retry-After"] = math.ceil(failure.retry_after)
  end
  return answer(failure and (STATUS[failure.kind] or 502) or 200,
    { waba_id = account, users = results })
end

return M
