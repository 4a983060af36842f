-- What the shells offer, asked of the shells themselves.

local cli = require "spec.support.cli"
local command = require "spec.support.command"

local scripts = {}

setup(function()
  for _, shell in ipairs { "bash", "zsh", "fish" } do
    local out, err, code = cli.waba("completion " .. shell)
    assert(code == 0, err)
    scripts[shell] = os.tmpname()
    local file = assert(io.open(scripts[shell], "w"))
    file:write(out)
    file:close()
  end
end)

teardown(function()
  for _, path in pairs(scripts) do os.remove(path) end
end)

local function is_there(shell)
  local _, status = command.run("command -v " .. shell)
  return status == 0
end

local function run(shell, script)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(script)
  file:close()
  local output, status = command.run(("%s %s %s"):format(shell, path, scripts[shell]))
  os.remove(path)
  assert.equal(0, status, output)
  local words = {}
  for word in output:gmatch("[^\n]+") do words[#words + 1] = word end
  table.sort(words)
  return words
end

--- Each shell's own way to be asked; what it answers, one word a line.
local ASK = {
  bash = function(line)
    return run("bash", ([[
      . "$1"
      COMP_WORDS=(%s) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
      _waba
      printf '%%s\n' "${COMPREPLY[@]}"
    ]]):format(line:gsub(" $", " ''")))
  end,
  -- zsh's completion system lives in its line editor: what it is told is looked at instead.
  zsh = function(line)
    local words = run("zsh", ([[
      _describe() { local item; for item in "${(@P)@[-1]}"; do print -r -- "${item%%%%:*}"; done }
      _files() { print -l *(D) }
      compdef() { : }
      . "$1"
      words=(%s) CURRENT=${#words}
      _waba
    ]]):format(line:gsub(" $", " ''")))
    local matching, current = {}, line:match("(%S*)$")
    for _, word in ipairs(words) do
      if word:sub(1, #current) == current then matching[#matching + 1] = word end
    end
    return matching
  end,
  fish = function(line)
    local words = run("fish", ("source $argv[1]; complete -C '%s'"):format(line))
    for i, word in ipairs(words) do words[i] = word:match("^[^\t]*") end
    return words
  end,
}

for shell, ask in pairs(ASK) do
  describe("completion in " .. shell, function()
    if not is_there(shell) then
      it("works", function() pending("skipped: " .. shell .. " is not installed") end)
      return
    end

    it("offers nothing where there is nothing", function()
      assert.same({}, ask("waba frobnicate "))
      assert.same({}, ask("waba --timeout "))
      assert.same({}, ask("waba assign --business "))
    end)

    it("offers the commands, also behind options and their values", function()
      assert.same({ "assign", "assigned-users" }, ask("waba assi"))
      assert.same({ "completion" }, ask("waba --timeout assign --json comp"))
    end)

    it("offers the words of longer names, one after the other", function()
      assert.same({ "system-user", "system-users" }, ask("waba system-u"))
      assert.same({ "create", "install-app", "rename", "show", "token" }, ask("waba system-user "))
      assert.same({ "refresh", "revoke" }, ask("waba system-user --json token re"))
    end)

    it("offers the options of the command, and those of all", function()
      assert.same({ "--verbose", "--verify" }, ask("waba assign --ver"))
    end)

    it("offers tasks, shells and files", function()
      assert.same({ "MANAGE_PHONE", "MANAGE_PHONE_ASSETS" }, ask("waba assign 1 2 MANAGE_PH"))
      assert.same({ "bash", "fish", "zsh" }, ask("waba completion "))
      local found = false
      for _, word in ipairs(ask("waba assign --from README")) do
        found = found or word == "README.md"
      end
      assert.is_true(found)
    end)
  end)
end

describe("completion", function()
  it("is refused for a shell it does not know", function()
    local out, err, code = cli.waba("completion csh")
    assert.equal(2, code)
    assert.equal("", out)
    assert.truthy(err:find('there is no completion for "csh"', 1, true), err)
  end)

  it("knows every command and every option of each", function()
    for _, one in ipairs(require("waba.cli.commands").all()) do
      for shell, path in pairs(scripts) do
        local text = io.open(path):read("*a")
        assert.truthy(text:find(one.name:match("%S+$"), 1, true), one.name)
        for _, option in ipairs(one.options or {}) do
          local name = shell == "fish" and "-l " .. option[1]:sub(3) or option[1]
          assert.truthy(text:find(name, 1, true), option[1])
        end
      end
    end
  end)
end)
