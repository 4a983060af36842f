--- What every driver must do, as one list of examples: what the server answers, what the client
-- returns, what was sent. callback_spec.lua and blocking_spec.lua run it.
--
-- An answer is one of
--   { status =, body =, headers = { name = value } }   a reply
--   { lost = true }                                    the request is read, no reply comes
--   { silent = true }                                  the request is read, nothing ever comes
-- `unreachable = true` in an example means that nobody listens.

local assert = require "luassert"

local WRITE = { "assign", "102290129340398", "1972555232742222", { "MANAGE" } }
local REMOVE = { "unassign", "102290129340398", "1972555232742222" }
local READ = { "system_users", "9876543210987654" }

local READ_LINE = "GET /v26.0/9876543210987654/system_users?fields=id%2Cname%2Crole&limit=100"
local WRITE_LINE = "POST /v26.0/102290129340398/assigned_users"
local REMOVE_LINE = "DELETE /v26.0/102290129340398/assigned_users?user=1972555232742222"
local WRITE_BODY = "user=1972555232742222&tasks=%5B%22MANAGE%22%5D"

local function json(status, body, headers)
  return { status = status, body = body, headers = headers }
end

local function page(id, after)
  local paging = after and ('{"cursors":{"after":"%s"},"next":"https://elsewhere/"}'):format(after)
  return json(200, ('{"data":[{"id":"%s"}],"paging":%s}'):format(id, paging or "{}"))
end

local EXAMPLES = {
  { "fails as invalid before anything is sent", call = { "system_users", "x" }, answers = {},
    kind = "invalid", sent = {} },
  { "fails as auth on a dead token", call = WRITE,
    answers = { json(401, '{"error":{"message":"m","code":190,"error_subcode":463}}') },
    kind = "auth", status = 401, code = 190, sent = { WRITE_LINE } },
  { "fails as throttled", call = READ, answers = { json(400, '{"error":{"code":80008}}') },
    kind = "throttled", status = 400, code = 80008, sent = { READ_LINE } },
  { "reads Retry-After from a header of any case", call = READ,
    answers = { json(429, '{"error":{"code":4}}', { ["RETRY-After"] = " 12 " }) },
    kind = "throttled", retry_after = 12 },
  { "takes the trace from a header", call = READ,
    answers = { json(404, '{"error":{"code":803}}', { ["X-FB-Trace-ID"] = "TRACE" }) },
    kind = "not_found", fbtrace_id = "TRACE" },
  { "fails as protocol on a redirect, which it does not follow", call = READ,
    answers = { json(302, "", { Location = "/elsewhere" }), page(1) },
    kind = "protocol", status = 302, sent = { READ_LINE } },
  { "fails as protocol on a redirect of a write", call = WRITE,
    answers = { json(307, "", { Location = "/elsewhere" }), json(200, "true") },
    kind = "protocol", status = 307, sent = { WRITE_LINE } },
  { "fails as protocol on JSON of another shape", call = READ,
    answers = { json(200, '{"id":"1"}') },
    kind = "protocol", status = 200 },
  { "fails as transient on a gateway's page", call = READ, answers = { json(502, "<html>") },
    kind = "transient", status = 502 },
  { "does not know after a gateway's page on a write", call = WRITE,
    answers = { json(504, "<html>") }, kind = "indeterminate", status = 504,
    sent = { WRITE_LINE } },
  { "does not know after a 200 without a word", call = REMOVE, answers = { json(200, "") },
    kind = "indeterminate", status = 200, sent = { REMOVE_LINE } },
  { "does not know after a 204", call = WRITE, answers = { json(204, "") },
    kind = "indeterminate", status = 204 },
  { "fails as refused on success: false", call = WRITE,
    answers = { json(200, '{"success":false}') },
    kind = "refused", status = 200 },
  { "does not know when a write's reply is lost, and sends it once", call = WRITE,
    answers = { { lost = true }, json(200, "true") }, options = { max_attempts = 3 },
    kind = "indeterminate", sent = { WRITE_LINE } },
  { "does not know when a removal's reply is lost, and sends it once", call = REMOVE,
    answers = { { lost = true }, json(200, "true") }, options = { max_attempts = 3 },
    kind = "indeterminate", sent = { REMOVE_LINE } },
  { "fails as network when a read's reply is lost", call = READ, answers = { { lost = true } },
    kind = "network", sent = { READ_LINE } },
  { "fails as timeout when a read is never answered", call = READ, answers = { { silent = true } },
    options = { attempt_timeout = 0.3 }, kind = "timeout", sent = { READ_LINE } },
  { "does not know when a write is never answered", call = WRITE, answers = { { silent = true } },
    options = { attempt_timeout = 0.3 }, kind = "indeterminate", sent = { WRITE_LINE } },
  { "fails as network when nobody listens", call = READ, answers = {}, unreachable = true,
    kind = "network" },
  { "fails as network when nobody listens to a write, which is known not to have happened",
    call = WRITE, answers = {}, unreachable = true, kind = "network" },
  { "fails as protocol on a body larger than 4 MiB", call = READ,
    answers = { json(200, (" "):rep(4 * 1024 * 1024 + 1)) }, kind = "protocol" },
  { "does not know after a body larger than 4 MiB on a write", call = WRITE,
    answers = { json(200, (" "):rep(4 * 1024 * 1024 + 1)) }, kind = "indeterminate" },

  { "assigns", call = WRITE, answers = { json(200, '{"success":true}') }, result = true,
    sent = { WRITE_LINE }, bodies = { WRITE_BODY } },
  { "unassigns", call = REMOVE, answers = { json(200, "true") }, result = true,
    sent = { REMOVE_LINE }, bodies = { "" } },
  { "lists", call = READ, answers = { page(7) }, result = { { id = "7" } }, sent = { READ_LINE },
    bodies = { "" } },
  { "lists all pages", call = READ, answers = { page(1, "a=="), page(2, "b"), page(3) },
    result = { { id = "1" }, { id = "2" }, { id = "3" } },
    sent = { READ_LINE, READ_LINE .. "&after=a%3D%3D", READ_LINE .. "&after=b" } },
  { "lists over a read that is sent again", call = READ,
    answers = { { lost = true }, json(503, ""), page(7) }, options = { max_attempts = 3 },
    result = { { id = "7" } }, sent = { READ_LINE, READ_LINE, READ_LINE } },
  { "writes again where Graph says that it failed for the moment", call = WRITE,
    answers = { json(500, '{"error":{"code":2,"is_transient":true}}'), json(200, "true") },
    options = { max_attempts = 2 }, result = true, sent = { WRITE_LINE, WRITE_LINE },
    bodies = { WRITE_BODY, WRITE_BODY } },
  { "writes after a read and reads after a write", call = READ, before = { WRITE, REMOVE },
    answers = { json(200, "true"), json(200, "true"), page(7) }, result = { { id = "7" } },
    sent = { WRITE_LINE, REMOVE_LINE, READ_LINE }, bodies = { WRITE_BODY, "", "" } },
  { "reads a body just below 4 MiB", call = READ,
    answers = { json(200, '{"data":[]}' .. (" "):rep(4 * 1024 * 1024 - 11)) }, result = {} },
  { "reads bytes that are no text of ours", call = READ,
    answers = { json(200, '{"data":[{"id":"1","name":"Zo\195\171 \\u0000 \240\159\152\128"}]}') },
    result = { { id = "1", name = "Zo\195\171 \0 \240\159\152\128" } } },
  { "reads a reply with many headers", call = READ, answers = { json(200, '{"data":[]}', {
    ["x-app-usage"] = '{"call_count":28,"total_time":25,"total_cputime":25}',
    ["x-fb-debug"] = ("d"):rep(2000), ["WWW-Authenticate"] = 'OAuth "Facebook Platform"',
    ["Content-Type"] = "text/javascript; charset=UTF-8" }) }, result = {} },
  { "ends calls after close", call = READ, answers = { page(1) }, close = true, kind = "closed",
    sent = {} },
}

