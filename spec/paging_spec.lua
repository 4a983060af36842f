--- Lists of many pages.

local json = require("waba.core").json
local stub = require "spec.support.stub"

local NEXT = "https://graph.facebook.com/v26.0/1/x?access_token=TEST_TOKEN&limit=25&after="

--- A page with these items; `after` where another one follows, `paging` where it is to be odd.
local function page(ids, after, paging)
  local items = {}
  for i, id in ipairs(ids) do items[i] = ('{"id":"%s"}'):format(id) end
  if after then
    paging = ('{"cursors":{"before":"b","after":"%s"},"next":"%s%s"}'):format(after, NEXT, after)
  end
  return stub.reply(200, ('{"data":[%s]%s}'):format(table.concat(items, ","),
    paging and ',"paging":' .. paging or ""))
end

local function ids_of(users)
  local ids = {}
  for i, user in ipairs(users) do ids[i] = user.id end
  return table.concat(ids, " ")
end

local function list(pages, options, call_options)
  local client, requests = stub.client(pages, options)
  local users, err = client:system_users("1", call_options)
  return users, err, requests
end

describe("paging", function()
  it("joins the pages in their order", function()
    local users, summary, requests = list { page({ 1, 2 }, "a"), page({ 3 }, "b"), page({ 4, 5 }) }
    assert.equal("1 2 3 4 5", ids_of(users))
    assert.is_nil(summary)
    assert.equal(3, #requests)
  end)

  it("asks for the next page with the cursor, and for nothing else differently", function()
    local _, _, requests = list { page({ 1 }, "aa"), page({ 2 }, "bb"), page {} }
    assert.equal(requests[1].url .. "&after=aa", requests[2].url)
    assert.equal(requests[1].url .. "&after=bb", requests[3].url)
    assert.same(requests[1].headers, requests[3].headers)
  end)

  it("ends where next is absent, although a cursor is there", function()
    local users, _, requests = list { page({ 1 }, nil, '{"cursors":{"before":"x","after":"x"}}') }
    assert.equal("1", ids_of(users))
    assert.equal(1, #requests)
  end)

  it("ends where next is null", function()
    local _, _, requests = list { page({ 1 }, nil, '{"cursors":{"after":"x"},"next":null}') }
    assert.equal(1, #requests)
  end)

  it("goes on over empty pages", function()
    local users, _, requests = list { page({}, "a"), page({}, "b"), page({ 1 }, "c"), page {} }
    assert.equal("1", ids_of(users))
    assert.equal(4, #requests)
  end)

  it("goes on after a page with fewer items than the limit", function()
    local users = list({ page({ 1 }, "a"), page { 2 } }, nil, { limit = 100 })
    assert.equal("1 2", ids_of(users))
  end)

  it("takes `paging` that is empty or odd for the end", function()
    for _, paging in ipairs { "{}", "[]", "5", "null", '"x"', '{"cursors":null}',
      '{"previous":"x"}' } do
      local users, _, requests = list { page({ 1 }, nil, paging) }
      assert.equal("1", ids_of(users))
      assert.equal(1, #requests)
    end
  end)

  it("escapes the cursor", function()
    local _, _, requests = list { page({}, "a+b/c==&access_token=x#"), page {} }
    assert.matches("&after=a%2Bb%2Fc%3D%3D%26access_token%3Dx%23", requests[2].url, 1, true)
  end)

  it("takes the cursor of next's own query where there are no cursors", function()
    local _, _, requests = list {
      page({ 1 }, nil, '{"next":"https://evil.example/?access_token=T&after=MTA%3D&limit=5"}'),
      page { 2 },
    }
    assert.matches("^https://graph%.facebook%.com/v26%.0/1/system_users%?.*&after=MTA%%3D$",
      requests[2].url)
    assert.not_matches("evil", requests[2].url)
    assert.not_matches("access_token", requests[2].url)
  end)

  it("takes `after` of the query only as a parameter's whole name", function()
    local users, err = list {
      page({ 1 }, nil, '{"next":"https://graph.facebook.com/after=1?before_after=2"}'),
    }
    assert.is_nil(users)
    assert.equal("protocol", err.kind)
  end)

  it("never sends anything where next points", function()
    local _, _, requests = list {
      page({}, nil, '{"cursors":{"after":"a"},"next":"http://evil.example/"}'), page {},
    }
    assert.matches("^https://graph%.facebook%.com/", requests[2].url)
  end)

  local broken = {
    { "without any cursor", '{"next":"https://graph.facebook.com/"}' },
    { "with an empty cursor", '{"cursors":{"after":""},"next":"https://graph.facebook.com/"}' },
    { "with a cursor that is no text", '{"cursors":{"after":5},"next":"x"}' },
    { "with a next that is no text", '{"next":true}' },
    { "with a cursor of 16 KiB and one", ('{"cursors":{"after":"%s"},"next":"x"}'):format(
      ("a"):rep(16 * 1024 + 1)) },
  }
  for _, case in ipairs(broken) do
    it("fails on a next page " .. case[1], function()
      local users, err, requests = list { page({ 1 }, nil, case[2]), page { 2 } }
      assert.is_nil(users)
      assert.equal("protocol", err.kind)
      assert.matches("cursor", err.message)
      assert.equal(1, #requests)
    end)
  end

  it("takes a cursor of 16 KiB", function()
    local users = list { page({ 1 }, ("a"):rep(16 * 1024)), page { 2 } }
    assert.equal("1 2", ids_of(users))
  end)

  it("fails on a cursor that comes again, at once", function()
    local users, err, requests = list { page({ 1 }, "a"), page({ 2 }, "a"), page { 3 } }
    assert.is_nil(users)
    assert.equal("protocol", err.kind)
    assert.equal(2, #requests)
  end)

  it("fails on a cursor that comes again, after others", function()
    local users, err, requests =
      list { page({}, "a"), page({}, "b"), page({}, "c"), page({}, "a") }
    assert.is_nil(users)
    assert.equal("protocol", err.kind)
    assert.equal(4, #requests)
  end)

  it("begins every call with no memory of the cursors of others", function()
    local client = stub.client { page({ 1 }, "a"), page { 2 }, page({ 1 }, "a"), page { 2 } }
    assert.equal("1 2", ids_of(client:system_users("1")))
    assert.equal("1 2", ids_of(client:system_users("1")))
  end)

  it("gives nothing of a list whose later page fails", function()
    local users, err = list { page({ 1 }, "a"), stub.reply(400, '{"error":{"code":4}}') }
    assert.is_nil(users)
    assert.equal("throttled", err.kind)
    assert.equal(1, err.attempts)
  end)

  it("counts the attempts of the page that failed", function()
    local wait = stub.reply(400, '{"error":{"code":4}}')
    local _, err = list({ wait, page({ 1 }, "a"), wait }, { max_attempts = 2 })
    assert.equal(2, err.attempts)
  end)

  it("keeps the summary of the last page", function()
    local function with_summary(count, paging)
      return stub.reply(200, json.encode { data = { { id = "1" } }, paging = paging,
        summary = { total_count = count } })
    end
    local _, summary = list({ with_summary(2, { cursors = { after = "a" }, next = "x" }),
      with_summary(3) }, nil, { summary = true })
    assert.same({ total_count = 3 }, summary)
  end)

  it("survives a hundred pages of a hundred", function()
    local function answer(request)
      local number = tonumber(request.url:match("after=(%d+)") or 0)
      local ids = {}
      for i = 1, 100 do ids[i] = number * 100 + i end
      return page(ids, number < 99 and tostring(number + 1) or nil)
    end
    local users = list(answer)
    assert.equal(10000, #users)
    assert.equal("10000", users[10000].id)
  end)

  it("gives every list its own table", function()
    local client = stub.client(page { 1 })
    local one, other = client:system_users("1"), client:system_users("1")
    assert.not_equal(one, other)
    assert.not_equal(one[1], other[1])
  end)

  it("asks a token function again for every page", function()
    local count = 0
    local _, _, requests = list({ page({}, "a"), page {} }, { access_token = function()
      count = count + 1
      return "TOKEN" .. count
    end })
    assert.equal("Bearer TOKEN1", requests[1].headers.Authorization)
    assert.equal("Bearer TOKEN2", requests[2].headers.Authorization)
  end)

  it("makes the proof of every page with the token of that page", function()
    local tokens = { "FIRST", "TEST_TOKEN" }
    local count = 0
    local _, _, requests = list({ page({}, "a"), page {} }, {
      app_secret = "TEST_SECRET",
      access_token = function()
        count = count + 1
        return tokens[count]
      end,
    })
    local proof = "appsecret_proof=c50620e96e6bae5b5b8f56cc2c65f9cbf067c5f93e1dd6e262a60c9cf0ee99f4"
    assert.not_matches(proof, requests[1].url, 1, true)
    assert.matches(proof, requests[2].url, 1, true)
    assert.equal(1, select(2, requests[2].url:gsub("appsecret_proof", "")))
  end)
end)

describe("a list", function()
  it("keeps the summary when its last page has none", function()
    local client = stub.client { stub.reply(200, '{"data":[],"summary":{"total_count":7},'
      .. '"paging":{"cursors":{"after":"A"},"next":"https://x/"}}'), page {} }
    local _, summary = client:system_users("1", { summary = true })
    assert.same({ total_count = 7 }, summary)
  end)

  it("does not follow a cursor that would carry the token into a URL", function()
    local items, err, requests = list { page({}, "x" .. stub.TOKEN), page {} }
    assert.is_nil(items)
    assert.equal("protocol", err.kind)
    assert.equal(1, #requests)
  end)

  it("nor one that would make the token anew when it is escaped", function()
    local paging = '{"next":"https://x/?after=a%3EAATOKEN"}' -- "%3E" is ">", and written so again
    local items, err, requests = list({ page({}, nil, paging), page {} },
      { access_token = "EAATOKEN" })
    assert.is_nil(items)
    assert.equal("protocol", err.kind)
    assert.equal(1, #requests)
  end)

  it("takes a cursor from the next URL as it was escaped there", function()
    local escapes = { ["a%20b"] = "a%20b", ["a%zz"] = "a%25zz", ["a%4"] = "a%254",
      ["a%aF"] = "a%AF" }
    for given, sent in pairs(escapes) do
      local paging = ('{"next":"https://x/?after=%s&limit=1"}'):format(given)
      local _, _, requests = list { page({}, nil, paging), page {} }
      assert.truthy(requests[2].url:find("&after=" .. sent, 1, true), requests[2].url)
    end
  end)

  it("has a bound: 256 MiB of pages", function()
    local padding, pages = ("x"):rep(4000000), 0
    local body = '{"data":[],"x":"%s","paging":{"cursors":{"after":"%d"},"next":"n"}}'
    local client = stub.client(function()
      pages = pages + 1
      return stub.reply(200, body:format(padding, pages))
    end)
    local items, err = client:system_users("1")
    assert.is_nil(items)
    assert.equal("protocol", err.kind)
    assert.equal("more than 256 MiB of pages", err.message)
    assert.is_true(pages < 70)
  end)
end)
