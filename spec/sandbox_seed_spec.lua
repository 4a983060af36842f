--- What a seed may hold, and what is said of one that is not sound.

local waba_sandbox = require("waba.sandbox")

local W = waba_sandbox.world

-- Makes a sandbox of the default seed after a change to it; returns the error, if any.
local function error_of(change)
  local seed = waba_sandbox.seed()
  seed = change(seed) or seed
  local ok, message = pcall(waba_sandbox.new, seed)
  return not ok and message or nil
end

describe("sandbox seed", function()
  describe("is refused", function()
    local cases = {
      { "that is no table", function() return 7 end, "seed must be a table" },
      { "without businesses", function(s) s.businesses = nil end,
        "seed.businesses must be a list" },
      { "with an unknown key", function(s) s.bussinesses = {} end,
        'seed has no key "bussinesses"' },
      { "with an unknown key further in", function(s) s.users[2].rank = "ADMIN" end,
        'seed.users[2] has no key "rank"' },
      { "with a map for a list", function(s) s.users = { one = s.users[1] } end,
        "seed.users must be a list" },
      { "with a hole in a list", function(s) s.users[2] = nil end, "seed.users must be a list" },
      { "with a number for an id", function(s) s.wabas[1].id = 102290129340398 end,
        "seed.wabas[1].id must be a string of digits: quote it" },
      { "with a flag for an id", function(s) s.users[1].id = true end,
        "seed.users[1].id must be a string of digits" },
      { "with letters in an id", function(s) s.users[1].id = "me" end,
        "seed.users[1].id must be a string of digits" },
      { "with a leading zero in an id", function(s) s.users[1].id = "012" end,
        "seed.users[1].id must be a string of digits" },
      { "without a name", function(s) s.users[3].name = nil end,
        "seed.users[3].name must be a non-empty string" },
      { "with an unknown role", function(s) s.users[1].role = "OWNER" end,
        "seed.users[1].role must be one of ADMIN, EMPLOYEE" },
      { "with an unknown user type", function(s) s.users[1].user_type = "ROBOT" end,
        "seed.users[1].user_type must be one of" },
      { "with one id twice in a list", function(s) s.users[2].id = s.users[1].id end,
        "seed.users[2].id repeats seed.users[1].id" },
      { "with one id for a user and a business",
        function(s) s.users[3].id = s.businesses[1].id end,
        "seed.users[3].id repeats seed.businesses[1].id" },
      { "with one token twice", function(s) s.tokens[2].token = s.tokens[1].token end,
        "seed.tokens[2].token repeats seed.tokens[1].token" },
      { "with a user of no business", function(s) s.users[1].business = "1" end,
        "seed.users[1].business is not in the seed: 1" },
      { "with an account of no business", function(s) s.wabas[1].business = "1" end,
        "seed.wabas[1].business is not in the seed: 1" },
      { "with a token of nobody", function(s) s.tokens[1].user = "1" end,
        "seed.tokens[1].user is not in the seed: 1" },
      { "with an account shared with nobody",
        function(s) s.wabas[2].shared_with[1].business = "1" end,
        "seed.wabas[2].shared_with[1].business is not in the seed: 1" },
      { "with an unknown user assigned", function(s) s.wabas[3].assigned[1].user = "1" end,
        "seed.wabas[3].assigned[1].user is not in the seed: 1" },
      { "with a user assigned twice",
        function(s) s.wabas[3].assigned[2].user = s.wabas[3].assigned[1].user end,
        "seed.wabas[3].assigned[2].user is assigned twice" },
      { "with a user assigned whose business has no access",
        function(s) s.wabas[1].assigned = { { user = W.client_admin, tasks = {} } } end,
        "seed.wabas[1].assigned[1].user is of a business without access" },
      { "with a task that is no task", function(s) s.wabas[3].assigned[1].tasks = { "manage" } end,
        "seed.wabas[3].assigned[1].tasks[1] must be a task" },
      { "with a token of other characters", function(s) s.tokens[1].token = "a b" end,
        "seed.tokens[1].token must be made of" },
      { "with an unknown token subcode", function(s) s.tokens[1].subcode = 1 end,
        "seed.tokens[1].subcode must be one of 458" },
      { "with a flag that is no boolean", function(s) s.require_proof = "yes" end,
        "seed.require_proof must be true or false" },
      { "with a proof that cannot be called", function(s) s.proof = "abc" end,
        "seed.proof must be a function" },
      { "with an unknown habit on a repeated assign", function(s) s.repeated_assign = "append" end,
        "seed.repeated_assign must be one of replace, merge" },
    }
    for _, case in ipairs(cases) do
      local title, change, expected = case[1], case[2], case[3]
      it(title, function()
        assert.has_match(expected, error_of(change) or "no error", 1, true)
      end)
    end

    it("with the blame on the line that called new", function()
      local _, message = pcall(function() waba_sandbox.new({}) end)
      assert.has_match("sandbox_seed_spec.lua:", message, 1, true)
    end)

    it("without showing a token", function()
      local message = error_of(function(s) s.tokens[2].token = s.tokens[1].token end)
      assert.is_nil(message:find(W.admin_token, 1, true))
    end)
  end)

  it("is the default world when there is none", function()
    assert.has_no.errors(function() waba_sandbox.new() end)
  end)

  it("may assign a user of a partner that the account is shared with", function()
    assert.is_nil(error_of(function(s)
      s.wabas[2].assigned = { { user = W.system_user, tasks = { "DEVELOP" } } }
    end))
  end)

  it("is fresh at every call", function()
    waba_sandbox.seed().users[1].name = "changed"
    assert.are.equal("My System User", waba_sandbox.seed().users[1].name)
  end)

  it("is copied, so that later changes to it do nothing", function()
    local seed = waba_sandbox.seed()
    local sandbox = waba_sandbox.new(seed)
    seed.tokens[1].token = "ANOTHER"
    local response = sandbox({
      method = "GET", url = "/" .. W.business .. "/system_users",
      headers = { Authorization = "Bearer " .. W.admin_token },
    })
    assert.are.equal(200, response.status)
  end)

  it("names every id of the default world as it stands in the seed", function()
    local known = {}
    local seed = waba_sandbox.seed()
    for _, list in ipairs({ seed.businesses, seed.users, seed.wabas, seed.credit_lines }) do
      for _, item in ipairs(list) do known[item.id] = true end
    end
    for _, token in ipairs(seed.tokens) do known[token.token] = true end
    known[seed.app_id], known[seed.app_secret] = true, true
    for name, value in pairs(W) do
      assert.is_true(known[value], name)
    end
  end)
end)
