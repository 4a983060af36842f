--- Users and accounts by their exact names: found, refused, remembered.

local cli = require "spec.support.cli"
local servers = require "spec.support.server"
local world = require("waba.sandbox").world

local server, folder, environment

local function waba(code, arguments)
  local out, err, status = cli.waba(arguments, environment)
  assert.equal(code, status, err)
  return out, err
end

local function requests(path)
  local _, log = server:control("GET", "/log")
  return select(2, log:gsub(path, ""))
end

local ASSIGN = ' DEVELOP --business ' .. world.business .. " --fields waba,user,result"

describe("names", function()
  setup(function()
    server = servers.start("spec.support.same_names")
    folder = os.tmpname()
    os.execute(("rm '%s' && mkdir '%s'"):format(folder, folder))
    environment = { WABA_GRAPH_URL = server.url, WABA_ACCESS_TOKEN = world.admin_token,
      XDG_CACHE_HOME = folder, HOME = folder }
  end)
  teardown(function()
    server:stop()
    os.execute(("rm -rf '%s'"):format(folder))
  end)
  before_each(function()
    server:control("POST", "/reset")
    os.execute(("rm -rf '%s/waba'"):format(folder))
  end)

  it("are refused where nobody has them, or not to the letter", function()
    for _, name in ipairs { "Nobody", "night shift", "Night" } do
      local _, err = waba(1, ("assign %s '%s'%s"):format(world.waba, name, ASSIGN))
      assert.truthy(err:find(("no system user of the name '%s'"):format(name), 1, true), err)
    end
    local _, err = waba(1, ("assign Nothing '%s'%s"):format(world.system_user, ASSIGN))
    assert.truthy(err:find("no account of the name 'Nothing'", 1, true), err)
    assert.equal(0, requests '"POST"')
  end)

  it("are refused where two have them, whose ids are told", function()
    local _, err = waba(4, ("assign %s Twin%s"):format(world.waba, ASSIGN))
    assert.truthy(err:find("name one by its id: 8001, 8002", 1, true), err)
    _, err = waba(4, ("assign 'Same name' %s%s"):format(world.system_user, ASSIGN))
    assert.truthy(err:find("name one by its id: 9001, 9002", 1, true), err)
    assert.equal(0, requests '"POST"')
  end)

  it("stand for ids, commas and all", function()
    local out = waba(0, ("assign 'Comma, Ltd' 'Night shift'%s"):format(ASSIGN))
    assert.equal(("9003\t%s\tassigned\n"):format(world.spare_user), out)
  end)

  it("are looked for once, and remembered in a file that is this user's only", function()
    for _ = 1, 2 do waba(0, ("assign 'Comma, Ltd' 'Night shift'%s"):format(ASSIGN)) end
    assert.equal(1, requests "/system_users")
    assert.equal(1, requests "/owned_whatsapp_business_accounts")
    local pipe = assert(io.popen(("stat -c '%%a %%n' '%s'/waba/* '%s'/waba"):format(folder,
      folder)))
    assert.equal(("600 %s/waba/names.json\n700 %s/waba\n"):format(folder, folder),
      pipe:read("*a"))
    pipe:close()
  end)

  it("work where nothing can be remembered", function()
    environment.XDG_CACHE_HOME = "/proc"
    local _, err = waba(0, ("assign 'Comma, Ltd' 'Night shift'%s"):format(ASSIGN))
    assert.equal("", err)
    environment.XDG_CACHE_HOME = folder
  end)
end)
