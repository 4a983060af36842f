--- POST /onboard {"waba_id": "..."}: after Embedded Signup. Answers with what was done.

local accounts = require "provider.accounts"
local json = require "cjson.safe"
local policy = require "provider.policy"

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
  return type(id) == "string" and id:match "^%d+$" or nil
end

local function apply(account)
  local results, failure
  local function work() results, failure = policy.apply(account) end
  for _ = 1, PATIENCE * 10 do
    if accounts.alone(account, work) then return results, failure end
    ngx.sleep(0.1)
  end
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
  local results, failure = apply(account)
  if not results then return answer(409, { error = "this account is being worked on" }) end
  if failure and failure.retry_after then
    ngx.header["Retry-After"] = math.ceil(failure.retry_after)
  end
  return answer(failure and (STATUS[failure.kind] or 502) or 200,
    { waba_id = account, users = results })
end

return M
