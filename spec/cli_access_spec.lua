--- `waba access`, `waba who-can` and `waba api`: what they write, and how they end.

local cli = require "spec.support.cli"
local command = require "spec.support.command"
local servers = require "spec.support.server"
local world = require("waba.sandbox").world

local BUSINESS, USER = world.business, world.system_user
local ONE, TEAM, CLIENT = world.waba, world.team_waba, "104996122399160"
local NIGHT, ANNA, JASPER = "100000008899900", "1972385232742142", "1972385232752545"

local server, environment

--- Runs the command against the served sandbox, and checks its code; the token is never written.
local function waba(code, arguments)
  local out, err, status = cli.waba(arguments .. " </dev/null", environment)
  assert.equal(code, status, err)
  assert.is_nil((out .. err):find(world.admin_token, 1, true))
  return out, err
end

local function has(text, part) assert.truthy(text:find(part, 1, true), text) end

local function log() return select(2, server:control("GET", "/log")) end

local function refused(code, message, arguments)
  local out, err = waba(code, arguments)
  assert.equal("", out)
  has(err, message)
  assert.is_nil(log():find('"method"', 1, true))
end

local function fault(rule) assert.equal(200, (server:control("POST", "/faults", rule))) end

describe("the command", function()
  setup(function()
    server = servers.start()
    environment = { WABA_GRAPH_URL = server.url, WABA_ACCESS_TOKEN = world.admin_token }
  end)
  teardown(function() server:stop() end)
  before_each(function() server:control("POST", "/reset") end)

  describe("access", function()
    it("ends with 1, and a hint, where the business is not there", function()
      local out, err = waba(1, "access 1")
      assert.equal("", out)
      has(err, "waba: not_found: ")
      has(err, "\nhint: check the id")
    end)

    it("is refused without a business, or with a field that is none", function()
      refused(2, "--html and --json exclude each other", "access --html x --json " .. BUSINESS)
      refused(2, "no business is given", "access")
      refused(2, "nonesuch", "access " .. BUSINESS .. " --fields nonesuch")
    end)

    it("marks what could not be read, and ends with 3", function()
      fault('{"path":"owned_whatsapp","body":{"data":[{"id":"' .. TEAM
        .. '","assigned_users":{"data":[{"name":"no id"}]}}]}}')
      fault('{"path":"/assigned_users","status":400,"times":100,"body":{"error":'
        .. '{"message":"no","type":"OAuthException","code":100,"error_subcode":33}}}')
      local out, err = waba(3, "access " .. BUSINESS .. " --csv --fields waba,user,error")
      has(out, TEAM .. ",,not_found\n")
      has(err, 'accounts are not known, or not all of them\nhint: the column "error" says which')
    end)

    it("writes a row for each user on each account, in every form", function()
      local out, err = waba(0, "access " .. BUSINESS)
      assert.equal(table.concat {
        ONE, "\tTest WhatsApp Business Account\towned\t\t\t\t\t\n",
        CLIENT, "\tLucky Shrub\tclient\t\t\t\t\t\n",
        TEAM, "\tPrimary Business Account\towned\t", NIGHT,
        "\tNight shift\tSYSTEM_USER\tVIEW_COST,VIEW_TEMPLATES\t\n",
        TEAM, "\tPrimary Business Account\towned\t", ANNA,
        "\tAnna Flex\tBUSINESS_USER\tMANAGE\t\n",
        TEAM, "\tPrimary Business Account\towned\t", JASPER,
        "\tJasper Brown\tBUSINESS_USER\tDEVELOP\t\n",
      }, out)
      has(err, "3 accounts, 5 users; ")
      out = waba(0, "access " .. BUSINESS .. " --json --fields waba,user,tasks")
      has(out, '[\n{"waba":"' .. ONE .. '","user":null,"tasks":null},\n')
      has(out, '{"waba":"' .. TEAM .. '","user":"' .. JASPER .. '","tasks":["DEVELOP"]}\n]\n')
      out = waba(0, "access " .. BUSINESS .. " --csv --fields user,tasks")
      assert.equal(("user,tasks\n,\n,\n%s,\"VIEW_COST,VIEW_TEMPLATES\"\n%s,MANAGE\n%s,DEVELOP\n")
        :format(NIGHT, ANNA, JASPER), out)
    end)
  end)

  describe("access --html", function()
    local folder

    before_each(function() folder = command.run("mktemp -d"):gsub("%s+$", "") end)
    after_each(function() command.run('chmod -R u+w "$D"; rm -rf "$D"', { D = folder }) end)

    local function sh(line)
      local output, status = command.run("cd \"$D\" && " .. line, { D = folder })
      assert.equal(0, status, output)
      return output
    end

    local function page(code, path, before)
      local line = ([[%s"$LUA" bin/waba access %s --html "$D/%s"; code=$?; wait; exit $code]])
        :format(before or "", BUSINESS, path)
      local out, err, status = cli.shell(line, { D = folder, WABA_GRAPH_URL = server.url,
        WABA_ACCESS_TOKEN = world.admin_token })
      assert.equal(code, status, err)
      return out, err
    end

    it("keeps the page before where the new one cannot be written, and leaves no other", function()
      sh "printf before >page"
      local full = "trap '' XFSZ; ulimit -f 1; GCOV_PREFIX=/dev/null "
      local _, err = page(1, "page", full)
      has(err, "page: File too large")
      assert.equal("before", sh "cat page")
      page(1, "new", full)
      assert.equal("page\n", sh "ls -A")
    end)

    it("says where it cannot write at all", function()
      local _, err = page(1, "none/page")
      has(err, "waba: --html " .. folder .. "/none/page: No such file or directory")
      sh "mkdir page"
      _, err = page(1, "page")
      has(err, "Is a directory")
      assert.equal("page\n", sh "ls -A")
    end)

    it("is for whom the page before was, or a new file would be", function()
      page(0, "page", "umask 027; ")
      assert.equal("640\n", sh "stat -c %a page")
      sh "chmod 604 page"
      page(0, "page", "umask 077; ")
      assert.equal("604\n", sh "stat -c %a page")
    end)

    -- As a user whom permissions bind, which they do not root.
    local bound = command.run("id -u"):match("^0%s") and "setpriv --bounding-set=-all " or ""

    it("does not take the place of a page that may not be written", function()
      sh "printf before >page; chmod 444 page"
      local _, err = page(1, "page", bound)
      has(err, "page: Permission denied")
      assert.equal("before", sh "cat page")
      assert.equal("page\n", sh "ls -A")
    end)

    it("is written where the folder takes no other file", function()
      sh "mkdir www; printf %099999d 0 >www/page; chmod 555 www"
      page(0, "www/page", bound)
      assert.matches("^<!doctype html>.*</html>%s*$", sh "cat www/page")
      assert.equal("page\n", sh "ls -A www")
    end)

    it("has the names that the page before had", function()
      sh "printf before >page; ln page other"
      page(0, "page")
      has(sh "cmp page other && cat page", "<!doctype html>")
    end)

    it("keeps the list of those who may read the page", function()
      sh "printf before >page; chmod 600 page; setfacl -m u:12345:r page"
      local before = sh "getfacl -n page"
      has(before, "user:12345:r--")
      page(0, "page")
      assert.equal(before, sh "getfacl -n page")
    end)

    it("is written where a symbolic link leads, and into a pipe", function()
      sh "mkdir www; printf before >www/page; ln -s www/page page; ln -s www/new new"
      page(0, "page")
      has(sh "test -L page && cat www/page", "<!doctype html>")
      page(0, "new")
      has(sh "test -L new && cat www/new", "<!doctype html>")
      local out = page(0, "pipe", 'mkfifo "$D/pipe"; timeout 60 cat "$D/pipe" & ')
      has(out, "<!doctype html>")
      sh "test -p pipe"
    end)
  end)

  describe("who-can", function()
    it("is refused without a task, and with what is none", function()
      refused(2, "TASK is missing", "who-can")
      refused(2, 'TASK is "manage", and must be capital letters', "who-can manage")
      refused(2, "nonesuch", "who-can MANAGE --fields nonesuch --business " .. BUSINESS)
    end)

    it("says aloud that a task is not known, and looks for it", function()
      local out, err = waba(0, "who-can MANAG --business " .. BUSINESS)
      assert.equal("", out)
      has(err, "MANAG is not a task known here")
      has(err, "MANAGE,")
    end)

    it("ends with 1 where the business, or the only account, is not there", function()
      local _, err = waba(1, "who-can MANAGE --business 1")
      has(err, "\nhint: check the id")
      waba(1, "who-can MANAGE 55 --business " .. BUSINESS)
    end)

    it("says who has it, on all accounts or on some", function()
      local anna = ("%s\t%s\tAnna Flex\tBUSINESS_USER\t\n"):format(TEAM, ANNA)
      assert.equal(anna, (waba(0, "who-can MANAGE --business " .. BUSINESS)))
      assert.equal(anna, (waba(0, ("who-can MANAGE %s --business %s"):format(TEAM, BUSINESS))))
      assert.equal("waba,id\n" .. TEAM .. "," .. NIGHT .. "\n",
        (waba(0, "who-can VIEW_COST --csv --fields waba,id --business " .. BUSINESS)))
    end)
  end)

  describe("api", function()
    it("is refused, and nothing is sent, where a word is wrong", function()
      refused(2, 'METHOD is "PUT", and must be GET, POST or DELETE', "api PUT 1")
      refused(2, "path must be letters", "api GET ../x")
      refused(2, "path must be letters", "api GET 'a b'")
      refused(2, '"x" is no parameter\nhint: write NAME=VALUE', "api GET 1 x")
      refused(2, "as JSON\nhint: GET takes the parameter fields=NAMES", "api GET 1 --csv")
    end)

    it("sends no DELETE that nobody said yes to", function()
      refused(4, "hint: --yes says so beforehand", ("api DELETE %s/assigned_users user=%s"):format(
        TEAM, ANNA))
    end)

    it("ends with 1 where Graph refuses", function()
      local out, err = waba(1, "api GET 55")
      assert.equal("", out)
      has(err, "waba: not_found: ")
    end)

    it("reads, writes and deletes", function()
      local read = ("api GET %s/assigned_users business=%s fields=id"):format(ONE, BUSINESS)
      has(waba(0, "api GET " .. ONE .. " fields=id,name"),
        '"name":"Test WhatsApp Business Account"')
      assert.equal('{"success":true}\n', (waba(0,
        ("api POST %s/assigned_users user=%s 'tasks=[\"MANAGE\"]'"):format(ONE, USER))))
      has(waba(0, read), USER)
      waba(0, ("api DELETE %s/assigned_users user=%s --yes"):format(ONE, USER))
      assert.is_nil(waba(0, read):find(USER, 1, true))
    end)

    it("sends no write when dry", function()
      has(waba(0, ("api POST %s/assigned_users user=%s 'tasks=[\"MANAGE\"]' --dry-run"):format(
        ONE, USER)), "assigned_users")
      assert.is_nil(log():find('"POST"', 1, true))
    end)
  end)
end)
