--- Every reply in samples/graph-replies.json, documented or recorded, given to every operation.
--
-- What each must read to is written down here by hand, from what Graph means by it. A list and a
-- write differ: `{"data":[..]}` is no word that a write succeeded, and `true` is no list.

local json = require("waba.core").json
local stub = require "spec.support.stub"

local file = assert(io.open("spec/samples/graph-replies.json"))
local text = file:read("*a")
file:close()

-- The bodies as they are written, since a decoder does not keep {} and [] apart.
local bodies = {}
for name, body in text:gmatch('\n  "name": "([^"]*)",.-\n  "body": (.-),\n  "source"') do
  bodies[name] = body
end

local function items(count) return { read = count, write = "indeterminate" } end
local SUCCESS = { read = "protocol", write = true }
local NEITHER = { read = "protocol", write = "indeterminate" }
local function graph(kind, code, subcode)
  return { read = kind, write = kind, code = code, subcode = subcode }
end

local EXPECTED = {
  seed_system_users = items(1),
  seed_assigned_users_post = SUCCESS,
  seed_assigned_users_get = items(2),
  ref_assigned_users_get_cursors = items(1),
  oas_assigned_users_two_types = items(2),
  oas_assigned_users_single = items(1),
  assigned_users_missing_business = graph("invalid", 100),
  oas_missing_business = graph("invalid", 100),
  oas_permission_1349174 = graph("permission", 200, 1349174),
  oas_waba_not_found_803 = graph("not_found", 803),
  oas_already_assigned_422 = graph("invalid", 100),
  oas_delete_not_assigned_404 = graph("not_found", 803),
  oas_app_limit_429 = graph("throttled", 4, 2446079),
  oas_server_error_500 = graph("transient", 2),
  system_users_needs_business_management = graph("permission", 200),
  waba_limit_80008 = graph("throttled", 80008),
  buc_limit_80001_documented = graph("throttled", 80001),
  page_limit_32_documented = graph("throttled", 32),
  headers_buc_and_app_usage_ok = SUCCESS,
  headers_ads_buc_real_shape = graph("throttled", 80000),
  ad_account_usage_documented = NEITHER,
  doc_190_460 = graph("auth", 190, 460),
  token_expired_463_recorded_2015 = graph("auth", 190, 463),
  token_app_not_installed_458 = graph("auth", 190, 458),
  token_user_unconfirmed_464 = graph("auth", 190, 464),
  token_checkpoint_459 = graph("auth", 190, 459),
  missing_token_104 = graph("auth", 104),
  unsupported_get_100_recorded = graph("invalid", 100),
  unsupported_post_waba = graph("invalid", 100),
  code1_permanent_user_error = graph("refused", 1, 1965014),
  code2_transient = graph("transient", 2),
  too_many_ids = graph("invalid", 100),
  deprecated_api_12 = graph("invalid", 12),
  create_system_user = NEITHER,
  list_system_users_business = items(1),
  invalidate_all_tokens_bare_true = SUCCESS,
  mint_token = NEITHER,
  refresh_token = NEITHER,
  debug_token_system_user_never_expires = NEITHER,
  debug_token_user_granular = NEITHER,
  owned_wabas = items(2),
  client_wabas_empty = items(0),
  assigned_wabas_ref_shape = items(0),
  assigned_wabas_oas_shape = items(1),
  waba_node_default = NEITHER,
  solutions_list = items(1),
  extendedcredits = items(1),
  credit_share_and_attach = NEITHER,
  credit_share_only = SUCCESS,
  paging_next_embeds_token = items(1),
  paging_documented = items(0),
  batch_documented_no_headers = NEITHER,
  batch_dependency_omitted_null = NEITHER,
  batch_unresolved_name = graph("refused"),
  batch_item_redirect_no_body = NEITHER,
  batch_item_permission_403_documented = NEITHER,
  multi_id_object_keyed_by_id = NEITHER,
}

local samples = assert(json.decode(text))

local function check_error(err, expected, sample, status)
  assert.equal(status, err.status)
  assert.equal(expected.code, err.code)
  assert.equal(expected.subcode, err.subcode)
  assert.equal(1, err.attempts)
  assert.is_string(err.message)
  local graph_error = type(sample.body) == "table" and sample.body.error
  if not graph_error then return end
  assert.equal(graph_error.message, err.message)
  assert.equal(graph_error.type, err.type)
  assert.equal(graph_error.error_user_title, err.title)
  assert.equal(graph_error.error_user_msg, err.user_message)
  assert.equal(graph_error.fbtrace_id, err.fbtrace_id)
end

-- A second page ends the lists whose first announces one.
local function read(operation, sample, status)
  local first = stub.reply(status, bodies[sample.name], sample.headers)
  return stub.outcome(operation, { first, stub.reply(200, '{"data":[]}') })
end

local function check(operation, sample, status)
  local expected = EXPECTED[sample.name]
  local writes = operation == "assign" or operation == "unassign"
  local wanted = expected[writes and "write" or "read"]
  local result, err = read(operation, sample, status)
  if type(wanted) == "string" then
    assert.is_nil(result)
    assert.equal(wanted, err.kind)
    assert.equal(operation, err.operation)
    return check_error(err, expected, sample, status)
  end
  if wanted == true then return assert.is_true(result) end
  assert.is_table(result, tostring(err))
  assert.same(sample.body.data or {}, result)
  assert.equal(wanted, #result)
  if not sample.body.summary then return assert.is_nil(err) end
end

describe("sample", function()
  it("replies are 57, each with what it must read to", function()
    local names = {}
    for _, sample in ipairs(samples) do
      assert.is_string(bodies[sample.name], sample.name)
      assert.is_table(EXPECTED[sample.name], sample.name)
      names[sample.name] = true
    end
    assert.equal(57, #samples)
    for name in pairs(EXPECTED) do assert.is_true(names[name], name) end
  end)

  for _, sample in ipairs(samples) do
    for _, status in ipairs(sample.status and { sample.status } or { 200, 400 }) do
      for _, operation in ipairs(stub.OPERATIONS) do
        it(("%s, status %d, reads right for %s"):format(sample.name, status, operation), function()
          check(operation, sample, status)
        end)
      end
    end
  end

  it("lists with a next page are asked on with their own cursor", function()
    local sample = { oas = "oas_assigned_users_two_types" }
    local client, requests = stub.client({
      stub.reply(200, bodies[sample.oas]), stub.reply(200, '{"data":[]}'),
    })
    stub.call(client, "assigned_users")
    assert.matches("&after=QVFIUjJ5M2wwdmtONVFHbDZAMVQ4OGJBQUFBQQ$", requests[2].url)
    assert.not_matches("access_token", requests[2].url)
  end)
end)
