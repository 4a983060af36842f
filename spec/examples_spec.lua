-- Runs every script of examples/ on this VM, against a served sandbox, and checks what it prints.

local command = require("spec.support.command")
local markdown = require("spec.support.markdown")
local servers = require("spec.support.server")
local world = require("waba.sandbox").world

local server

local function run(name, changes)
  local variables = {
    WABA_GRAPH_URL = server.url,
    WABA_ACCESS_TOKEN = world.admin_token,
    WABA_BUSINESS_ID = world.business,
    WABA_ACCOUNT_ID = world.waba,
    WABA_USER_ID = world.system_user,
    WABA_TASK = "MANAGE",
    WABA_ACCOUNT_IDS = table.concat({ world.waba, world.partner_waba, world.team_waba }, " "),
  }
  for key, value in pairs(changes or {}) do variables[key] = value end
  return command.lua("examples/" .. name .. ".lua", variables)
end

local function fails_with(words, output, status)
  assert.not_equal(0, status)
  assert.truthy(output:find(words, 1, true), output)
  assert.is_nil(output:find("EAATEST", 1, true))
end

-- What this file runs, to notice a script that nobody runs.
local RUN = {
  assign_and_verify = true, demo = true, drift = true, list = true, offboard = true,
  onboard = true, own_spec = true, rotate_token = true, serve = true, who_can_what = true,
}

