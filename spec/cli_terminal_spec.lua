--- The command as a person has it: in a terminal.

local socket = require "socket"

local servers = require "spec.support.server"
local terminals = require "spec.support.terminal"
local width = require "waba.cli.width"
local widths = require "spec.support.widths"
local world = require("waba.sandbox").world

local ACCOUNTS = {}
for i = 1, 60 do ACCOUNTS[i] = tostring(5000 + i) end
ACCOUNTS = table.concat(ACCOUNTS, ",")

local function writes_of(server)
  local _, log = server:control("GET", "/log")
  return select(2, log:gsub('"POST"', ""))
end

local function wait_for(condition)
  local deadline = socket.gettime() + 20
  while not condition() do
    assert(socket.gettime() < deadline, "it does not come")
    socket.sleep(0.02)
  end
end

describe("the widths of a terminal", function()
  it("are those of Unicode's files", function()
    local text = widths.text()
    if not text then pending "unicode-data is not installed" end
    local file = assert(io.open("lua/waba/cli/width_data.lua"))
    assert.equal(text, file:read("*a"))
    file:close()
  end)

  it("count what is seen", function()
    for text, columns in pairs {
      [""] = 0, abc = 3, ["é"] = 1, ["e\204\129"] = 1, ["日本"] = 4, ["한국"] = 4, ["שלום"] = 4,
      ["नमस्ते"] = 4, ["👍"] = 2, ["👍🏽"] = 2, ["🇩🇪"] = 2, ["👨‍👩‍👧‍👦"] = 2, ["❤️"] = 2,
      ["ｆｕｌｌ"] = 8, ["a👩‍🚀b"] = 4,
    } do
      assert.equal(columns, width(text), text)
    end
  end)

  it("are what a terminal says, whose cursor is asked", function()
    local names = { "é", "日本の", "한국", "שלום", "नमस्ते", "👍", "ﬁn", "Zoe\204\136" }
    local script = [[
      stty raw -echo
      for name in $NAMES; do
        printf '\r%s\033[6n' "$name"
        reply=$(dd bs=1 count=6 2>/dev/null | tr -d '\033[')
        answers="$answers ${reply#*;}"
      done
      stty sane
      printf '\nwidths%s' "$answers" | tr -d R]]
    terminals.with(script, { NAMES = table.concat(names, " ") }, function(terminal)
      local seen = terminal:await("code 0%."):match("widths ([%d ]+)")
      local columns = {}
      for column in seen:gmatch("%d+") do columns[#columns + 1] = column - 1 end
      local expected = {}
      for i, name in ipairs(names) do expected[i] = width(name) end
      assert.same(expected, columns)
    end)
  end)
end)

describe("in a terminal", function()
  local server, environment

  setup(function()
    server = servers.start("spec.support.slow_names")
    environment = { WABA_GRAPH_URL = server.url, WABA_ACCESS_TOKEN = world.admin_token }
  end)
  teardown(function() server:stop() end)
  before_each(function() server:control("POST", "/reset") end)

  it("rows are a table, in line whatever the names are, and no name acts", function()
    terminals.with('"$LUA" bin/waba system-users ' .. world.business, environment,
      function(terminal)
        local screen = terminal:await("code 0%.")
        assert.truthy(screen:find("ID                NAME", 1, true), screen)
        local column
        for line in screen:gmatch("[^\n]*EMPLOYEE") do
          local before = width(line:match("^(.*)EMPLOYEE"))
          column = column or before
          assert.equal(column, before, line)
        end
        assert.truthy(column)
        assert.truthy(screen:find("\\u{1b}]0;title\\u{7}\\u{1b}[31mred", 1, true), screen)
        assert.truthy(terminal:screen(true):find("\27[1mID", 1, true))
      end)
  end)

  it("nothing is bold where NO_COLOR says so", function()
    terminals.with('NO_COLOR=1 "$LUA" bin/waba system-users ' .. world.business, environment,
      function(terminal)
        terminal:await("code 0%.")
        assert.is_nil(terminal:screen(true):find("\27[1m", 1, true))
      end)
  end)

  it("no format lets a name act", function()
    for _, option in ipairs { "--json", "--ndjson", "--csv" } do
      terminals.with(('"$LUA" bin/waba system-users %s %s'):format(world.business, option),
        environment, function(terminal)
          terminal:await("code 0%.")
          assert.is_nil(terminal:screen(true):find("\27[31m", 1, true))
          assert.is_nil(terminal:tmux("display-message -p '#{pane_title}'"):find("title"))
        end)
    end
  end)

  describe("what takes access away is asked for", function()
    local line = ('"$LUA" bin/waba unassign %s %s'):format(world.team_waba, world.spare_user)

    for answer, outcome in pairs {
      ["n Enter"] = { "not confirmed; nothing was done\ncode 4%.", 3 },
      ["Enter"] = { "not confirmed; nothing was done\ncode 4%.", 3 },
      ["y Enter"] = { "revoked.*code 0%.", 2 },
      ["C-c"] = { "interrupted.*code 130%.", 3 },
    } do
      it("and answered with " .. answer, function()
        terminals.with(line, environment, function(terminal)
          terminal:await("Take access to 1 account away%? %[y/N%]")
          terminal:keys(answer)
          terminal:await(outcome[1])
        end)
        local _, log = server:control("GET", "/log")
        assert.equal(answer == "y Enter", log:find('"DELETE"', 1, true) ~= nil)
      end)
    end
  end)

  it("a bar shows how far it is, and goes", function()
    local line = ('"$LUA" bin/waba assign %s %s DEVELOP --concurrency 2 --fields waba | tail -n 2')
      :format(ACCOUNTS, world.system_user)
    terminals.with(line, environment, function(terminal)
      terminal:await("%[#+%-+%] %d+ of 60, 0 failed, [%d.]+/s, %d+s left")
      local screen = terminal:await("code 0%.")
      assert.truthy(screen:find("60 of 60 done, 0 failed, in ", 1, true), screen)
      assert.is_nil(screen:find("[#", 1, true), screen)
      assert.truthy(screen:find("5059\n5060\n", 1, true), screen)
    end)
  end)

  it("Ctrl-C ends it after what is in flight, with a true report", function()
    local line = ('"$LUA" bin/waba assign %s %s DEVELOP --concurrency 2 --csv >/dev/null'):format(
      ACCOUNTS, world.system_user)
    terminals.with(line, environment, function(terminal)
      terminal:await("%] %d+ of 60")
      terminal:keys("C-c")
      local screen = terminal:await("code 130%.")
      local done, left, from = screen:match("broken off: (%d+) done, 0 failed, 0 not known, "
        .. "(%d+) of 60 not begun: from number (%d+) on")
      assert.truthy(done, screen)
      assert.equal(60, done + left)
      assert.equal(done + 1, tonumber(from))
      assert.equal(tonumber(done), writes_of(server))
    end)
  end)

  it("Ctrl-C counts those that wait, and a row names each", function()
    local path = os.tmpname()
    local line = ('"$LUA" bin/waba assign %s %s DEVELOP --csv --fields error >%s'):format(
      ("5001,"):rep(60), world.system_user, path)
    terminals.with(line, environment, function(terminal)
      terminal:await("%] %d+ of 60")
      terminal:keys("C-c")
      local screen = terminal:await("code 130%.")
      local cut = screen:match "broken off: %d+ done, 0 failed, 0 not known, (%d+) cut short, "
      assert.truthy(cut and screen:find("the error of those cut short is \"closed\"", 1, true),
        screen)
      assert.is_nil(screen:find("WABA 5001", 1, true), screen)
      local file = assert(io.open(path))
      local _, closed = file:read("*a"):gsub("closed\n", "")
      file:close()
      assert.equal(tonumber(cut), closed)
    end)
    os.remove(path)
  end)

  it("Ctrl-C leaves what has no answer as not known", function()
    assert.equal(200, (server:control("POST", "/faults", '{"method":"POST","wire":"stall",'
      .. '"applied":true,"times":2}')))
    local line = ('"$LUA" bin/waba assign %s %s DEVELOP --concurrency 1 --timeout 1 --csv'):format(
      ACCOUNTS, world.system_user)
    terminals.with("echo begun; " .. line .. " >/dev/null", environment, function(terminal)
      terminal:await("begun")
      wait_for(function() return writes_of(server) > 0 end)
      terminal:keys("C-c")
      local screen = terminal:await("code 130%.")
      assert.truthy(screen:find("waba: WABA 5001, user %d+: indeterminate: "), screen)
      assert.truthy(screen:find("broken off: 0 done, 0 failed, 1 not known, 59 of 60 not begun: "
        .. "from number 2 on", 1, true), screen)
    end)
  end)
end)
