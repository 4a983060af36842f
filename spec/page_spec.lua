-- The access page as text: what is in it, that nothing in it acts, that its policy fits.

local cjson = require "cjson.safe"
local cli = require "spec.support.cli"
local fixture = require "spec.support.access"
local page = require "waba.cli.page"

local FACTS = { business_name = "Example <Business> & Co", made = 1795580000,
  source = "graph.facebook.com, v26.0" }

local function one_account(name, tasks, more)
  local account = { id = "102290129340398", name = name, ownership = "owned", tasks = tasks or {} }
  for key, value in pairs(more or {}) do account[key] = value end
  return { business = "9876543210987654", accounts = { account },
    users = { { id = "1972555232742222", name = name, user_type = "SYSTEM_USER" } } }
end

local function data_of(html)
  return assert(cjson.decode(html:match('<script type="application/json" id="data">(.-)</script>')))
end

local function count(html, text)
  return select(2, html:gsub(text:gsub("%p", "%%%0"), ""))
end

local HOSTILE = {
  "</script><script>alert(1)</script>", "<!--<script>", "\"'><img src=x onerror=alert(1)>",
  "&lt;b&gt;", "a\0b\1c\127\r\n", "\226\128\168\226\128\169", "\226\128\174gnp.exe",
  "{script}{data}", "%1%%", "\\u003cscript", "]]>",
}

describe("names in the access page", function()
  for i, name in ipairs(HOSTILE) do
    it(("are data, however hostile: %d"):format(i), function()
      local access = one_account(name, { ["1972555232742222"] = { name } })
      access.business = name
      local html = page.render(access, { business_name = name, source = name, made = 0 })
      assert.equal(2, count(html, "<script"))
      assert.equal(2, count(html, "</script>"))
      assert.is_nil(html:find("<img", 1, true))
      assert.is_nil(html:find("<!-", 1, true))
      local data = data_of(html)
      assert.equal(name, data.accounts[1][2])
      assert.equal(name, data.users[1][2])
      local header = html:match("<header>(.-)</header>")
      assert.is_nil(header:find("[%z\1-\9\11-\31\127]"))
      assert.is_nil(header:find("\226\128[\168-\174]"))
    end)
  end

  it("may be no UTF-8", function()
    local html = page.render(one_account("\255\254</script>\195"), FACTS)
    assert.equal(2, count(html, "</script>"))
  end)

  it("may be absent", function()
    local data = data_of(page.render(one_account(nil), FACTS))
    assert.equal("", data.accounts[1][2])
  end)
end)

describe("what the access page says", function()
  local USER = "1972555232742222"

  it("tells unknown from none, and a user that only an account names", function()
    local access = one_account("A", { [USER] = "unknown", ["7"] = { "VIEW_COST" } })
    local data = data_of(page.render(access, FACTS))
    assert.same({ 0, -1, 1, 0 }, data.accounts[1][5])
    assert.same({ "7", "", "" }, data.users[2])
    assert.equal(cjson.null, data.accounts[1][4])
  end)

  it("tells why an account could not be read", function()
    local access = one_account("A", {}, { unknown = { kind = "throttled", message = "too many" } })
    local html = page.render(access, FACTS)
    assert.equal("throttled: too many", data_of(html).accounts[1][4])
    assert.truthy(html:find('<div class="some"><dt>accounts not read</dt><dd>1</dd>', 1, true))
  end)

  it("has the strongest task first, and one that is not known here in its place", function()
    local access = one_account("A", { [USER] = { "VIEW_NEW", "NEW_POWER", "MANAGE", "VIEW_COST" } })
    local data = data_of(page.render(access, FACTS))
    local names, levels = {}, {}
    for i, index in ipairs(data.sets[1]) do
      names[i], levels[i] = data.tasks[index + 1][1], data.tasks[index + 1][2]
    end
    assert.same({ "MANAGE", "NEW_POWER", "VIEW_COST", "VIEW_NEW" }, names)
    assert.same({ 3, 2, 1, 1 }, levels)
  end)

  it("says when and from what it was made, and counts", function()
    local html = page.render(fixture.make(1500, 5), FACTS)
    local head = html:match("<header>(.-)</header>")
    assert.truthy(head:find("Access to 1,500 WhatsApp Business Accounts", 1, true))
    assert.truthy(head:find("<bdi>Example &lt;Business&gt; &amp; Co</bdi>, business 9876543210987",
      1, true), head)
    assert.truthy(head:find("2026-11-25 04:13 UTC", 1, true))
    assert.truthy(head:find("read from graph.facebook.com, v26.0", 1, true))
    assert.truthy(head:find("<dt>accounts</dt><dd>1,500</dd>", 1, true))
  end)

  it("says where only system users were read", function()
    local access = one_account("A")
    assert.is_nil(page.render(access, FACTS):find("system users only", 1, true))
    access.system_users_only = true
    assert.truthy(page.render(access, FACTS):find("system users only", 1, true))
  end)

  it("is the same for the same access, and small for many accounts", function()
    local html = page.render(fixture.make(10000, 20), FACTS)
    assert.equal(html, page.render(fixture.make(10000, 20), FACTS))
    assert.is_true(#html < 1500000, #html)
  end)
end)

describe("the access page's policy", function()
  local html = page.render(one_account("A"), FACTS)

  -- `./dev docs` writes the hashes.
  it("has the hashes of its script and its style", function()
    for _, name in ipairs { "script", "style" } do
      local path = os.tmpname()
      local file = assert(io.open(path, "wb"))
      file:write((require("waba.cli.page." .. name)))
      file:close()
      local pipe = assert(io.popen("openssl dgst -sha256 -binary " .. path .. " | openssl base64"))
      local hash = pipe:read("*l")
      pipe:close()
      os.remove(path)
      assert.truthy(html:find(("%s-src 'sha256-%s';"):format(name, hash), 1, true), name)
    end
  end)

  it("allows nothing else, and there is nothing else", function()
    assert.truthy(html:find("default-src 'none';", 1, true))
    assert.is_nil(html:find("unsafe", 1, true))
    assert.is_nil(html:find("https?://"))
    assert.is_nil(html:find("@import", 1, true))
    assert.is_nil(html:find("url(", 1, true))
    assert.is_nil(html:find(" src=", 1, true))
    assert.is_nil(html:find(" style=", 1, true))
    assert.is_nil(html:find(" on%l+="))
  end)

  it("has no placeholder left", function()
    for name in html:gmatch("{(%l+)}") do error("left: " .. name) end
  end)
end)

describe("waba access --html", function()
  it("writes the page, which says that it is of the sandbox", function()
    local path = os.tmpname()
    local out, err, code = cli.waba("access 9876543210987654 --sandbox --html " .. path)
    local file = assert(io.open(path))
    local html = file:read("*a")
    file:close()
    os.remove(path)
    assert.equal(0, code, err)
    assert.equal("", out)
    assert.truthy(html:find("<bdi>Example Business Inc</bdi>, business 9876543210987654", 1, true))
    assert.truthy(html:find("read from the sandbox in this process, not from Graph", 1, true))
    assert.equal(3, #data_of(html).accounts)
    assert.is_nil(html:find("EAATEST", 1, true))
  end)

  it("fails where it cannot write", function()
    local _, err, code = cli.waba("access 9876543210987654 --sandbox --html /dev/full")
    assert.equal(1, code)
    assert.truthy(err:find("--html /dev/full: No space left on device", 1, true), err)
    _, err, code = cli.waba("access 9876543210987654 --sandbox --html /none/page.html")
    assert.equal(1, code)
    assert.truthy(err:find("/none/page.html", 1, true), err)
  end)
end)
