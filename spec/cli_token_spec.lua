--- Where the command takes its token from, and that it goes nowhere else.

local cli = require "spec.support.cli"
local servers = require "spec.support.server"
local world = require("waba.sandbox").world

local BUSINESS, TOKEN = world.business, world.admin_token

local server, folder

local function write(name, content, mode)
  local path = folder .. "/" .. name
  os.execute(("mkdir -p '%s'"):format(path:match("^.*/")))
  local file = assert(io.open(path, "w"))
  file:write(content)
  file:close()
  os.execute(("chmod %s '%s'"):format(mode or "600", path))
  return path
end

--- Runs system-users with these options.
local function users(options, variables)
  local env = { WABA_GRAPH_URL = server.url, XDG_CONFIG_HOME = folder .. "/config", HOME = folder }
  for name, value in pairs(variables or {}) do env[name] = value end
  return cli.waba(("system-users %s --fields id %s"):format(BUSINESS, options), env)
end

local function works(options, variables)
  local out, err, code = users(options, variables)
  assert.equal("", err)
  assert.equal(0, code)
  assert.equal("1972555232742222\n1000081799813\n100000008899900\n", out)
end

local function refused(expected_code, message, options, variables)
  local out, err, code = users(options, variables)
  assert.equal(expected_code, code, err)
  assert.equal("", out)
  assert.truthy(err:find(message, 1, true), err)
  assert.is_nil((out .. err):find(TOKEN, 1, true))
end