describe("examples/", function()
  setup(function() server = servers.start() end)
  before_each(function() server:control("POST", "/reset") end)
  teardown(function() server:stop() end)

  describe("list.lua", function()
    it("says what is wrong with the token", function()
      fails_with("auth: ", run("list", { WABA_ACCESS_TOKEN = world.expired_token }))
    end)

    it("says that there is no token", function()
      fails_with("WABA_ACCESS_TOKEN", command.lua("examples/list.lua"))
    end)

    it("lists system users and who is assigned", function()
      local output, status = run("list", { WABA_ACCOUNT_ID = world.team_waba })
      assert.equal(0, status, output)
      assert.truthy(output:find("1000081799813  ADMIN      Reporting server", 1, true))
      assert.truthy(output:find("1972385232742142  Anna Flex        MANAGE", 1, true))
      assert.truthy(output:find("Night shift      VIEW_COST, VIEW_TEMPLATES", 1, true))
    end)
  end)

  describe("assign_and_verify.lua", function()
    it("fails where Graph refuses, and passes on what to do", function()
      fails_with("Multi-Partner Solution",
        run("assign_and_verify", { WABA_ACCOUNT_ID = world.partner_waba }))
    end)

    it("fails where a success does not show", function()
      server:control("POST", "/faults", '{"method":"POST","body":{"success":true}}')
      fails_with("is not listed with MANAGE", run("assign_and_verify"))
    end)

    it("decides by the list where the reply was lost", function()
      server:control("POST", "/faults", '{"method":"POST","wire":"reset","applied":true}')
      local output, status = run("assign_and_verify")
      assert.equal(0, status, output)
      assert.truthy(output:find("indeterminate: ", 1, true), output)
      assert.truthy(output:find("My System User has MANAGE", 1, true), output)
    end)

    it("assigns", function()
      local output, status = run("assign_and_verify")
      assert.equal("My System User has MANAGE\n", output)
      assert.equal(0, status)
    end)
  end)

  describe("offboard.lua", function()
    it("fails where Graph refuses", function()
      fails_with("permission: ", run("offboard", {
        WABA_ACCOUNT_ID = world.team_waba, WABA_USER_ID = world.spare_user,
        WABA_ACCESS_TOKEN = world.employee_token,
      }))
    end)

    it("fails where the user is still there", function()
      server:control("POST", "/faults", '{"method":"DELETE","body":{"success":true}}')
      fails_with("Night shift is still assigned", run("offboard", {
        WABA_ACCOUNT_ID = world.team_waba, WABA_USER_ID = world.spare_user,
      }))
    end)

    it("takes a user who was not there for gone", function()
      local output, status = run("offboard")
      assert.equal(0, status, output)
      assert.truthy(output:find("1972555232742222 is gone; 0 users are left", 1, true), output)
    end)

    it("removes a user", function()
      local output, status = run("offboard", {
        WABA_ACCOUNT_ID = world.team_waba, WABA_USER_ID = world.spare_user,
      })
      assert.equal("100000008899900 is gone; 2 users are left on 1234567890123456\n", output)
      assert.equal(0, status)
    end)
  end)

  describe("onboard.lua", function()
    it("goes on after an account that fails, and exits with 1", function()
      local output, status = run("onboard")
      assert.equal(1, status)
      assert.truthy(output:find("102290129340398  assigned\n104996122399160  invalid", 1, true),
        output)
      assert.truthy(output:find("\n1234567890123456  assigned\n", 1, true), output)
      assert.is_nil(output:find("EAATEST", 1, true))
    end)

    it("may be run again, and then changes nothing", function()
      local accounts = { WABA_ACCOUNT_IDS = world.waba .. " " .. world.team_waba }
      run("onboard", accounts)
      local output, status = run("onboard", accounts)
      assert.equal("102290129340398  unchanged\n1234567890123456  unchanged\n", output)
      assert.equal(0, status)
    end)
  end)

  describe("who_can_what.lua", function()
    it("says which account it could not read, and exits with 1", function()
      local output, status = run("who_can_what", { WABA_ACCOUNT_IDS = "55 " .. world.team_waba })
      assert.equal(1, status)
      assert.truthy(output:find("55: not_found: ", 1, true), output)
      assert.truthy(output:find("Anna Flex\tMANAGE\n", 1, true), output)
    end)

    it("prints a line for each user of each account", function()
      local output, status = run("who_can_what")
      assert.equal(0, status, output)
      assert.equal(3, select(2, output:gsub("\n", "")), output)
      assert.truthy(output:find(
        "1234567890123456\t100000008899900\tNight shift\tVIEW_COST,VIEW_TEMPLATES\n", 1, true))
    end)
  end)

  describe("drift.lua", function()
    local function check(accounts) return run("drift", { WABA_ACCOUNT_IDS = accounts }) end

    it("exits with 2 where an account could not be checked", function()
      local output, status = check("55 " .. world.team_waba)
      assert.equal(2, status)
      assert.truthy(output:find("55  not checked: not_found: ", 1, true), output)
      assert.truthy(output:find("1234567890123456  drifted\n", 1, true), output)
    end)

    it("exits with 2 where nobody is listed, as with the wrong business", function()
      run("onboard", { WABA_ACCOUNT_IDS = world.team_waba })
      local output, status = run("drift", {
        WABA_ACCOUNT_IDS = world.team_waba, WABA_BUSINESS_ID = world.client,
      })
      assert.equal("1234567890123456  not checked: nobody is listed for this business\n", output)
      assert.equal(2, status)
    end)

    it("exits with 1 where the task is missing, and changes nothing", function()
      for _ = 1, 2 do
        local output, status = check(world.team_waba)
        assert.equal("1234567890123456  drifted\n", output)
        assert.equal(1, status)
      end
    end)

    it("exits with 0 where all is in line", function()
      run("onboard", { WABA_ACCOUNT_IDS = world.waba })
      local output, status = check(world.waba)
      assert.equal("102290129340398  in line\n", output)
      assert.equal(0, status)
    end)
  end)

  describe("rotate_token.lua", function()
    local function rotate(token, changes)
      local output, status, left
      command.with_file(token .. "\n", function(path)
        local variables = { WABA_TOKEN_FILE = path, WABA_APP_ID = world.app,
          WABA_APP_SECRET = world.app_secret }
        for key, value in pairs(changes or {}) do variables[key] = value end
        output, status = run("rotate_token", variables)
        left = markdown.read(path)
      end)
      return output, status, left
    end

    it("leaves the old one where a new one is not to be had, or does not work", function()
      local output, status, left = rotate(world.expired_token)
      fails_with("cannot be refreshed any more", output, status)
      assert.equal(world.expired_token .. "\n", left)
      output, status, left = rotate(world.admin_token, { WABA_APP_SECRET = "another" })
      fails_with("Error validating client secret", output, status)
      assert.equal(world.admin_token .. "\n", left)
      server:control("POST", "/faults",
        '{"path":"debug_token","body":{"data":{"is_valid":false}}}')
      output, status, left = rotate(world.admin_token)
      fails_with("the new token does not work", output, status)
      assert.equal(world.admin_token .. "\n", left)
    end)

    it("puts a new one there, and the old one is dead", function()
      local output, status, left = rotate(world.admin_token)
      assert.equal("a new token, for 59 days\n", output)
      assert.equal(0, status)
      fails_with("auth: ", run("list"))
      output, status = run("list", { WABA_ACCESS_TOKEN = left:match("%S+") })
      assert.equal(0, status, output)
    end)
  end)

  it("own_spec.lua passes", function()
    local output, status = command.busted("examples/own_spec.lua")
    assert.equal(0, status, output)
    assert.truthy(output:find("\n1..2\n", 1, true), output)
  end)

  it("demo.lua makes the three calls and a refused one", function()
    local output, status = run("demo")
    assert.equal(0, status, output)
    assert.truthy(output:find("My System User    MANAGE", 1, true), output)
    assert.truthy(output:find("hint: system users belong to a business", 1, true), output)
  end)

  it("serve.lua serves", function()
    command.with_file("", function(path)
      local output = command.run([[
        timeout 60 "$LUA" examples/serve.lua 0 >"$OUT" & server=$!
        for _ in $(seq 500); do [ -s "$OUT" ] && break; sleep 0.02; done
        curl -sS --max-time 10 "$(head -n 1 "$OUT")/v26.0/$ID/system_users?access_token=$TOKEN"
        kill $server]], { OUT = path, ID = world.business, TOKEN = world.admin_token })
      assert.truthy(output:find('"name":"My System User"', 1, true), output)
    end)
  end)

  it("are all run here, do one job each, and are short", function()
    local pipe = assert(io.popen("ls examples/*.lua"))
    for path in pipe:lines() do
      local name = path:match("([%w_]+)%.lua$")
      assert.is_true(RUN[name], path .. " is run by nobody")
      local lines = select(2, markdown.read(path):gsub("\n", ""))
      if name ~= "demo" then assert.is_true(lines <= 30, path) end
    end
    pipe:close()
  end)
end)
