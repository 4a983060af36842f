--- Lists: fields, pages, cursors, links, totals.

local json = require("waba.core").json
local waba_sandbox = require("waba.sandbox")

local W = waba_sandbox.world
local USERS = "/v26.0/" .. W.business .. "/system_users"
local TEAM = "/v26.0/" .. W.team_waba .. "/assigned_users?business=" .. W.business

local function get(sandbox, url)
  local response = sandbox({
    method = "GET", url = url, headers = { Authorization = "Bearer " .. W.admin_token },
  })
  return assert(json.decode(response.body)), response
end

local function ids(reply)
  local result = {}
  for i, item in ipairs(reply.data) do result[i] = item.id end
  return result
end

local function keys(item)
  local result = {}
  for key in pairs(item) do result[#result + 1] = key end
  table.sort(result)
  return table.concat(result, ",")
end

local function crowd(count)
  local seed = waba_sandbox.seed()
  for i = 1, count do
    seed.users[#seed.users + 1] = {
      id = ("%d"):format(500000 + i), name = "User " .. i, business = W.business,
    }
  end
  return waba_sandbox.new(seed)
end

describe("sandbox page", function()
  local sandbox
  before_each(function() sandbox = waba_sandbox.new() end)

  it("without items has neither cursors nor next", function()
    local _, response = get(sandbox,
      "/" .. W.waba .. "/assigned_users?business=" .. W.business)
    assert.are.equal('{"data":[]}', response.body)
  end)

  it("after the last item is empty", function()
    local after = get(sandbox, USERS).paging.cursors.after
    local _, response = get(sandbox, USERS .. "?after=" .. after)
    assert.are.equal('{"data":[]}', response.body)
  end)

  it("that is the last has cursors but no next", function()
    local paging = get(sandbox, USERS).paging
    assert.is_string(paging.cursors.after)
    assert.is_nil(paging.next)
  end)

  it("with more to come has next", function()
    assert.is_string(get(sandbox, USERS .. "?limit=2").paging.next)
  end)

  it("that just fits has no next", function()
    assert.is_nil(get(sandbox, USERS .. "?limit=3").paging.next)
  end)

  it("of one item has one cursor for both ends", function()
    local cursors = get(sandbox, USERS .. "?limit=1").paging.cursors
    assert.are.equal(cursors.before, cursors.after)
  end)

  it("that is the first has no previous", function()
    assert.is_nil(get(sandbox, USERS .. "?limit=1").paging.previous)
  end)

  it("further on has previous", function()
    local after = get(sandbox, USERS .. "?limit=1").paging.cursors.after
    assert.is_string(get(sandbox, USERS .. "?limit=1&after=" .. after).paging.previous)
  end)

  it("after page gives every item once, in order", function()
    local seen, after, pages = {}, nil, 0
    repeat
      local reply = get(sandbox, USERS .. "?limit=1" .. (after and "&after=" .. after or ""))
      seen[#seen + 1] = reply.data[1].id
      after = reply.paging.next and reply.paging.cursors.after
      pages = pages + 1
    until not after
    assert.are.equal(3, pages)
    assert.are.same(ids(get(sandbox, USERS)), seen)
  end)

  it("before a cursor ends just before it", function()
    local all = ids(get(sandbox, USERS))
    local before = get(sandbox, USERS).paging.cursors.after
    assert.are.same({ all[1], all[2] }, ids(get(sandbox, USERS .. "?limit=5&before=" .. before)))
    assert.are.same({ all[2] }, ids(get(sandbox, USERS .. "?limit=1&before=" .. before)))
  end)

  it("holds 25 items by default", function()
    assert.are.equal(25, #get(crowd(120), USERS).data)
  end)

  it("holds 100 items at most", function()
    assert.are.equal(100, #get(crowd(120), USERS .. "?limit=5000").data)
  end)

  it("cannot be reached by a cursor whose item has gone", function()
    local after = get(sandbox, TEAM .. "&limit=1").paging.cursors.after
    sandbox({
      method = "DELETE", url = "/" .. W.team_waba .. "/assigned_users?user=1972385232742142",
      headers = { Authorization = "Bearer " .. W.admin_token },
    })
    assert.are.equal(100, get(sandbox, TEAM .. "&after=" .. after).error.code)
  end)

  it("has cursors that do not show the id", function()
    local reply = get(sandbox, USERS .. "?limit=1")
    assert.is_nil(reply.paging.cursors.after:find(reply.data[1].id, 1, true))
  end)
end)

describe("sandbox next", function()
  local function next_of(query)
    return get(waba_sandbox.new(), TEAM .. query).paging.next
  end

  it("leads to Graph's host, to the same path", function()
    local prefix = "https://graph.facebook.com/v26.0/" .. W.team_waba .. "/assigned_users?"
    assert.are.equal(prefix, next_of("&limit=1"):sub(1, #prefix))
  end)

  it("holds the token, also when it came in a header", function()
    assert.has_match("?access_token=" .. W.admin_token .. "&", next_of("&limit=1"), 1, true)
  end)

  it("keeps the other parameters, percent-encoded", function()
    local url = next_of("&limit=1&fields=id,business{id}")
    assert.has_match("&business=" .. W.business .. "&", url, 1, true)
    assert.has_match("&fields=id%2Cbusiness%7Bid%7D&", url, 1, true)
  end)

  it("names its limit and its cursor once", function()
    local _, limits = next_of("&limit=1"):gsub("[?&]limit=", "")
    local first = get(waba_sandbox.new(), TEAM .. "&limit=1").paging.cursors.after
    local _, afters = next_of("&limit=1&after=" .. first):gsub("[?&]after=", "")
    assert.are.same({ 1, 1 }, { limits, afters })
  end)

  it("drops what belongs to the request it came with", function()
    local sandbox = waba_sandbox.new()
    local last = get(sandbox, TEAM).paging.cursors.after
    local query = "&limit=1&appsecret_time=1&appsecret_proof=" .. ("a"):rep(64)
    local url = get(sandbox, TEAM .. query .. "&before=" .. last
      .. "&access_token=" .. W.employee_token).paging.next
    for _, text in ipairs({ "before=", "appsecret_", W.employee_token }) do
      assert.is_nil(url:find(text, 1, true), text)
    end
  end)

  it("can be followed to the next item", function()
    local sandbox = waba_sandbox.new()
    local second = get(sandbox, next_of("&limit=1"))
    assert.are.equal("Jasper Brown", second.data[1].name)
  end)

  it("is written with escaped slashes, as at Graph", function()
    local _, response = get(waba_sandbox.new(), TEAM .. "&limit=1")
    assert.has_match([["next":"https:\/\/graph.facebook.com\/v26.0\/]], response.body, 1, true)
  end)
end)

describe("sandbox fields", function()
  local cases = {
    { "of a system user are id, name, role by default", USERS, "id,name,role" },
    { "of an assigned user are id, name, tasks by default", TEAM, "id,name,tasks" },
    { "are those asked for", USERS .. "?fields=id,role", "id,role" },
    { "always include the id", USERS .. "?fields=name", "id,name" },
    { "may have blanks between them", USERS .. "?fields=name,%20role", "id,name,role" },
    { "without a value are left out",
      USERS .. "?fields=created_by,created_time,finance_permission,ip_permission", "id" },
    { "of an assigned user can be all of them",
      TEAM .. "&fields=id,name,user_type,business,tasks,permitted_tasks",
      "business,id,name,permitted_tasks,tasks,user_type" },
  }
  for _, case in ipairs(cases) do
    it(case[1], function()
      assert.are.equal(case[3], keys(get(waba_sandbox.new(), case[2]).data[1]))
    end)
  end

  local function first(fields)
    return get(waba_sandbox.new(), TEAM .. "&fields=" .. fields).data[1]
  end

  it("inside a field are id and name by default", function()
    assert.are.same({ id = W.business, name = "Example Business Inc" }, first("business").business)
  end)

  it("inside a field are those asked for", function()
    assert.are.same({ id = W.business }, first("business{id},name").business)
  end)

  it("tell people from system users", function()
    local data = get(waba_sandbox.new(), TEAM .. "&fields=user_type").data
    assert.are.same({ "BUSINESS_USER", "SYSTEM_USER" }, { data[1].user_type, data[3].user_type })
  end)

  it("tell what may be given", function()
    assert.are.equal(15, #first("permitted_tasks").permitted_tasks)
  end)

  it("lack tasks where the seed says so, also when asked for", function()
    local seed = waba_sandbox.seed()
    seed.list_tasks = false
    local sandbox = waba_sandbox.new(seed)
    assert.are.equal("id,name", keys(get(sandbox, TEAM).data[1]))
    assert.are.equal("id", keys(get(sandbox, TEAM .. "&fields=id,tasks").data[1]))
  end)
end)

describe("sandbox summary", function()
  local cases = {
    { "is absent by default", USERS, nil },
    { "counts on total_count", USERS .. "?summary=total_count", 3 },
    { "counts on true", USERS .. "?summary=true", 3 },
    { "counts all pages, not this one", USERS .. "?summary=total_count&limit=1", 3 },
    { "is absent for a word it does not know", USERS .. "?summary=false", nil },
    { "counts nobody, too", "/" .. W.waba .. "/assigned_users?summary=true&business=" .. W.business,
      0 },
  }
  for _, case in ipairs(cases) do
    it(case[1], function()
      local summary = get(waba_sandbox.new(), case[2]).summary
      assert.are.equal(case[3], summary and summary.total_count)
    end)
  end
end)
