--- client:get, :post and :delete: calls by path, for what has no row of its own.

local core = require "waba.core"
local stub = require "spec.support.stub"
local waba = require "waba"

local TOKEN, SECRET = stub.TOKEN, "THE_SECRET"

local function refused(method, path, params, words)
  local client, requests = stub.client(function() error("a request was sent", 0) end)
  local result, err = client[method](client, path, params)
  assert.is_nil(result)
  assert.equal(0, #requests)
  assert.equal("invalid", err.kind)
  assert.equal(method, err.operation)
  assert.matches(words, err.message, 1, true)
  return err
end

local function sent(method, path, params, options)
  local client, requests = stub.client(stub.reply(200, '{"id":"1"}'), options)
  assert(client[method](client, path, params))
  return requests[1]
end

local BASE = "https://graph.facebook.com/v26.0/"

describe("a path", function()
  for _, path in ipairs { "", "/", "/1", "1/", "1//x", ".", "..", "1/../2", "1/./2", "1?x=1", "1#x",
    "1%2F2", "1 2", "1\n", "1\r\nX-Evil: 1", "1\0", "1:8", "@evil", "//evil.example/x",
    "https://evil.example/", "1\\2", "é", ("x"):rep(129), ("1/"):rep(600) .. "1" } do
    local shown = #path > 40 and #path .. " bytes" or path:gsub("%c", "?")
    it("may not be '" .. shown .. "'", function()
      for _, method in ipairs { "get", "post", "delete" } do
        refused(method, path, nil, "path must be letters, digits and _ . - joined by /")
      end
    end)
  end

  it("may not hold the access token", function()
    local err = refused("get", TOKEN .. "/x", nil, "path must be without the access token")
    assert.not_matches(TOKEN, tostring(err), 1, true)
  end)

  it("of a wrong type raises, and blames the caller", function()
    local client = stub.client {}
    local ok, message = pcall(function() client:get(5) end)
    assert.is_false(ok)
    assert.matches("path_spec.lua:%d+: bad argument #1 to 'get' %(path must be a string", message)
  end)

  it("is a node, an edge, or what has neither", function()
    for _, path in ipairs { "me", "102290129340398", "102290129340398/phone_numbers",
      "oauth/access_token", "act_1/x.y-z", "..1/a..b" } do
      assert.equal(BASE .. path, sent("get", path).url)
    end
  end)
end)

describe("a parameter", function()
  for _, name in ipairs { "", "1a", "_a", "a b", "a=b", "a&b", "a[0]", "é", "a\0",
    ("x"):rep(65) } do
    it("may not be called '" .. name:sub(1, 8):gsub("%c", "?") .. "'", function()
      refused("get", "1", { [name] = "x" }, "the name of a parameter must be letters, digits")
    end)
  end

  it("may not be what the client sends by itself", function()
    for _, name in ipairs { "access_token", "appsecret_proof", "appsecret_time", "method" } do
      refused("post", "1", { [name] = "x" }, "must be none that the client sends by itself")
    end
  end)

  it("may not be a secret in a URL, nor hold the token anywhere", function()
    for _, name in ipairs { "input_token", "client_secret", "fb_exchange_token", "revoke_token" } do
      for _, method in ipairs { "get", "delete" } do
        refused(method, "1", { [name] = SECRET }, "must be none with a secret")
      end
      assert.equal(name .. "=" .. SECRET, sent("post", "1", { [name] = SECRET }).body)
    end
    refused("get", "1", { a = "x" .. TOKEN }, "a must be something else than the access token")
    refused("post", "1", { a = TOKEN }, "a must be something else than the access token")
  end)

  it("of a type that cannot be sent raises, and blames the caller", function()
    local client = stub.client {}
    for _, value in ipairs { 1.5, 2 ^ 53, -2 ^ 53, 1 / 0, 0 / 0, print, { 1.5 }, { {} }, { a = 1 },
      { "x", a = 1 }, { [2] = "x" } } do
      local ok, message = pcall(function() client:get("1", { x = value }) end)
      assert.is_false(ok)
      assert.matches("path_spec.lua:%d+: get: parameter 'x' must be", message)
    end
    for _, params in ipairs { "x=1", 5, true, { "x" } } do
      local ok, message = pcall(function() client:post("1", params) end)
      assert.is_false(ok)
      assert.matches("path_spec.lua:%d+: post: params must", message)
    end
  end)

  it("with a secret is in no error", function()
    local reply = stub.graph_error(400, { code = 100, message = "no: " .. SECRET })
    local client = stub.client(reply)
    local _, err = client:post("1", { client_secret = SECRET })
    assert.equal("no: [redacted]", err.message)
  end)

  it("is one of 64, and a URL has 32 KiB, a body 64", function()
    local many, big = {}, { a = ("x"):rep(65536) }
    for i = 1, 65 do many["p" .. i] = "x" end
    for _, method in ipairs { "get", "post", "delete" } do
      refused(method, "1", many, "params must be 64 at most")
      refused(method, "1", big, "params must be less: a URL may have 32 KiB, a body 64")
    end
    refused("get", "1", { a = ("x"):rep(33000) }, "params must be less")
    local options = { app_secret = "s" }
    assert(sent("get", "1", { a = ("x"):rep(32000) }, options).url)
    assert(sent("post", "1", { a = ("x"):rep(65000) }, options).body)
  end)

  it("goes escaped, in the order of the names, in the URL of a GET and a DELETE", function()
    local params = { z = "a&b=c #/?é\0", a = true, m = 12, l = { "x", 1, false }, e = {} }
    local text = "a=true&e=%5B%5D&l=%5B%22x%22%2C1%2Cfalse%5D&m=12&z=a%26b%3Dc%20%23%2F%3F%C3%A9%00"
    for _ = 1, 3 do
      assert.equal(BASE .. "1/x?" .. text, sent("get", "1/x", params).url)
      assert.equal(BASE .. "1/x?" .. text, sent("delete", "1/x", params).url)
      local request = sent("post", "1/x", params)
      assert.equal(BASE .. "1/x", request.url)
      assert.equal(text, request.body)
    end
  end)

  it("is joined by the proof where there is a secret", function()
    local options = { app_secret = "TEST_SECRET" }
    assert.matches("1?a=1&appsecret_proof=c50620e9", sent("get", "1", { a = 1 }, options).url, 1,
      true)
    assert.matches("1?appsecret_proof=c50620e9", sent("delete", "1", nil, options).url, 1, true)
    local request = sent("post", "1", nil, options)
    assert.matches("1?appsecret_proof=c50620e9", request.url, 1, true)
    assert.is_nil(request.body)
  end)
end)

describe("an answer", function()
  local function answer(body, method, status)
    local client = stub.client(stub.reply(status or 200, body))
    method = method or "get"
    return client[method](client, "1/x")
  end

  it("is no error, no false and no nonsense", function()
    local cases = {
      { '{"error":{"code":190,"message":"m"}}', "auth" },
      { '{"success":false}', "refused" }, { "false", "refused" }, { '"false"', "refused" },
      { "null", "protocol" }, { '"words"', "protocol" }, { "5", "protocol" },
      { "<html>", "transient" }, { "", "transient" },
    }
    for _, case in ipairs(cases) do
      local result, err = answer(case[1])
      assert.is_nil(result)
      assert.equal(case[2], err.kind, case[1])
      if case[2] == "protocol" or case[2] == "transient" then
        assert.equal("indeterminate", select(2, answer(case[1], "post")).kind)
        assert.equal("indeterminate", select(2, answer(case[1], "delete")).kind)
      end
    end
  end)

  it("with an id that has lost digits is none", function()
    assert.equal("protocol", select(2, answer('{"id":12345678901234567890123}')).kind)
  end)

  it("is the table, without null, with ids as digits and whole numbers whole", function()
    assert.same({ id = "102290129340398", n = 3, list = { { x_id = "5" } } },
      answer('{"id":102290129340398,"n":3,"gone":null,"list":[{"x_id":5},null]}'))
    assert.is_true(answer("true"))
    assert.same({ success = true }, answer('{"success":true}', "post"))
    assert.same({ "a", "b" }, answer('["a","b"]'))
    assert.same({}, answer("{}", "delete"))
  end)

  it("is one page, whose links are true", function()
    local page = answer('{"data":[{"id":"1"}],"paging":{"cursors":{"after":"c"},"next":"https://'
      .. 'graph.facebook.com/v26.0/1/x?access_token=' .. TOKEN .. '&after=c","previous":"x"}}')
    assert.same({ cursors = { after = "c" }, next = true, previous = true }, page.paging)
  end)
end)

describe("a failure", function()
  local TRANSIENT = stub.graph_error(500, { code = 2, message = "m" })
  local OK = stub.reply(200, '{"id":"1"}')

  it("is sent again of a GET and a DELETE, not of a POST", function()
    for method, count in pairs { get = 2, delete = 2, post = 1 } do
      local client, requests = stub.client({ TRANSIENT, OK }, { max_attempts = 3 })
      local result, err = client[method](client, "1/x")
      assert.equal(count, #requests)
      if method == "post" then
        assert.equal("indeterminate", err.kind)
        assert.matches("read back", err.hint)
      else
        assert.same({ id = "1" }, result)
      end
    end
  end)

  it("of a write without a reply is indeterminate", function()
    for _, method in ipairs { "post", "delete" } do
      local client = stub.client(stub.lost("gone", "network", true), { max_attempts = 3 })
      local _, err = client[method](client, "1/x")
      assert.equal("indeterminate", err.kind)
    end
  end)

  it("draws on the budget of the node in the path", function()
    local settings = core.settings { access_token = TOKEN }
    local function account(path) return (core.request(settings, "get", path, {}):account()) end
    assert.equal("102290129340398", account("102290129340398/phone_numbers"))
    assert.equal("5", account("5"))
    for _, path in ipairs { "me", "oauth/5", "0123/x", "123456789012345678901", "1a/x" } do
      assert.is_nil(account(path))
    end
  end)

  it("of a closed client, and of an unknown option", function()
    local client = stub.client(OK)
    assert.has_error(function() client:get("1", nil, { limit = 5 }) end)
    assert.has_error(function() client.get("1") end)
    client:close()
    assert.equal("closed", select(2, client:get("1")).kind)
    assert.equal("closed", select(2, client:post("1", { a = 1 })).kind)
  end)

  it("of the default client is its own", function()
    assert.is_function(waba.get)
    assert.is_function(waba.post)
    assert.is_function(waba.delete)
  end)
end)
