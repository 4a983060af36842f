--- A process that forks in the middle of a map: both sides go on with it, and neither disturbs the
--- other, hangs or spins.

local command = require "spec.support.command"
local servers = require "spec.support.server"
local world = require("waba.sandbox").world

-- A read and a write are in flight when a third call, which has been answered, forks: `here` says
-- on which side of the fork the rest happens.
local SCRIPT = [[
local process = require "spec.support.fork"
local waba = require "waba"
local here = "parent"

local client = assert(waba.new { access_token = "%s", base_url = "%s", attempt_timeout = 60 })
local said = {}
local function tell(name, value, err)
  local outcome = value and "done" or err.kind .. ": " .. err.message
  said[#said + 1] = ("%%s %%s %%s"):format(here, name, outcome)
end

local works = {
  function() tell("read", client:assigned_users("%s", "%s")) end,
  function() tell("write", client:assign("%s", "%s", "MANAGE")) end,
  function()
    assert(client:system_users("%s"))
    if not process.fork(true) then here = "child" end
    %s
  end,
}
local _, _, stopped = client:map(works, function(work) work() end, { concurrency = 3 })
tell("map", not stopped)
tell("next", client:system_users("%s"))
client:close()
if here == "parent" then process.wait() end
print(table.concat(said, "\n"))
io.stdout:flush()
process.over()
]]

describe("a map in whose middle the process forks", function()
  local server
  setup(function() server = servers.start() end)
  before_each(function() server:control("POST", "/reset") end)
  teardown(function() server:stop() end)

  --- What both sides said, a set of lines, where the read and the write have this fault.
  local function run(fault, action)
    local rule = [[{"path":"assigned_users","method":"%s","wire":"%s","body":%s}]]
    for method, body in pairs { GET = '{"data":[]}', POST = '{"success":true}' } do
      assert.equal(200, (server:control("POST", "/faults", rule:format(method, fault, body))))
    end
    local text = SCRIPT:format(world.admin_token, server.url, world.team_waba, world.business,
      world.waba, world.spare_user, world.business, action, world.business)
    local said = {}
    command.with_file(text, function(path)
      local output = command.lua(path)
      for line in output:gmatch("[^\n]+") do said[#said + 1] = line end
    end)
    table.sort(said)
    return said
  end

  local LOST = "the process was forked while it waited for the reply"

  it("loses in the child what is in flight: a read is sent again, a write is in doubt", function()
    assert.same({
      "child map done", "child next done", "child read done",
      "child write indeterminate: " .. LOST,
    }, run("stall", "if here == 'parent' then process.wait() process.over() end"))
  end)

  it("loses nothing in the parent, though the child closes the client", function()
    assert.same({
      "parent map done", "parent next done", "parent read done", "parent write done",
    }, run("drip", "if here == 'child' then client:close() process.over() end process.wait()"))
  end)
end)
