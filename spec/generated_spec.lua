-- What is made from the sources and committed is what the sources make now. ./dev docs writes it.

local command = require "spec.support.command"
local generated = require "spec.support.generated"
local markdown = require "spec.support.markdown"

for path, make in pairs(generated.files) do
  describe(path, function()
    it("is what its sources make (./dev docs writes it)", function()
      assert.equal(make(), markdown.read(path))
    end)
  end)
end

describe("docs/waba.1", function()
  it("is a man page without faults", function()
    local _, missing = command.run("command -v mandoc")
    if missing ~= 0 then return pending("skipped: mandoc is not installed") end
    local output, status = command.run("mandoc -T lint -W warning docs/waba.1")
    assert.equal("", output)
    assert.equal(0, status)
  end)

  it("shows every command and exit code as --help does", function()
    local _, missing = command.run("command -v mandoc")
    if missing ~= 0 then return pending("skipped: mandoc is not installed") end
    local output = command.run("mandoc -T ascii -O width=200 docs/waba.1 | col -b")
    for _, one in ipairs(require("waba.cli.commands").all()) do
      assert.truthy(output:find("\n   " .. one.name .. "\n", 1, true), one.name)
      for _, example in ipairs(one.examples) do
        assert.truthy(output:find(example, 1, true), example)
      end
    end
    for _, row in ipairs(require("waba.cli.exit").codes) do
      assert.truthy(output:find(row[3], 1, true), row[3])
    end
  end)
end)

describe("the environment", function()
  it("is told of whole", function()
    local told = {}
    for _, row in ipairs(require("waba.cli.surroundings").environment) do told[row[1]] = true end
    local pipe = assert(io.popen("cat lua/waba/cli/*.lua lua/waba/cli/commands/*.lua"))
    local count = 0
    for name in pipe:read("*a"):gmatch("env[%s%(]*\"([%u_]+)\"") do
      -- Everybody's, and what they mean here goes without saying.
      if name ~= "HOME" and name ~= "TERM" then assert.is_true(told[name], name) end
      count = count + 1
    end
    pipe:close()
    assert.is_true(count > 5)
  end)
end)