describe("the access token", function()
  setup(function()
    server = servers.start()
    folder = os.tmpname()
    os.execute(("rm '%s' && mkdir '%s'"):format(folder, folder))
  end)
  teardown(function()
    server:stop()
    os.execute(("rm -rf '%s'"):format(folder))
  end)
  after_each(function() os.execute(("rm -rf '%s/config'"):format(folder)) end)

  it("is not asked for where the config file is wrong", function()
    for value, part in pairs { ["1000"] = "from 1 to 256", ["2.5"] = "whole", zz = "whole" } do
      write("config/waba/config", "[default]\nconcurrency = " .. value .. "\n")
      local _, err, code = cli.waba("assign 1 2 MANAGE --sandbox", { HOME = folder,
        XDG_CONFIG_HOME = folder .. "/config" })
      assert.equal(2, code, err)
      assert.truthy(err:find(part, 1, true), err)
    end
    local path = folder .. "/config/waba/config"
    os.execute(("rm '%s' && mkdir '%s'"):format(path, path))
    refused(1, "the config file cannot be read", "")
  end)

  it("of a command of too many words is refused", function()
    refused(2, "more than 64 words", "--token-command '" .. ("a "):rep(65) .. "'")
  end)

  it("goes where the environment says, before the default profile", function()
    write("config/waba/config", "[default]\ngraph_url = http://127.0.0.1:1\n")
    works("", { WABA_ACCESS_TOKEN = TOKEN })
  end)

  it("is missing", function()
    refused(7, "there is no access token", "")
    refused(7, "there is no access token", "", { WABA_ACCESS_TOKEN = "" })
  end)

  it("is one that Graph does not accept", function()
    refused(7, "fbtrace_id ", "", { WABA_ACCESS_TOKEN = world.expired_token })
    refused(7, "access_token must be", "", { WABA_ACCESS_TOKEN = "two words" })
  end)

  it("comes from the environment", function()
    works("", { WABA_ACCESS_TOKEN = TOKEN })
  end)

  describe("in a file", function()
    it("is refused where others can read it, also behind a link", function()
      local open = write("open", TOKEN, "644")
      refused(4, "others than its owner have access to it", "--token-file " .. open)
      os.execute(("ln -s '%s' '%s/link'"):format(open, folder))
      refused(4, "hint: make it a file of your own, and chmod 600", "--token-file " .. folder
        .. "/link")
    end)

    it("is refused where there is no such file, no file, or nothing in it", function()
      refused(7, "No such file or directory", "--token-file " .. folder .. "/nonesuch")
      refused(4, "it is not a regular file", "--token-file " .. folder)
      refused(7, "there is nothing in it", "--token-file " .. write("empty", " \n"))
    end)

    it("is read, without the blanks around it", function()
      works("--token-file " .. write("good", " " .. TOKEN .. "\r\n"))
      works("--token-file " .. write("read-only", TOKEN, "400"))
    end)
  end)

  it("comes through standard input, which then is not for anything else", function()
    local env = { WABA_GRAPH_URL = server.url, T = TOKEN }
    local out, err, code = cli.shell(([[printf '%%s\n' "$T" | "$LUA" bin/waba system-users %s \
      --token-file - --fields id]]):format(BUSINESS), env)
    assert.equal(0, code, err)
    assert.equal(3, select(2, out:gsub("\n", "")))
    out, err, code = cli.shell([[echo waba | "$LUA" bin/waba assigned-users --from - \
      --token-file - --business 1]], env)
    assert.equal(2, code)
    assert.equal("", out)
    assert.truthy(err:find("cannot both read standard input", 1, true), err)
  end)

  describe("from a command", function()
    it("is refused where the command fails, is none, or prints nothing", function()
      refused(7, "--token-command (false): it ended with status 1", "--token-command false")
      refused(7, "(nonesuch): No such file", "--token-command nonesuch")
      refused(7, "there is nothing in it", "--token-command true")
      refused(2, "it is empty", "--token-command ' '")
      refused(2, "a quote is not closed", "--token-command 'a \"b'")
      refused(2, "--token-file and --token-command exclude", "--token-file x --token-command y")
    end)

    it("is what it prints; its words are not read by a shell", function()
      works([[--token-command 'printf "%s\n" ']] .. TOKEN)
      refused(7, "access_token must be", [[--token-command 'echo $HOME;id']])
    end)

    it("sees no secret of the environment", function()
      local script = write("script", "#!/bin/sh\n[ -z \"$WABA_ACCESS_TOKEN$WABA_APP_SECRET\" ] "
        .. "&& echo " .. TOKEN .. "\n", "700")
      works("--token-command " .. script,
        { WABA_ACCESS_TOKEN = "X", WABA_APP_SECRET = world.app_secret })
    end)
  end)

  describe("of a profile", function()
    it("is refused where the file says what it should not", function()
      local bad = {
        ["[a\nb = c"] = ":1: neither [section] nor key = value nor # comment",
        ["business = 1"] = ":1: a section must come first",
        ["[default]\ntken_file = x"] = ':2: there is no key "tken_file"',
        ["[default]\naccess_token = " .. TOKEN] = "a secret never goes in here",
        ["[default]\ncolour = x"] = 'there is no key "colour"',
        ["[default]\ntimeout = soon"] = 'timeout is "soon", and must be a number',
      }
      for content, message in pairs(bad) do
        write("config/waba/config", content)
        refused(2, message, "", { WABA_ACCESS_TOKEN = TOKEN })
      end
    end)

    it("is refused where there is no such profile", function()
      refused(2, 'names "prod"', "--profile prod")
      write("config/waba/config", "[one]\n[two]\n")
      refused(2, "there are one, two", "--profile prod")
    end)

    it("is used where nothing else is given; a named one before the environment", function()
      write("token", TOKEN)
      write("config/waba/config", ([[
# comment
[default]
token_file = ~/token

[command]
token_command = printf "%s"
business = %s
[stale]
token_command = echo %s
]]):format(TOKEN, BUSINESS, world.expired_token))
      works("")
      works("--profile command", { WABA_ACCESS_TOKEN = "X" })
      works("", { WABA_ACCESS_TOKEN = TOKEN })
      refused(7, "auth: ", "", { WABA_ACCESS_TOKEN = world.expired_token })
      refused(7, "auth: ", "--profile stale", { WABA_ACCESS_TOKEN = TOKEN })
      works("--profile stale --token-command 'echo " .. TOKEN .. "'")
    end)

    it("brings a business, and the secret of the app, from a file like the token's", function()
      write("token", TOKEN)
      write("secret", world.app_secret, "644")
      write("config/waba/config", ("[default]\ntoken_file=~/token\napp_secret_file=~/secret\n"
        .. "business = %s\ngraph_url = %s"):format(BUSINESS, server.url))
      local env = { XDG_CONFIG_HOME = folder .. "/config", HOME = folder }
      local _, err, code = cli.waba("system-users", env)
      assert.equal(4, code, err)
      os.execute(("chmod 600 '%s/secret'"):format(folder))
      local out
      out, err, code = cli.waba("system-users --verbose", env)
      assert.equal(0, code, err)
      assert.equal(3, select(2, out:gsub("\n", "")))
      local path = "/v26%.0/" .. BUSINESS .. "/system_users"
      assert.matches("^> GET " .. path .. ", attempt 1\n< 200 GET " .. path .. ", %d%.%d+ s\n", err)
      local _, log = server:control("GET", "/log")
      assert.truthy(log:find('"appsecret_proof"', 1, true), log)
      assert.is_nil((out .. err):find(world.app_secret, 1, true))
    end)
  end)
end)
