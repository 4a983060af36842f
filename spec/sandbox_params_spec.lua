--- Where parameters and tokens may stand in a request, and in which encoding.

local waba_sandbox = require("waba.sandbox")

local W = waba_sandbox.world
local ASSIGNED = "/v26.0/" .. W.waba .. "/assigned_users"

local FORM = "application/x-www-form-urlencoded"
local JSON = "application/json"
local MULTIPART = "multipart/form-data; boundary=XX"

local function send(sandbox, method, url, content_type, body)
  return sandbox({
    method = method, url = url, body = body,
    headers = { Authorization = "Bearer " .. W.admin_token, ["Content-Type"] = content_type },
  })
end

local function multipart(fields)
  local parts = {}
  for i, field in ipairs(fields) do
    parts[i] = '--XX\r\nContent-Disposition: form-data; name="' .. field[1] .. '"\r\n\r\n'
      .. field[2] .. "\r\n"
  end
  return table.concat(parts) .. "--XX--\r\n"
end

-- The tasks an assignment leaves behind, as one string; or the refusal's body.
local function tasks_after(url, content_type, body)
  local sandbox = waba_sandbox.new()
  local response = send(sandbox, "POST", url, content_type, body)
  if response.status ~= 200 then return response.body end
  local listed = send(sandbox, "GET", ASSIGNED .. "?business=" .. W.business)
  return (listed.body:match('"tasks":%[(.-)%]'):gsub('"', ""))
end

describe("sandbox tasks", function()
  local USER = "user=" .. W.system_user

  describe("in the query", function()
    local cases = {
      { "as the guide writes them, single-quoted", "tasks=['DEVELOP','VIEW_COST']" },
      { "single-quoted with a blank", "tasks=['DEVELOP',%20'VIEW_COST']" },
      { "single-quoted and percent-encoded", "tasks=%5B%27DEVELOP%27%2C%27VIEW_COST%27%5D" },
      { "as a JSON array", 'tasks=["DEVELOP","VIEW_COST"]' },
      { "as a JSON array, percent-encoded", "tasks=%5B%22DEVELOP%22%2C%22VIEW_COST%22%5D" },
      { "as a list with commas", "tasks=DEVELOP,VIEW_COST" },
      { "as a list with commas and a plus for the blank", "tasks=DEVELOP,+VIEW_COST" },
      { "as numbered keys", "tasks[0]=DEVELOP&tasks[1]=VIEW_COST" },
      { "as numbered keys, percent-encoded", "tasks%5B0%5D=DEVELOP&tasks%5B1%5D=VIEW_COST" },
      { "as keys with empty brackets", "tasks[]=DEVELOP&tasks[]=VIEW_COST" },
      { "with one task twice", "tasks=DEVELOP,VIEW_COST,DEVELOP" },
      { "as one bare word", "tasks=DEVELOP", "DEVELOP" },
      { "as a repeated key, of which the last wins", "tasks=DEVELOP&tasks=VIEW_COST", "VIEW_COST" },
    }
    for _, case in ipairs(cases) do
      it(case[1], function()
        local expected = case[3] or "DEVELOP,VIEW_COST"
        assert.are.equal(expected, tasks_after(ASSIGNED .. "?" .. USER .. "&" .. case[2]))
      end)
    end
  end)

  describe("in the body", function()
    local cases = {
      { "urlencoded", FORM, USER .. "&tasks=%5B%22DEVELOP%22%2C%22VIEW_COST%22%5D" },
      { "urlencoded with a charset", FORM .. "; charset=UTF-8",
        USER .. "&tasks=DEVELOP,VIEW_COST" },
      { "without a content type", nil, USER .. "&tasks=DEVELOP,VIEW_COST" },
      { "JSON", JSON, '{"user":"' .. W.system_user .. '","tasks":["DEVELOP","VIEW_COST"]}' },
      { "JSON with the user as a number", JSON,
        '{"user":' .. W.system_user .. ',"tasks":["DEVELOP","VIEW_COST"]}' },
      { "JSON with a charset and other capitals", "Application/JSON; charset=utf-8",
        '{"user":"' .. W.system_user .. '","tasks":["DEVELOP","VIEW_COST"]}' },
      { "JSON with the array as text", JSON,
        '{"user":"' .. W.system_user .. '","tasks":"[\\"DEVELOP\\",\\"VIEW_COST\\"]"}' },
      { "multipart with a JSON array", MULTIPART,
        multipart({ { "user", W.system_user }, { "tasks", '["DEVELOP","VIEW_COST"]' } }) },
      { "multipart with numbered keys", MULTIPART, multipart({
        { "user", W.system_user }, { "tasks[0]", "DEVELOP" }, { "tasks[1]", "VIEW_COST" } }) },
      { "multipart with a quoted boundary", 'multipart/form-data; boundary="XX"',
        multipart({ { "user", W.system_user }, { "tasks", "DEVELOP,VIEW_COST" } }) },
    }
    for _, case in ipairs(cases) do
      it(case[1], function()
        assert.are.equal("DEVELOP,VIEW_COST", tasks_after(ASSIGNED, case[2], case[3]))
      end)
    end
  end)

  describe("are refused in", function()
    local cases = {
      { "a JSON body cut short", JSON, '{"user":"1","tas', "not a JSON object" },
      { "a JSON body that is no object", JSON, "true", "not a JSON object" },
      { "a multipart body without a boundary", "multipart/form-data", "--XX",
        "multipart without a boundary" },
      { "a multipart body without its end", MULTIPART, "--XX\r\nContent-Disp", "user is required" },
      { "a body of an unknown type", "text/plain", USER .. "&tasks=DEVELOP", "user is required" },
      { "a JSON object for the list", JSON,
        '{"user":"' .. W.system_user .. '","tasks":{"a":"DEVELOP"}}', "an array of strings" },
      { "a JSON null", JSON, '{"user":"' .. W.system_user .. '","tasks":null}',
        "tasks is required" },
      { "a user too large for a number", JSON, '{"user":1e300,"tasks":["DEVELOP"]}',
        "user is required" },
    }
    for _, case in ipairs(cases) do
      it(case[1], function()
        assert.has_match(case[4], tasks_after(ASSIGNED, case[2], case[3]), 1, true)
      end)
    end
  end)

  it("in the body win over those in the query", function()
    local url = ASSIGNED .. "?tasks=VIEW_COST&" .. USER
    assert.are.equal("DEVELOP", tasks_after(url, FORM, "tasks=DEVELOP"))
  end)
end)

