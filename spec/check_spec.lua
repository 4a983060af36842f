--- Input rules: nothing a caller passes reaches another path, adds a header or ends a line.

local stub = require "spec.support.stub"
local waba = require "waba"

local WABA, USER = "102290129340398", "1972555232742222"

--- A client whose transport must not be reached.
local function closed_door()
  return stub.client(function() error("a request was sent", 0) end)
end

--- Runs the call, which must be refused without a request; answers the error.
local function refused(call)
  local client, requests = closed_door()
  local result, err = call(client)
  assert.is_nil(result)
  assert.equal(0, #requests)
  assert.equal("invalid", err.kind)
  assert.equal(0, err.attempts)
  assert.is_false(err.retryable)
  return err
end

local BAD_IDS = {
  { "empty", "" },
  { "zero", "0" },
  { "a zero in front", "0123" },
  { "21 digits", "123456789012345678901" },
  { "a sign", "-1" },
  { "a plus", "+1" },
  { "a blank in front", " 1" },
  { "a blank behind", "1 " },
  { "a line feed behind", "1\n" },
  { "a fraction", "1.0" },
  { "an exponent", "1e5" },
  { "LuaJIT's print of a long number", "1.9725552327422e+15" },
  { "hexadecimal", "0x1F" },
  { "letters", "act_1" },
  { "a path that climbs", "123/../999" },
  { "a query", "123?x=" },
  { "a fragment", "123#x" },
  { "an escape", "12%33" },
  { "another parameter", "1&business=2" },
  { "CR LF and a header", "1\r\nX-Evil: 1" },
  { "an embedded NUL", "1\0002" },
  { "digits that are not ASCII", "\217\161\217\162" },
  { "a comma", "1,2" },
}

describe("an id", function()
  for _, case in ipairs(BAD_IDS) do
    it("may not be: " .. case[1], function()
      local err = refused(function(client) return client:assigned_users(case[2], "1") end)
      assert.matches("^waba_id must be 1 to 20 digits that do not start with 0", err.message)
    end)
  end

  it("is held to the rule wherever it stands", function()
    local bad = "1/2"
    local cases = {
      business_id = function(client) return client:system_users(bad) end,
      waba_id = function(client) return client:assign(bad, USER, "MANAGE") end,
      user = function(client) return client:assign(WABA, bad, "MANAGE") end,
      business = function(client) return client:assigned_users(WABA, bad) end,
    }
    for name, call in pairs(cases) do
      assert.matches("^" .. name .. " must be", refused(call).message)
    end
    assert.matches("^user must be",
      refused(function(client) return client:unassign(WABA, bad) end).message)
  end)

  it("may have 1 to 20 digits", function()
    for _, id in ipairs { "1", "9", "12345678901234567890", "99999999999999999999" } do
      local client, requests = stub.client(stub.reply(200, '{"data":[]}'))
      assert(client:system_users(id))
      assert.matches("/v26.0/" .. id .. "/system_users?", requests[1].url, 1, true)
    end
  end)

  it("that is long is counted and not shown", function()
    local err = refused(function(client) return client:system_users(("x"):rep(300)) end)
    assert.matches("got 300 bytes", err.message, 1, true)
    assert.not_matches("xxx", err.message)
  end)

  it("that is shown has its control characters taken out", function()
    local err = refused(function(client) return client:system_users("1\r\n\0\127") end)
    assert.not_matches("%c", err.message)
  end)

  it("that is a token by mistake is not shown", function()
    local err = refused(function(client) return client:system_users(stub.TOKEN) end)
    assert.not_matches(stub.TOKEN, err.message, 1, true)
    local other = "EAA" .. ("x1"):rep(30)
    err = refused(function(client) return client:system_users(other) end)
    assert.not_matches(other, err.message, 1, true)
  end)

  for _, value in ipairs { 102290129340398, 1.5, 0, 2 ^ 53 } do
    it("that is the number " .. value .. " raises, and is told to quote it", function()
      local client = closed_door()
      assert.error_matches(function() client:system_users(value) end, "quote it")
      assert.error_matches(function() client:assign(WABA, value, "MANAGE") end,
        "bad argument #2 to 'assign' %(user")
    end)
  end

  for name, value in pairs { table = {}, boolean = true, ["function"] = print } do
    it("that is a " .. name .. " raises", function()
      local client = closed_door()
      assert.error_matches(function() client:system_users(value) end,
        "business_id must be a string of digits, got " .. name)
    end)
  end

  it("that is missing raises", function()
    local client = closed_door()
    assert.error_matches(function() client:system_users() end, "bad argument #1 to 'system_users'")
    assert.error_matches(function() client:unassign(WABA) end, "bad argument #2 to 'unassign'")
    assert.error_matches(function() client:assigned_users(nil, WABA) end, "bad argument #1")
  end)

  it("raises at the line of the caller", function()
    local client = closed_door()
    for _, value in ipairs { 1, {}, true } do
      local _, message = pcall(function()
        local users = client:system_users(value)
        return users
      end)
      assert.matches("^[^:]*check_spec%.lua:%d+: ", message)
    end
  end)
end)

describe("tasks", function()
  local bad = {
    { "no text", "", "a task must be" },
    { "small letters", "manage", "a task must be" },
    { "a digit", "MANAGE2", "a task must be" },
    { "an underscore in front", "_MANAGE", "a task must be" },
    { "65 letters", ("A"):rep(65), "a task must be" },
    { "a blank", "MANAGE ", "a task must be" },
    { "a comma list", "MANAGE,DEVELOP", "a task must be" },
    { "JSON", '["MANAGE"]', "a task must be" },
    { "a quote", 'MANAGE"', "a task must be" },
    { "CR LF", "MANAGE\r\n", "a task must be" },
    { "an embedded NUL", "MANAGE\0", "a task must be" },
    { "an empty list", {}, "tasks must be a list of 1 to 64" },
    { "a set and not a list", { MANAGE = true }, "tasks must be a list of 1 to 64" },
    { "a list with a bad one", { "MANAGE", "no" }, "a task must be" },
    { "a repeat", { "MANAGE", "DEVELOP", "MANAGE" }, "a task must be named once" },
  }
  for _, case in ipairs(bad) do
    it("may not be: " .. case[1], function()
      local err = refused(function(client) return client:assign(WABA, USER, case[2]) end)
      assert.equal(1, (err.message:find(case[3], 1, true)), err.message)
    end)
  end

  it("may not be 65", function()
    local list = {}
    for i = 1, 65 do list[i] = "A" .. ("B"):rep(i % 8) .. ("C"):rep(math.floor(i / 8)) end
    refused(function(client) return client:assign(WABA, USER, list) end)
  end)

  it("may be 64 letters long", function()
    local client, requests = stub.client(stub.reply(200, "true"))
    assert.is_true(client:assign(WABA, USER, { ("A"):rep(64) }))
    assert.equal(1, #requests)
  end)

  it("misspelt get the nearest known one as a hint", function()
    for typed, meant in pairs { manage = "MANAGE", ["MANAGE_TEMPLATE5"] = "MANAGE_TEMPLATES",
      messaging = "MESSAGING", ["VIEW-COST"] = "VIEW_COST" } do
      local err = refused(function(client) return client:assign(WABA, USER, typed) end)
      assert.equal("did you mean " .. meant .. "?", err.hint)
    end
  end)

  it("that are like nothing get no suggestion", function()
    local err = refused(function(client) return client:assign(WABA, USER, "12345678") end)
    assert.is_nil(err.hint)
  end)

  for name, value in pairs { number = 1, boolean = false, ["function"] = print } do
    it("that are a " .. name .. " raise", function()
      assert.error_matches(function() closed_door():assign(WABA, USER, value) end,
        "tasks must be a list of strings, or one string, got " .. name)
    end)
  end

  it("that are missing raise", function()
    assert.error_matches(function() closed_door():assign(WABA, USER) end,
      "bad argument #3 to 'assign' %(tasks")
  end)

  it("with something other than a string in the list raise", function()
    for _, list in ipairs { { 1 }, { {} }, { "MANAGE", true } } do
      assert.error_matches(function() closed_door():assign(WABA, USER, list) end,
        "every task must be a string")
    end
  end)

  it("are read without asking metamethods", function()
    local list = setmetatable({}, { __index = function() error("asked", 0) end,
      __len = function() return 3 end })
    refused(function(client) return client:assign(WABA, USER, list) end)
  end)
end)

describe("options of a call", function()
  it("of an unknown name raise, with the nearest known one", function()
    local client = closed_door()
    assert.error_matches(function() client:system_users("1", { limits = 1 }) end,
      "unknown option 'limits'; did you mean 'limit'?", 1, true)
    assert.error_matches(function() client:system_users("1", { xyzzy = 1 }) end,
      "unknown option 'xyzzy'; there are: fields, limit, refresh, summary, timeout", 1, true)
  end)

  it("of a list are unknown to a write", function()
    for _, name in ipairs { "fields", "limit", "summary" } do
      assert.error_matches(function()
        closed_door():assign(WABA, USER, "MANAGE", { [name] = 1 })
      end, "unknown option '" .. name .. "'", 1, true)
    end
  end)

  it("must be a table", function()
    assert.error_matches(function() closed_door():system_users("1", "id") end,
      "options of 'system_users' must be a table, got a string", 1, true)
    assert.error_matches(function() closed_door():unassign(WABA, USER, 5) end, "must be a table")
  end)

  it("must have names", function()
    assert.has_error(function() closed_door():system_users("1", { "id" }) end)
  end)

  it("raise on wrong types", function()
    local wrong = { fields = 1, limit = "5", summary = 1, timeout = "1" }
    for name, value in pairs(wrong) do
      assert.error_matches(function() closed_door():system_users("1", { [name] = value }) end,
        "option '" .. name .. "' must be", 1, true)
    end
    assert.error_matches(function() closed_door():system_users("1", { fields = { 1 } }) end,
      "option 'fields' must be", 1, true)
  end)

  local bad = {
    { "limit", 0 }, { "limit", -1 }, { "limit", 1.5 }, { "limit", 1001 }, { "limit", 0 / 0 },
    { "limit", 1 / 0 }, { "timeout", 0 }, { "timeout", -1 }, { "timeout", 86401 },
    { "timeout", 0 / 0 }, { "fields", "" }, { "fields", {} }, { "fields", "id name" },
    { "fields", "id&access_token=1" }, { "fields", "id\r\nX: 1" }, { "fields", "id\0" },
    { "fields", { "id", "na me" } }, { "fields", ("a"):rep(2049) }, { "fields", "a%2Cb" },
  }
  for _, case in ipairs(bad) do
    local shown = type(case[2]) == "table" and "list" or tostring(case[2]):sub(1, 20)
    it(("refuse %s = %s"):format(case[1], shown:gsub("%c", "?")), function()
      local err = refused(function(client)
        return client:system_users("1", { [case[1]] = case[2] })
      end)
      assert.equal(1, (err.message:find(case[1] .. " must be ", 1, true)))
    end)
  end

  it("take Graph's field expansion", function()
    local client, requests = stub.client(stub.reply(200, '{"data":[]}'))
    assert(client:assigned_users(WABA, "1", { fields = "id,business{id,name},a.limit(5){b}" }))
    assert.matches("fields=id%2Cbusiness%7Bid%2Cname%7D%2Ca.limit%285%29%7Bb%7D",
      requests[1].url, 1, true)
  end)

  it("take limits from 1 to 1000", function()
    for _, limit in ipairs { 1, 1000 } do
      local client, requests = stub.client(stub.reply(200, '{"data":[]}'))
      assert(client:system_users("1", { limit = limit }))
      assert.matches("&limit=" .. limit .. "$", requests[1].url)
    end
  end)

  it("may be nil", function()
    assert.same({}, (stub.client(stub.reply(200, '{"data":[]}')):system_users("1", nil)))
  end)
end)

describe("a method", function()
  it("called with a dot raises, and is told of the colon", function()
    local client = closed_door()
    for _, name in ipairs { "assign", "assigned_users", "system_users", "unassign", "close" } do
      assert.error_matches(function() client[name](WABA, USER, "MANAGE") end, "with a colon")
    end
    assert.error_matches(function() client.close() end, "with a colon")
    assert.error_matches(function() client.closed({}) end, "with a colon")
  end)

  it("does not exist where no operation has its name", function()
    assert.is_nil(closed_door().delete_everything)
  end)
end)

describe("waba.tasks", function()
  it("are the fifteen that Meta's sources name", function()
    local count = 0
    for name, task in pairs(waba.tasks) do
      count = count + 1
      assert.matches("^[A-Z][A-Z_]*$", name)
      assert.is_true(#task.meaning > 0)
      assert.is_true(#task.sources > 0)
    end
    assert.equal(15, count)
  end)

  -- graph-api's table: how many tasks each source has.
  it("say which source names them", function()
    local counts = { guide = 0, openapi = 0, sdk = 0, reference = 0 }
    for _, task in pairs(waba.tasks) do
      for _, source in ipairs(task.sources) do counts[source] = counts[source] + 1 end
    end
    assert.same({ guide = 12, openapi = 15, sdk = 10, reference = 9 }, counts)
  end)
end)

local BAD_NAMES = {
  { "empty", "" },
  { "201 bytes", ("x"):rep(201) },
  { "a NUL", "a\0b" },
  { "a line feed", "a\nb" },
  { "an escape", "a\27[31m" },
  { "DEL", "a\127" },
  { "a control character of two bytes", "a\194\155" },
  { "a byte that begins nothing", "a\255" },
  { "a byte that follows nothing", "\128" },
  { "half a character", "a\195" },
  { "half a character before another", "\226\130x" },
  { "a slash made longer than it is", "\192\175" },
  { "the same in three bytes", "\224\128\175" },
  { "the same in four bytes", "\240\128\128\175" },
  { "a surrogate", "\237\160\128" },
  { "past the last character", "\244\144\128\128" },
  { "Latin-1", "M\252ller" },
}

describe("a name", function()
  for _, case in ipairs(BAD_NAMES) do
    it("may not be: " .. case[1], function()
      local err = refused(function(client)
        return client:create_system_user("1", case[2], "ADMIN")
      end)
      assert.matches("^name must be 1 to 200 bytes of UTF%-8", err.message)
      assert.not_matches("%c", err.message)
    end)
  end

  it("may be in any script, and goes escaped", function()
    for _, name in ipairs { "x", "Müller & Söhne", "夜班", "نوبة", "🤖 #1", "a=b&c=d", ("x"):rep(200),
      "\194\160", "\237\159\191", "\244\143\191\191" } do
      local client, requests = stub.client(stub.reply(200, '{"id":"1"}'))
      assert(client:create_system_user("1", name, "ADMIN"))
      local sent = requests[1].body:match("^name=([^&]*)&role=ADMIN$")
      assert.equal(name, (sent:gsub("%%(%x%x)", function(hex)
        return string.char(tonumber(hex, 16))
      end)))
    end
  end)
end)

describe("a word of a closed list", function()
  it("is a role of the two", function()
    for _, role in ipairs { "", "admin", "ADMIN ", "DEVELOPER", "ADMIN\0" } do
      assert.matches("^role must be ADMIN or EMPLOYEE",
        refused(function(client) return client:create_system_user("1", "x", role) end).message)
    end
  end)

  it("is a currency of three capitals", function()
    for _, currency in ipairs { "", "US", "usd", "USDT", "US1", "U D" } do
      assert.matches("^waba_currency must be three capital letters",
        refused(function(client) return client:share_credit_line("1", "2", currency) end).message)
    end
  end)
end)

describe("scopes", function()
  local function create(client, scopes) return client:create_token("1", "2", scopes) end

  it("are refused where one is no name of a permission", function()
    for _, scopes in ipairs { {}, { "" }, "", "A", { "a", "b c" }, { "a", "b&x=1" }, "a,,b", "a,",
      ",a", "_a", "1a", "a\0", ("x"):rep(65), ("x,"):rep(1100) .. "x" } do
      local err = refused(function(client) return create(client, scopes) end)
      assert.matches("^scopes must be names of permissions", err.message)
    end
  end)

  it("of a wrong type raise", function()
    local client = closed_door()
    for _, scopes in ipairs { 5, true, print, { 5 }, { {} } } do
      assert.has_error(function() create(client, scopes) end)
    end
    assert.has_error(function() create(client) end)
  end)

  it("go joined, and the caller's list stays as it is", function()
    local client, requests = stub.client(stub.reply(200, '{"access_token":"x"}'),
      { app_secret = "s" })
    local scopes = { "a", "b_1" }
    assert(create(client, scopes))
    assert(create(client, "a,b_1"))
    for i = 1, 2 do
      assert.equal("business_app=2&scope=a%2Cb_1", requests[i].body)
    end
    assert.same({ "a", "b_1" }, scopes)
  end)
end)

describe("a token that is passed", function()
  it("keeps the rule of tokens, and is not shown where it does not", function()
    for _, token in ipairs { "", "SECRET PART", "SECRET\r\nX: y", "SECRET&x=1", "SÉCRET" } do
      local err = refused(function(client) return client:debug_token(token) end)
      assert.matches("^input_token must be letters, digits", err.message)
      assert.not_matches("SECRET", err.message)
      assert.not_matches("got", err.message)
    end
  end)

  it("of a wrong type raises, without being shown", function()
    local ok, message = pcall(function() return closed_door():debug_token({ "SECRET" }) end)
    assert.is_false(ok)
    assert.matches("input_token must be a string, got table", message, 1, true)
  end)

  it("is in no URL", function()
    for _, operation in ipairs { "debug_token", "refresh_token", "revoke_token" } do
      local client, requests = stub.client(stub.reply(200, "{}"),
        { app_id = "1", app_secret = "THE_SECRET" })
      stub.call(client, operation)
      assert.equal("POST", requests[1].method)
      assert.matches("^method=get&", requests[1].body)
      assert.not_matches("PASSED_TOKEN", requests[1].url)
      assert.not_matches("THE_SECRET", requests[1].url)
    end
  end)
end)

describe("the option expires", function()
  it("is a boolean, of calls that make a token", function()
    local client = closed_door()
    assert.has_error(function() client:system_users("1", { expires = true }) end)
    local sound = assert(waba.new { access_token = "x", app_secret = "s",
      transport = function() end })
    assert.has_error(function() sound:create_token("1", "2", "a", { expires = 60 }) end)
  end)
end)
