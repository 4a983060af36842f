--- What call:usage() reads from a reply's headers, whatever they hold.

local core = require "waba.core"
local stub = require "spec.support.stub"

local ACCOUNT = "102290129340398"
local settings = assert(core.settings { access_token = stub.TOKEN })

local function as_table(percent, regain, partial)
  if not percent and regain <= 0 then return nil end
  return { percent = percent, regain = regain, partial = partial }
end

--- What the call's latest reply says, by id.
local function told_by(call, own)
  local app, app_regain, app_partial, percent, regain, partial, others = call:usage()
  local code, retry_after = call:throttled()
  local accounts = others or {}
  accounts[own] = as_table(percent, regain, partial)
  return { app = as_table(app, app_regain, app_partial), accounts = accounts,
    throttled = code and { code = code, retry_after = retry_after } }
end

--- The usage that a reply with these headers tells.
local function usage_of(headers, response, operation)
  local call
  if operation == "system_users" then
    call = assert(core.calls.system_users(settings, "9876543210987654"))
  else
    call = assert(core.calls.assigned_users(settings, ACCOUNT, "9876543210987654"))
  end
  assert.equal("send", (call:step(0, 0)))
  response = response or { status = 200, body = '{"data":[]}' }
  response.headers = headers
  call:feed(response)
  call:step(0, 0)
  return told_by(call, operation == "system_users" and "-" or ACCOUNT)
end

local function account_of(value)
  return usage_of({ ["X-Business-Use-Case-Usage"] = value }).accounts
end

local function app_of(value) return usage_of({ ["x-app-usage"] = value }).app end

local function entry(percent, minutes)
  return ('{"type":"whatsapp_business_management","call_count":%s,"total_cputime":1,'
    .. '"total_time":1,"estimated_time_to_regain_access":%s}'):format(percent, minutes or 0)
end

local function whole(percent, regain)
  return { percent = percent, regain = regain or 0, partial = false }
end