describe("sandbox removal", function()
  local ANNA = "1972385232742142"
  local TEAM = "/v26.0/" .. W.team_waba .. "/assigned_users"
  local cases = {
    { "takes the user in the query", "DELETE", TEAM .. "?user=" .. ANNA },
    { "takes the user in a form", "DELETE", TEAM, FORM, "user=" .. ANNA },
    { "takes the user in a multipart body", "DELETE", TEAM, MULTIPART,
      multipart({ { "user", ANNA } }) },
    { "may come as a POST with method=delete", "POST", TEAM .. "?method=delete&user=" .. ANNA },
    { "may come as a POST with method=delete in the form", "POST", TEAM, FORM,
      "method=DELETE&user=" .. ANNA },
  }
  for _, case in ipairs(cases) do
    it(case[1], function()
      local sandbox = waba_sandbox.new()
      assert.are.equal('{"success":true}',
        send(sandbox, case[2], case[3], case[4], case[5]).body)
      local listed = send(sandbox, "GET", TEAM .. "?business=" .. W.business)
      assert.is_nil(listed.body:find(ANNA, 1, true))
    end)
  end
end)

describe("sandbox token", function()
  local USERS = "/v26.0/" .. W.business .. "/system_users"
  local T = W.admin_token
  local cases = {
    { "in a Bearer header", USERS, { Authorization = "Bearer " .. T } },
    { "in an OAuth header", USERS, { Authorization = "OAuth " .. T } },
    { "in a header of other capitals", USERS, { AUTHORIZATION = "bearer " .. T } },
    { "in the query", USERS .. "?access_token=" .. T },
    { "in the header before the one in the query", USERS .. "?access_token=EAATEST_NOBODY",
      { Authorization = "Bearer " .. T } },
    { "in the query when the header holds something else", USERS .. "?access_token=" .. T,
      { Authorization = "Basic dXNlcg==" } },
    { "in a form body", USERS, { ["content-type"] = FORM }, "access_token=" .. T },
    { "in a JSON body", USERS, { ["content-type"] = JSON }, '{"access_token":"' .. T .. '"}' },
  }
  for _, case in ipairs(cases) do
    it(case[1], function()
      local response = waba_sandbox.new()({
        method = "GET", url = case[2], headers = case[3], body = case[4],
      })
      assert.are.equal(200, response.status)
    end)
  end
end)
