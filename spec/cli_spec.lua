--- The command's frame: which command is named, options, help, output, exit codes.

local cli = require "spec.support.cli"
local world = require("waba.sandbox").world

local BUSINESS = world.business

describe("the command line", function()
  local function refused(arguments, message)
    local out, err, code = cli.waba(arguments)
    assert.equal(2, code, err)
    assert.equal("", out)
    assert.truthy(err:find(message, 1, true), err)
  end

  it("is refused where it names no command, and one that is not there", function()
    refused("frobnicate", 'there is no command "frobnicate"')
    refused("--json frobnicate", 'there is no command "frobnicate"')
    local out, _, code = cli.waba("")
    assert.equal(2, code)
    assert.truthy(out:find("usage: waba COMMAND", 1, true), out)
  end)

  it("is refused where an option is unknown, excluded or has no sense", function()
    refused("version --jsn", "unknown option '--jsn' Did you mean '--json'?")
    refused("version --json --csv", "--json and --csv exclude each other")
    refused("version --timeout no", '--timeout is "no", and must be a number')
    refused("version --concurrency 1.5", "must be a whole number")
    refused("version --concurrency 257", "must be a whole number")
    refused("version --fields nme", '--fields names "nme", which is no column')
    refused("version surplus", "too many arguments")
  end)

  it("is refused where it holds a token, whatever else it says", function()
    for _, option in ipairs { "--token EAAx", "--token=EAAx", "--access-token EAAx",
      "--access_token=EAAx" } do
      for _, words in ipairs { "version " .. option, option .. " version", option } do
        local out, err, code = cli.waba(words)
        assert.equal(2, code)
        assert.is_nil((out .. err):find("EAAx", 1, true))
        assert.truthy(err:find("a token never goes on the command line", 1, true), err)
      end
    end
    local _, err = cli.waba(("EAA"):rep(12))
    assert.is_nil(err:find("EAAEAA", 1, true), err)
  end)

  it("fails where help cannot be written", function()
    for _, words in ipairs { "--help", "version --help", "help version" } do
      local _, err, code = cli.waba(words .. " >/dev/full")
      assert.equal(1, code, err)
    end
  end)

  it("takes options before and after the command's name", function()
    for _, words in ipairs { "--json version", "version --json", "--timeout 3 version --json" } do
      local out, err, code = cli.waba(words)
      assert.equal(0, code, err)
      assert.matches('^%[\n{"name":"waba","version":"[%d.]+"}\n%]\n$', out)
    end
  end)
end)

describe("without a token", function()
  it("a command says where one may come from", function()
    local out, err, code = cli.waba("system-users " .. BUSINESS)
    assert.equal(7, code)
    assert.equal("", out)
    assert.truthy(err:find("hint: set WABA_ACCESS_TOKEN", 1, true), err)
  end)
end)

describe("rows", function()
  local function users(options)
    local out, err, code = cli.waba(("system-users %s --sandbox %s"):format(BUSINESS, options))
    assert.equal(0, code, err)
    assert.equal("", err)
    return out
  end

  it("are lines with tabs in a pipe", function()
    assert.equal("1972555232742222\tMy System User\tEMPLOYEE\n"
      .. "1000081799813\tReporting server\tADMIN\n"
      .. "100000008899900\tNight shift\tEMPLOYEE\n", users(""))
  end)

  it("are CSV, with column names, and of the columns that are asked for", function()
    assert.equal("name,id\nMy System User,1972555232742222\nReporting server,1000081799813\n"
      .. "Night shift,100000008899900\n", users("--csv --fields name,id"))
  end)

  it("hold no formula in CSV, and what it is elsewhere", function()
    for options, written in pairs { ["--csv"] = "name\n'=1+1\n", [""] = "=1+1\n",
      ["--ndjson"] = '{"name":"=1+1"}\n' } do
      local line = "system-user rename %s 1972555232742222 =1+1 --fields name --sandbox %s"
      assert.equal(written, (cli.waba(line:format(BUSINESS, options))))
    end
  end)

  it("are JSON, whole or a line each", function()
    assert.equal('[\n{"role":"EMPLOYEE"},\n{"role":"ADMIN"},\n{"role":"EMPLOYEE"}\n]\n',
      users("--json --fields role"))
    assert.equal('{"role":"EMPLOYEE"}\n{"role":"ADMIN"}\n{"role":"EMPLOYEE"}\n',
      users("--ndjson --fields role"))
  end)

  it("fail where the disk is full", function()
    for _, options in ipairs { "", "--json", "--csv" } do
      local _, err, code = cli.waba(("system-users %s --sandbox %s >/dev/full"):format(
        BUSINESS, options))
      assert.equal(1, code)
      assert.truthy(err:find("waba: standard output: No space left on device", 1, true), err)
    end
  end)
end)
