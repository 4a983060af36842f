--- `waba system-user ...`: users made and changed, tokens made and ended.

local cli = require "spec.support.cli"
local servers = require "spec.support.server"
local world = require("waba.sandbox").world

local server, folder, environment

local function waba(code, arguments)
  local out, err, status = cli.waba("system-user " .. arguments, environment)
  assert.equal(code, status, out .. err)
  return out, err
end

local function write(name, content, mode)
  local path = folder .. "/" .. name
  local file = assert(io.open(path, "w"))
  file:write(content)
  file:close()
  os.execute(("chmod %s '%s'"):format(mode or "600", path))
  return path
end

local function read(path)
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  return text
end

describe("waba system-user", function()
  setup(function()
    server = servers.start()
    folder = os.tmpname()
    os.execute(("rm '%s' && mkdir '%s'"):format(folder, folder))
  end)
  teardown(function()
    server:stop()
    os.execute(("rm -rf '%s'"):format(folder))
  end)
  before_each(function()
    server:control("POST", "/reset")
    environment = { WABA_GRAPH_URL = server.url, WABA_ACCESS_TOKEN = world.admin_token,
      WABA_APP_SECRET = world.app_secret, HOME = folder, XDG_CACHE_HOME = folder }
  end)

  it("is no command alone, and says what there is", function()
    local _, err, code = cli.waba("system-user")
    assert.equal(2, code)
    assert.truthy(err:find("hint: there are system-user create, ", 1, true), err)
  end)

  it("refuses what Graph would, naming the value", function()
    local _, err = waba(2, ("create %s Name OWNER"):format(world.business))
    assert.truthy(err:find("OWNER", 1, true), err)
    _, err = waba(1, "show 55")
    assert.truthy(err:find("waba: USER 55: not_found: ", 1, true), err)
    _, err = waba(1, "show Nobody --business " .. world.business)
    assert.truthy(err:find("USER Nobody: not_found: ", 1, true), err)
    _, err = waba(2, ("install-app %s x"):format(world.admin))
    assert.truthy(err:find("APP x: invalid: ", 1, true), err)
  end)

  it("makes, shows, renames, and installs an app", function()
    local id = waba(0, ("create %s 'New one' EMPLOYEE --fields id"):format(world.business))
    id = id:match("^%d+")
    assert.equal(id .. "\tNew one\tEMPLOYEE\n", waba(0, "show " .. id))
    waba(0, ("rename %s 'New one' Older"):format(world.business))
    assert.equal(id .. "\tOlder\tEMPLOYEE\n", waba(0, "show " .. id))
    assert.equal(("%s\t%s\n"):format(id, world.app), waba(0, ("install-app %s %s"):format(id,
      world.app)))
  end)

  describe("token", function()
    local create = ("token create %s %s business_management "):format(world.admin, world.app)

    it("is not made without the app's secret, nor refreshed without its id", function()
      environment.WABA_APP_SECRET = nil
      local _, err = waba(7, create)
      assert.truthy(err:find("WABA_APP_SECRET", 1, true), err)
      assert.truthy(select(2, waba(7, "token refresh")):find("WABA_APP_SECRET", 1, true))
      environment.WABA_APP_SECRET = world.app_secret
      _, err = waba(2, "token refresh")
      assert.truthy(err:find("app_id", 1, true), err)
    end)

    it("is lost where it cannot be written, which is told with the way out", function()
      local _, err = waba(1, create .. ">/dev/full")
      assert.truthy(err:find("hint: a token was made and is lost: ", 1, true), err)
    end)

    it("is not made where there is no place to put it", function()
      server:control("POST", "/reset")
      os.execute(("mkfifo '%s/pipe'"):format(folder))
      for target, code in pairs { ["--to /nonesuch/token"] = 1, ["--to " .. folder] = 2,
        ["--to " .. folder .. "/pipe"] = 2, ["--fields nope"] = 2, ["--fields expires_in"] = 2 } do
        local _, err = waba(code, create .. target)
        assert.is_nil(err:find("was made", 1, true), err)
      end
      assert.is_nil(select(2, server:control("GET", "/log")):find("access_tokens", 1, true))
    end)

    it("is made, and written once: to standard output", function()
      local out, err = waba(0, create .. "--fields access_token --verbose")
      assert.matches("^EAATESTMINTED%d+\n$", out)
      assert.is_nil(err:find("MINTED", 1, true), err)
    end)

    it("is made, and written once: to a file that is this user's only", function()
      local path = folder .. "/token"
      write("token.try", "the user's own", "600")
      local out, err = waba(0, create .. "--to " .. path)
      assert.equal("the user's own", read(path .. ".try"))
      assert.equal("", out)
      assert.is_nil(err:find("MINTED", 1, true), err)
      assert.matches("^EAATESTMINTED%d+\n$", read(path))
      local used = cli.waba(("system-users %s --fields id --token-file %s"):format(world.business,
        path), { WABA_GRAPH_URL = server.url })
      assert.truthy(used:find(world.admin, 1, true))
    end)

    it("is refreshed: the new one works", function()
      local path = folder .. "/fresh"
      waba(0, ("token refresh --app-id %s --to %s"):format(world.app, path))
      assert.truthy(waba(0, "token debug --fields is_valid " .. path):find("true", 1, true))
    end)

    it("in a file that others can read is not read", function()
      local path = write("open", world.employee_token, "644")
      waba(4, "token debug " .. path)
      waba(4, ("token revoke %s --yes --app-id %s"):format(path, world.app))
    end)

    it("is not ended without a yes", function()
      local path = write("other", world.employee_token)
      waba(4, ("token revoke %s --app-id %s"):format(path, world.app))
      waba(4, "token invalidate " .. world.system_user)
      assert.equal("true\n", waba(0, "token debug --fields is_valid " .. path))
    end)

    it("is ended, one or all of a user's", function()
      local path = write("other", world.employee_token)
      waba(0, ("token revoke %s --yes --app-id %s"):format(path, world.app))
      assert.equal("false\n", waba(7, "token debug --fields is_valid " .. path))
      server:control("POST", "/reset")
      assert.equal(world.system_user .. "\tinvalidated\n", waba(0, "token invalidate "
        .. "'My System User' --yes --business " .. world.business))
      assert.equal("false\n", waba(7, "token debug --fields is_valid " .. path))
    end)

    it("is told: what it is and may do", function()
      assert.equal('{"is_valid":true,"type":"SYSTEM_USER","scopes":["business_management",'
        .. '"whatsapp_business_management"]}\n',
        waba(0, "token debug --ndjson --fields is_valid,type,scopes"))
    end)
  end)
end)

describe("waba sandbox", function()
  it("does not serve where it cannot", function()
    local _, err, code = cli.waba("sandbox --port 65536")
    assert.equal(2, code)
    assert.truthy(err:find("--port is", 1, true), err)
    local taken = servers.start()
    _, err, code = cli.waba("sandbox --port " .. taken.port)
    taken:stop()
    assert.equal(1, code)
    assert.truthy(err:find("--port " .. taken.port .. ": ", 1, true), err)
  end)

  it("prints the line that points a client at it, serves, and ends with Ctrl-C", function()
    local out, err, code = cli.shell(([[
      fifo=$(mktemp -u)
      mkfifo "$fifo"
      sh -c 'trap - INT; exec "$LUA" bin/waba sandbox --port 0' >"$fifo" & server=$!
      read -r line <"$fifo"
      rm "$fifo"
      eval "$line"
      "$LUA" bin/waba system-users %s --fields id
      kill -INT $server
      wait $server]]):format(world.business))
    assert.equal(0, code, err)
    assert.equal("1972555232742222\n1000081799813\n100000008899900\n", out)
    assert.truthy(err:find("Ctrl-C ends it", 1, true), err)
  end)
end)
