--- Commands over many accounts: where they come from, what is told, how it ends.

local cli = require "spec.support.cli"
local servers = require "spec.support.server"
local world = require("waba.sandbox").world

local BUSINESS, USER = world.business, world.system_user
local ONE, TEAM = world.waba, world.team_waba

local server, environment

--- Runs the command against the served sandbox, and checks its code.
local function waba(code, arguments, input)
  local out, err, status
  if input then
    local variables = { INPUT = input }
    for name, value in pairs(environment) do variables[name] = value end
    out, err, status = cli.shell('printf "$INPUT" | "$LUA" bin/waba ' .. arguments, variables)
  else
    out, err, status = cli.waba(arguments, environment)
  end
  assert.equal(code, status, err)
  return out, err
end

local function requests()
  local _, log = server:control("GET", "/log")
  return select(2, log:gsub('"method"', ""))
end

local function fault(rule) assert.equal(200, (server:control("POST", "/faults", rule))) end

describe("a command over accounts", function()
  setup(function()
    server = servers.start()
    environment = { WABA_GRAPH_URL = server.url, WABA_ACCESS_TOKEN = world.admin_token }
  end)
  teardown(function() server:stop() end)
  before_each(function() server:control("POST", "/reset") end)

  describe("is refused, and nothing is sent,", function()
    local function refused(message, arguments, input)
      local out, err = waba(2, arguments, input)
      assert.equal("", out)
      assert.truthy(err:find(message, 1, true), err)
      assert.equal(0, requests())
    end

    it("where the command line lacks something, or has too much", function()
      refused("WABA is missing", "assign")
      refused("USER is missing", "assign 1")
      refused("TASK is missing", "assign 1 2")
      refused('"3" is one word too many', "unassign 1 2 3 --yes")
      refused("--from and --all exclude each other", "assign --from x --all 1 2 MANAGE")
      refused("no business is given", "assigned-users 1")
      refused("there is no id in it", "assign , 2 MANAGE")
      refused("WABA is empty", "assign '' 2 MANAGE")
      refused("USER is empty", "assign 1 '' MANAGE")
      refused("which is no column", "assign --all --fields nope 2 MANAGE --business 1")
    end)

    it("where the file is not there, or not what it should be", function()
      local _, unread = waba(1, "assign --from /proc/self 1 MANAGE")
      assert.truthy(unread:find("directory", 1, true), unread)
      refused("/nonesuch: No such file or directory", "assign --from /nonesuch 1 MANAGE")
      for content, message in pairs {
        [""] = "standard input:1: it is empty",
        ["102290129340398\\n"] = ":1: the first line names no known column",
        ["user,tasks\\n"] = ':1: there is no column "waba"',
        ["waba,waba\\n"] = ':1: the column "waba" is there twice',
        ["waba\\n1,2\\n"] = ":2: 2 columns, where the first line names 1",
        ["waba,user\\n1,2\\n3\\n"] = ":3: 1 columns, where the first line names 2",
        ["waba,user\\n1,2\\n,4\\n"] = ':3: the column "waba" is empty',
        ["waba\\n1\\n\\000\\n"] = ":3: a NUL byte",
        ['waba\\n"1\\n2\\n'] = ":2: a quote is not closed",
        ['waba\\n"1"2\\n'] = ":2: there is something between a closing quote and the comma",
        ['waba\\n1""2\\n'] = ":2: a quote in a cell without quotes around it",
      } do
        local user = content:find("user") and "" or "2"
        refused(message, ("unassign --yes --from - %s"):format(user), content)
      end
    end)

    it("where it takes access away, and nobody is there to say yes", function()
      local out, err = waba(4, ("unassign %s %s"):format(TEAM, world.spare_user))
      assert.equal("", out)
      assert.truthy(err:find("hint: --yes says so beforehand", 1, true), err)
      waba(4, ("ensure --exact %s %s MANAGE --business 1"):format(TEAM, USER))
      assert.equal(0, requests())
    end)
  end)

  it("reads CSV: a BOM, CRLF, quotes, blanks, other columns, no end of the last line", function()
    local out = waba(0, "assign --from - --csv --fields waba,user,tasks,result",
      "\\357\\273\\277name,Waba,user,tasks\\r\\n"
      .. ('"a ""b"", c",%s , %s,"DEVELOP, VIEW_COST"\\r\\n\\r\\n'):format(ONE, USER)
      .. ('"two\\nlines",%s,%s,DEVELOP'):format(TEAM, USER))
    assert.equal(("waba,user,tasks,result\n%s,%s,\"DEVELOP,VIEW_COST\",assigned\n"
      .. "%s,%s,DEVELOP,assigned\n"):format(ONE, USER, TEAM, USER), out)
  end)

  it("takes from the command line what the file does not bring", function()
    local out = waba(0, ("assign --from - %s DEVELOP --fields waba,tasks"):format(USER),
      ("waba\\n%s\\n%s\\n"):format(ONE, TEAM))
    assert.equal(("%s\tDEVELOP\n%s\tDEVELOP\n"):format(ONE, TEAM), out)
  end)

  it("takes several ids, and gives rows in their order", function()
    local out = waba(0, ("assigned-users %s %s --business %s --fields waba,id"):format(
      TEAM, ONE, BUSINESS))
    assert.equal(("%s\t1972385232742142\n%s\t1972385232752545\n%s\t100000008899900\n"):format(
      TEAM, TEAM, TEAM), out)
    out = waba(0, ("assign %s,%s %s DEVELOP --fields waba,result"):format(TEAM, ONE, USER))
    assert.equal(("%s\tassigned\n%s\tassigned\n"):format(TEAM, ONE), out)
  end)

  describe("some of which fail", function()
    it("goes on, says of each what came of it, and ends with 3", function()
      local out, err = waba(3, ("assign %s,55,%s %s MANAGE --csv"):format(ONE, TEAM, USER))
      local lines = {}
      for line in out:gmatch("[^\n]+") do lines[#lines + 1] = line end
      assert.equal("waba,user,tasks,result,error,message,fbtrace_id", lines[1])
      assert.equal(("%s,%s,MANAGE,assigned,,,"):format(ONE, USER), lines[2])
      assert.truthy(lines[3]:find(("^55,%s,MANAGE,failed,not_found,\".*ASANDBOX_"):format(USER)))
      assert.equal(("%s,%s,MANAGE,assigned,,,"):format(TEAM, USER), lines[4])
      assert.truthy(err:find("waba: WABA 55, user " .. USER .. ": not_found: ", 1, true), err)
      assert.truthy(err:find("fbtrace_id ASANDBOX_", 1, true), err)
      assert.truthy(err:find("\nhint: check the id", 1, true), err)
      assert.truthy(err:find("\n2 of 3 done, 1 failed, in ", 1, true), err)
    end)

    it("marks what could not be read", function()
      local out = waba(3, ("assigned-users 55 %s --business %s --json --fields waba,id,error")
        :format(TEAM, BUSINESS))
      assert.truthy(out:find('{"waba":"55","id":null,"error":"not_found"},\n', 1, true), out)
    end)

    it("says no more than that when quiet", function()
      local _, err = waba(3, ("assign 55,%s %s MANAGE --quiet"):format(ONE, USER))
      assert.is_nil(err:find("done", 1, true), err)
      assert.truthy(err:find("^waba: WABA 55"), err)
      _, err = waba(0, ("assign %s,%s %s MANAGE --quiet"):format(TEAM, ONE, USER))
      assert.equal("", err)
    end)
  end)

  describe("all of which fail", function()
    it("ends with the code of what they failed of", function()
      waba(1, ("assign 55,56 %s MANAGE"):format(USER))
      waba(2, ("assign %s,%s %s manage!"):format(ONE, TEAM, USER))
      environment.WABA_ACCESS_TOKEN = world.expired_token
      waba(7, ("assign %s,%s %s MANAGE"):format(ONE, TEAM, USER))
      environment.WABA_ACCESS_TOKEN = world.admin_token
    end)

    it("ends with 8 where Graph throttles past the time", function()
      fault '{"status":400,"body":{"error":{"code":80008,"message":"too many"}},"times":99}'
      waba(8, ("assign %s %s MANAGE --timeout 1"):format(ONE, USER))
    end)

    it("ends with 3 where it is not known what became of a write", function()
      fault '{"method":"POST","wire":"reset","applied":true}'
      local out = waba(3, ("assign %s %s MANAGE --fields result,error --timeout 5"):format(
        ONE, USER))
      assert.equal("not known\tindeterminate\n", out)
    end)
  end)

  describe("under --dry-run", function()
    it("reads, shows the writes, sends none, and asks nothing", function()
      local out = waba(0, ("ensure %s,%s %s VIEW_COST --business %s --dry-run "):format(TEAM, ONE,
        world.spare_user, BUSINESS) .. "--fields waba,result,request")
      assert.equal(("%s\tunchanged\t\n%s\twould send\tPOST /v26.0/%s/assigned_users user=%s "
        .. 'tasks=["VIEW_COST"]\n'):format(TEAM, ONE, ONE, world.spare_user), out)
      out = waba(0, ("unassign %s %s --dry-run --fields request"):format(TEAM, world.spare_user))
      assert.equal(("DELETE /v26.0/%s/assigned_users user=%s\n"):format(TEAM, world.spare_user),
        out)
      local _, log = server:control("GET", "/log")
      assert.is_nil(log:find("POST", 1, true) or log:find("DELETE", 1, true), log)
    end)

    it("shows no secret", function()
      environment.WABA_APP_SECRET = world.app_secret
      local out, err = waba(0, ("assign %s %s DEVELOP --dry-run --verbose"):format(ONE, USER))
      environment.WABA_APP_SECRET = nil
      assert.is_nil((out .. err):find("proof", 1, true), out .. err)
    end)
  end)

  it("verifies: reads back, and says so", function()
    local verify = ("%s %s --business %s --verify --fields result"):format(ONE, USER, BUSINESS)
    assert.equal("verified\n", waba(0, "assign " .. verify:gsub(USER, USER .. " DEVELOP")))
    assert.equal("revoked\n", waba(0, "unassign --yes " .. verify))
    assert.equal("unchanged\n", waba(0, "unassign --yes " .. verify))
  end)

  it("that assigned, and cannot read it back, does not call that failed", function()
    fault '{"method":"GET","status":403,"body":{"error":{"code":200,"message":"no"}},"times":99}'
    local out, err = waba(3, ("assign %s %s DEVELOP --business %s --verify "):format(ONE, USER,
      BUSINESS) .. "--fields result,error,message")
    assert.equal("not known\tunverified\tassigned; reading back failed: permission: no\n", out)
    assert.truthy(err:find("assigned; reading back failed: permission", 1, true), err)
  end)

  it("ends quietly where its reader has left, and says what was done where it wrote", function()
    local _, err, code = cli.shell(('{ sleep 0.2; "$LUA" bin/waba assigned-users %s --business %s; '
      .. "echo $? >&2; } | true"):format(TEAM, BUSINESS), environment)
    assert.equal(0, code)
    assert.equal("141\n", err)
  end)
end)
