--- client:access on a fleet of 10,000 accounts: how many requests it takes.

local sandbox = require "waba.sandbox"
local stub = require "spec.support.stub"
local waba = require "waba"

local W = sandbox.world

local function fleet(count)
  local seed = sandbox.seed()
  seed.wabas = {}
  for i = 1, count do
    seed.wabas[i] = {
      id = ("%d"):format(700000000000000 + i), name = "Account " .. i, business = W.business,
      assigned = { { user = W.admin, tasks = { "MANAGE" } },
        { user = W.spare_user, tasks = { "DEVELOP", "VIEW_COST" } } },
    }
  end
  return sandbox.new(seed)
end

describe("access on 10,000 accounts", function()
  it("is 102 requests instead of 10,102", function()
    local graph = fleet(10000)
    local client = assert(waba.new { access_token = W.admin_token, transport = graph,
      clock = (stub.clock()), budget = stub.FORGETFUL })
    local access = assert(client:access(W.business))
    assert.same({ 10000, 102, 10102 }, { #access.accounts, access.requests, access.naive })
    assert.equal(102, #graph.log)
    for _, account in ipairs(access.accounts) do
      assert.equal("MANAGE", account.tasks[W.admin][1])
      assert.equal("VIEW_COST", account.tasks[W.spare_user][2])
    end
  end)
end)