describe("usage of a call", function()
  it("is nil before a reply, and where none came", function()
    local call = assert(core.calls.assigned_users(settings, ACCOUNT, "1"))
    assert.is_nil(call:usage())
    call:step(0, 0)
    call:lost("gone")
    call:step(0, 0)
    assert.is_nil(call:usage())
  end)

  it("knows nothing without headers", function()
    assert.same({ accounts = {} }, usage_of({}))
  end)

  it("takes nothing from what cannot be read", function()
    for _, value in ipairs { "", "{", "null", "true", "[]", "{}", "nonsense", '"text"', "-5",
      '{"call_count":', "[[[[", ("["):rep(5000), '{"1":null}', '{"call_count":"many"}',
      '{"call_count":{}}', '{"call_count":-1}', "%", ".5", "1.2.3",
      "1.", "1e", "1e+", "-", "- 1", "tru", "17 x", "[17] x", '"17', '"17\\', '"1\n7"', "[17",
      "[17,", "[17,]", "[17 18]", '{"call_count" 17}', '{"call_count":17', '{"call_count":17,}',
      '{"call_count":17}x', "{call_count:17}", '{"call_count":17 "total_time":17}',
      '{"x":[1,{"y":[2', '{"x":{"y"}}', "[" .. ("["):rep(40) .. ("]"):rep(40) .. "]",
      "1." .. ("0"):rep(300) } do
      assert.is_nil(app_of(value), value)
      assert.same({}, account_of(value), value)
    end
  end)

  it("is partial where a meter is missing or cannot be read", function()
    assert.same({ percent = 7, regain = 0, partial = true }, app_of('{"call_count":7}'))
    assert.same({ percent = 3, regain = 0, partial = true },
      app_of('{"call_count":"x","total_time":3,"total_cputime":2}'))
  end)

  it("is the fullest meter, and may pass 100", function()
    assert.same(whole(28), app_of('{"call_count":28,"total_time":25,"total_cputime":25}'))
    assert.same(whole(144), app_of('{"call_count":1,"total_time":144,"total_cputime":25}'))
    assert.same(whole(1000), app_of('{"call_count":1e300,"total_time":1,"total_cputime":2}'))
  end)

  it("reads bare texts, numbers and fractions", function()
    assert.same(whole(17), app_of("17%"))
    assert.same(whole(17), app_of('"17%"'))
    assert.same(whole(17), app_of("17"))
    assert.same(whole(9.67), app_of("9.67"))
    assert.same(whole(17), app_of('{"call_count":"17%","total_time":"3","total_cputime":0}'))
  end)

  it("reads JSON however it is written", function()
    for _, value in ipairs { ' [ 17 ] ', "1.7e1", "1.7E+1", "170e-1", '[3,null,{"call_count":17,'
      .. '"x":[true,false,null,{"y":"\\"z\\""},-1],"total_time":0,"total_cputime":16.5e0}]',
      '{"total_time":17,"call_count":1e-3,"total_cputime":0.25}' } do
      local told = app_of(value)
      assert.equal(17, told and told.percent, value)
    end
    assert.equal(1000, app_of("1e999").percent)
    assert.equal(0, app_of("1e-999").percent)
    assert.is_true(app_of('["x",17]').partial)
  end)

  it("turns minutes into seconds, bounded by a day", function()
    assert.same({ [ACCOUNT] = whole(100, 600) },
      account_of(('{"%s":[%s]}'):format(ACCOUNT, entry(100, 10))))
    assert.same({ [ACCOUNT] = whole(100, 86400) },
      account_of(('{"%s":[%s]}'):format(ACCOUNT, entry(100, "1e9"))))
    assert.same({ [ACCOUNT] = whole(100) },
      account_of(('{"%s":[%s]}'):format(ACCOUNT, entry(100, '"soon"'))))
  end)

  it("joins several entries of an id, of known and unknown types", function()
    local value = ('{"%s":[%s,%s,{"type":"brand_new","call_count":5,"total_time":0,'
      .. '"total_cputime":0,"estimated_time_to_regain_access":0}]}'):format(
      ACCOUNT, entry(12), entry(80, 3))
    assert.same({ [ACCOUNT] = whole(80, 180) }, account_of(value))
  end)

  it("tells every one of 32 ids apart", function()
    local parts, wanted = { ('"%s":[%s]'):format(ACCOUNT, entry(1)) }, { [ACCOUNT] = whole(1) }
    for i = 2, 32 do
      parts[i] = ('"%d":[%s]'):format(i, entry(i, i))
      wanted[tostring(i)] = whole(i, i * 60)
    end
    assert.same(wanted, account_of("{" .. table.concat(parts, ",") .. "}"))
  end)

  it("takes for the account what is said of others alone, all together", function()
    local both = { ["77"] = whole(60, 60), [ACCOUNT] = whole(60, 60) }
    assert.same(both, account_of(('{"77":[%s]}'):format(entry(60, 1))))
    assert.same({ ["900"] = whole(97), ["901"] = whole(10, 60), [ACCOUNT] = whole(97, 60) },
      account_of(('{"900":[%s],"901":[%s]}'):format(entry(97), entry(10, 1))))
    assert.same({ ["77"] = whole(60, 60), [ACCOUNT] = whole(2) },
      account_of(('{"77":[%s],"%s":[%s]}'):format(entry(60, 1), ACCOUNT, entry(2))))
  end)

  it("without a key is said of the account, and of a call that has none", function()
    for operation, own in pairs { assigned_users = ACCOUNT, system_users = "-" } do
      local told = usage_of({ ["x-business-use-case-usage"] = "[" .. entry(9) .. "]" }, nil,
        operation)
      assert.same({ [own] = whole(9) }, told.accounts)
    end
  end)

  it("is read from a refusal too, with its code and the longer of its two times", function()
    local refusal = { status = 400, body = '{"error":{"message":"m","code":80008}}' }
    local told = usage_of({ ["retry-after"] = "7",
      ["x-business-use-case-usage"] = ('{"%s":[%s]}'):format(ACCOUNT, entry(100, 5)) }, refusal)
    assert.same({ code = 80008, retry_after = 300 }, told.throttled)
    assert.same({ [ACCOUNT] = whole(100, 300) }, told.accounts)
    told = usage_of({}, { status = 429, body = "" })
    assert.same({ code = -1, retry_after = -1 }, told.throttled)
  end)

  it("is read from the samples", function()
    local file = assert(io.open("spec/samples/graph-replies.json"))
    local samples = assert(core.json.decode(file:read("*a")))
    file:close()
    local told = {}
    for _, sample in ipairs(samples) do
      local usage = usage_of(sample.headers or {})
      if usage.app or next(usage.accounts) then told[sample.name] = usage end
    end
    assert.same({
      headers_buc_and_app_usage_ok = { app = whole(0), accounts = { [ACCOUNT] = whole(1) } },
      headers_ads_buc_real_shape = { accounts = { ["{business-id}"] = whole(100, 600),
        [ACCOUNT] = whole(100, 600) } },
      unsupported_get_100_recorded = { app = whole(2), accounts = {} },
    }, told)
  end)
end)
