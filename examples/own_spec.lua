-- A spec of one's own, for busted: code that uses waba, tested without a network. The transport
-- is a function that answers what Graph would.

local waba = require "waba"

local function onboard(client, account, user_id)
  return client:assign(account, user_id, { "MANAGE" })
end

describe("onboard", function()
  local request
  local function client_that_gets(status, body)
    local function transport(sent)
      request = sent
      return { status = status, headers = {}, body = body }
    end
    return assert(waba.new { access_token = "TEST", transport = transport })
  end

  it("asks for MANAGE", function()
    assert.is_true(onboard(client_that_gets(200, '{"success":true}'), "1022", "1972"))
    assert.equal("user=1972&tasks=%5B%22MANAGE%22%5D", request.body)
  end)

  it("reports a refusal", function()
    local done, err = onboard(client_that_gets(400, '{"error":{"code":190}}'), "1022", "1972")
    assert.is_nil(done)
    assert.equal("auth", err.kind)
  end)
end)