local unpack = table.unpack or unpack -- luacheck: ignore

local function call(client, arguments)
  return client[arguments[1]](client, unpack(arguments, 2))
end

local FACTS = { "kind", "status", "code", "retry_after", "fbtrace_id" }

local function check_outcome(example, result, err)
  if example.kind then
    assert.is_nil(result)
    for _, fact in ipairs(FACTS) do
      if example[fact] then assert.equal(example[fact], err[fact], tostring(err)) end
    end
    assert.equal(example.call[1], err.operation)
    assert.is_true(#err.message > 0)
  else
    assert.same(example.result, result, tostring(err))
  end
end

local function check_requests(example, requests)
  local lines, bodies = {}, {}
  for i, request in ipairs(requests) do
    lines[i], bodies[i] = request.line, request.body
    assert.equal("Bearer TEST_TOKEN", request.headers.authorization)
    assert.equal("application/json", request.headers.accept)
    assert.matches("^waba/%d+%.%d+%.%d+$", request.headers["user-agent"])
    local form = request.body ~= "" and "application/x-www-form-urlencoded" or nil
    assert.equal(form, request.headers["content-type"])
  end
  if example.sent then assert.same(example.sent, lines) end
  if example.bodies then assert.same(example.bodies, bodies) end
end

--- Runs every example against a driver.
---@param it function busted's, which only spec files see
---@param open fun(example: table): table makes a client for the example's `answers`, `options` and
---  `unreachable`, with the token TEST_TOKEN and a clock that does not sleep: { client,
---  requests = function() -> { { line, headers, body } } }
return function(it, open)
  for _, example in ipairs(EXAMPLES) do
    it(example[1], function()
      local opened = open(example)
      if example.close then opened.client:close() end
      for _, arguments in ipairs(example.before or {}) do
        assert.is_true(call(opened.client, arguments))
      end
      local result, err = call(opened.client, example.call)
      opened.client:close()
      check_outcome(example, result, err)
      check_requests(example, opened.requests())
    end)
  end
end
