-- The access page in headless Chromium, used as people use it: with a mouse, with keys only, on
-- paper, and with names that would like to be code.

local browsers = require "spec.support.browser"
local fixture = require "spec.support.access"
local page = require "waba.cli.page"

local missing = browsers.missing()
if missing then
  describe("the access page in a browser", function()
    it("works", function() pending("skipped: " .. missing) end)
  end)
  return
end

local browser, paths = nil, {}

local function show(access)
  local reserved = os.tmpname()
  local path = reserved .. ".html"
  paths[#paths + 1], paths[#paths + 2] = reserved, path
  local file = assert(io.open(path, "wb"))
  file:write(page.render(access, { business_name = "Example Business Inc", made = 1795580000 }))
  file:close()
  browser:requests()
  browser:open("file://" .. path)
  return "file://" .. path
end

local function texts(selector)
  return browser:run("return [...document.querySelectorAll(arguments[0])].map(e => e.innerText)",
    selector)
end

local function text(selector) return texts(selector)[1] end

local function tally(selector)
  return math.floor(browser:run("return document.querySelectorAll(arguments[0]).length", selector))
end

local function choose(id, value)
  browser:run("const e = document.getElementById(arguments[0]); e.value = arguments[1];"
    .. "e.dispatchEvent(new Event('change'))", id, value)
end

-- What is drawn and spoken settles a moment after the last key.
local SPOKEN = [[
  const [wanted, done] = arguments, began = performance.now();
  const timer = setInterval(() => {
    const said = document.getElementById('status').textContent;
    if (said !== wanted && performance.now() - began < 10000) return;
    clearInterval(timer);
    done(said);
  }, 20);
]]

local function spoken(wanted)
  return browser:send("POST", "/execute/async", { script = SPOKEN, args = { wanted } })
end

describe("the access page in a browser", function()
  setup(function() browser = browsers.start() end)
  teardown(function()
    if browser then browser:stop() end
    for _, path in ipairs(paths) do os.remove(path) end
  end)

  describe("with hostile names", function()
    local BAD = "<img src=x onerror=\"window.pwned=1\"></script><script>window.pwned=1</script>"
    local url

    setup(function()
      url = show { business = BAD, users = {
        { id = "1", name = BAD, user_type = BAD }, { id = "2", name = "\226\128\174nimda" },
        { id = "3", name = "a\0b\27[31m" } },
        accounts = {
          { id = "10", name = BAD, ownership = BAD,
            tasks = { ["1"] = { BAD }, ["2"] = "unknown" } },
          { id = "11", name = "", ownership = "client", tasks = {},
            unknown = { kind = "network", message = BAD } } } }
      for _, id in ipairs { "every", "bytask", "matrix" } do browser:click("#" .. id) end
      browser:click("td.level2")
      browser:press("Down", "Left")
      browser:click('thead button[data-sort="user:0"]')
    end)

    it("runs none of them, and asks for nothing", function()
      assert.equal(0, browser:run("return window.pwned ? 1 : 0"))
      assert.equal(0, tally("img"))
      assert.same({}, browser:console())
      for _, asked in ipairs(browser:requests()) do
        assert.truthy(asked == url or asked:find("^data:") or asked:find("^chrome:"), asked)
      end
    end)

    it("shows them letter by letter, each kept to itself", function()
      assert.truthy(text("tbody"):find(BAD, 1, true))
      local names = texts("thead .user bdi")
      table.sort(names)
      assert.same({ BAD, "a‹U+0000›b‹U+001B›[31m", "‹U+202E›nimda" }, names)
      assert.equal(0, browser:run("return [...document.querySelectorAll('#region th')].filter("
        .. "e => /\226\128\174/.test(e.textContent)).length"))
    end)

    it("would not run what got in all the same", function()
      browser:run("const s = document.createElement('script');"
        .. "try { s.textContent = 'window.pwned = 1'; document.body.append(s); } catch (e) {}"
        .. "try { document.body.innerHTML = '<b>'; } catch (e) { window.stopped = 1; }"
        .. "const i = document.createElement('img'); i.src = 'http://127.0.0.1:9/'; "
        .. "document.body.append(i)")
      assert.equal(1, browser:run("return window.pwned ? 0 : window.stopped"))
      assert.truthy(table.concat(browser:console(), "\n"):find("Content Security Policy", 1, true))
    end)
  end)

  describe("for 260 accounts and 12 users", function()
    local access = fixture.make(260, 12)
    local unread = 0
    for _, account in ipairs(access.accounts) do unread = unread + (account.unknown and 1 or 0) end

    before_each(function() show(access) end)
    after_each(function() assert.same({}, browser:console()) end)

    it("shows a page of them, and turns pages", function()
      assert.equal(100, tally("tbody tr"))
      assert.equal("1 to 100 of 260 accounts, 12 users", text("#shown"))
      assert.equal("Page 1 of 3", text("#place"))
      browser:click("#last")
      assert.equal(60, tally("tbody tr"))
      assert.equal("261", browser:run("return document.querySelector('table').ariaRowCount"))
      assert.equal("261", browser:run(
        "return [...document.querySelectorAll('tbody tr')].pop().getAttribute('aria-rowindex')"))
      browser:click("#first")
      assert.equal("Page 1 of 3", text("#place"))
    end)

    it("finds accounts and users by name and id, and says how many to a screen reader", function()
      browser:type("#accounts", "HOTEL 1")
      local wanted = 0
      for _, account in ipairs(access.accounts) do
        local words = (account.name .. " " .. account.id):lower()
        if words:find("hotel", 1, true) and words:find("1", 1, true) then wanted = wanted + 1 end
      end
      assert.equal(wanted, tally("tbody tr"))
      local words = wanted .. " accounts, 12 users"
      assert.equal(words, text("#shown"))
      assert.equal(words, spoken(words))
      assert.equal("status", browser:run("return document.getElementById('status').role"))
      browser:type("#users", access.users[3].id)
      assert.same({ access.users[3].name }, texts("thead .user bdi"))
      browser:click("#clear")
      assert.equal("1 to 100 of 260 accounts, 12 users", text("#shown"))
      browser:type("#accounts", "no such account")
      assert.equal("Nothing matches.", text("tbody"))
    end)

    it("sorts by a column, and back", function()
      browser:click('button[data-sort="id"]')
      assert.equal(access.accounts[1].id, text("tbody td.id"))
      assert.equal("ascending", browser:run("return document.querySelector('th.id').ariaSort"))
      browser:click('button[data-sort="id"]')
      assert.equal(access.accounts[260].id, text("tbody td.id"))
      assert.equal("descending", browser:run("return document.querySelector('th.id').ariaSort"))
      assert.equal(1, tally('th[aria-sort="descending"]'))
      assert.equal("id", browser:run("return document.activeElement.dataset.sort"))
    end)

    it("sorts by a user, the strongest access first", function()
      browser:click('button[data-sort="user:5"]')
      local kinds = browser:run("return [...document.querySelectorAll('td[data-user=\"5\"]')].map("
        .. "e => e.className.match(/level\\d|unknown|none/)[0])")
      local last = "level3"
      local rank = { level3 = 5, level2 = 4, level1 = 3, unknown = 2, none = 1 }
      for _, kind in ipairs(kinds) do
        assert.is_true(rank[kind] <= rank[last], kind .. " after " .. last)
        last = kind
      end
      assert.equal("level3", kinds[1])
    end)

    it("marks what is unknown in words", function()
      choose("show", "unknown")
      assert.truthy(text("tbody td.unknown"):find("^%? "))
      local seen = tally("th.unread")
      assert.equal(unread, seen)
      for _, words in ipairs(texts("th.unread .flag")) do
        assert.truthy(words:find("^ ?%? not read"), words)
      end
      browser:click("th.unread ~ td.unknown")
      assert.truthy(text("#detail"):find("? throttled: (#80008) There have been too many calls",
        1, true))
    end)

    it("shows who may do a thing, and never hides who may perhaps", function()
      local place = browser:run("return tasks.findIndex(task => task.name === 'MANAGE_BILLING')")
      choose("task", tostring(math.floor(place)))
      local wanted, perhaps = 0, 0
      for _, account in ipairs(access.accounts) do
        local has, may = false, account.unknown ~= nil
        for _, tasks in pairs(account.tasks) do
          if tasks == "unknown" then may = true
          else for _, task in ipairs(tasks) do has = has or task == "MANAGE_BILLING" end end
        end
        if has then wanted = wanted + 1 end
        if has or may then perhaps = perhaps + 1 end
      end
      assert.truthy(text("#shown"):find(perhaps .. " accounts", 1, true), text("#shown"))
      choose("show", "some")
      assert.truthy(text("#shown"):find(wanted .. " accounts", 1, true), text("#shown"))
      for _, name in ipairs(texts("tbody .chip .name")) do assert.equal("MANAGE_BILLING", name) end
    end)

    it("counts by task, and a count leads to its accounts", function()
      local user, wanted = access.users[6], 0
      for _, account in ipairs(access.accounts) do
        local tasks = account.tasks[user.id]
        for _, task in ipairs(type(tasks) == "table" and tasks or {}) do
          if task == "VIEW_COST" then wanted = wanted + 1 end
        end
      end
      browser:click("#bytask")
      assert.equal("true", browser:run("return document.getElementById('bytask').ariaSelected"))
      local place = math.floor(browser:run("return tasks.findIndex(t => t.name === 'VIEW_COST')"))
      local button = ('button[data-task="%d"][data-who="5"]'):format(place)
      assert.equal(tostring(wanted), (text(button):match("^%d+")))
      browser:click(button)
      assert.equal(wanted, tally("tbody tr"))
      assert.same({ user.name }, texts("thead .user bdi"))
    end)

    it("is used with the keyboard alone", function()
      browser:run("document.getElementById('region').focus()")
      browser:press("Tab")
      assert.equal("name", browser:run("return document.activeElement.dataset.sort"))
      browser:press("Enter")
      assert.equal("descending", browser:run("return document.querySelector('th.name').ariaSort"))
      browser:press("Down", "Right", "Right", "Right", "Right")
      assert.equal("TD", browser:run("return document.activeElement.tagName"))
      assert.truthy(text("#detail"):find("%a"))
      assert.equal(1, tally('#region [tabindex="0"]'))
      browser:press("Control+End")
      assert.equal("101", browser:run(
        "return document.activeElement.parentNode.getAttribute('aria-rowindex')"))
      browser:press("Down")
      assert.equal("Page 2 of 3", text("#place"))
      assert.equal("102", browser:run(
        "return document.activeElement.parentNode.getAttribute('aria-rowindex')"))
      browser:press("Up")
      assert.equal("Page 1 of 3", text("#place"))
      browser:press("Control+Home", "Tab")
      assert.equal(0, browser:run("return document.activeElement.closest('table') ? 1 : 0"))
    end)

    it("has a name, a scope or a label for everything", function()
      assert.equal(0, tally("th:not([scope])"))
      assert.equal(1, tally("table > caption"))
      assert.equal("grid", browser:run("return document.querySelector('table').role"))
      assert.equal(0, browser:run("return [...document.querySelectorAll('input, select')]"
        .. ".filter(e => !e.labels.length || !e.labels[0].textContent.trim()).length"))
      assert.equal(0, browser:run("return [...document.querySelectorAll('button')]"
        .. ".filter(e => !e.textContent.trim()).length"))
      assert.equal("en", browser:run("return document.documentElement.lang"))
    end)

    it("tells a screen reader what the eye sees", function()
      choose("show", "unknown")
      local tree = browser:devtools("Accessibility.getFullAXTree", { depth = -1 }).nodes
      local names, count = {}, 0
      for _, node in ipairs(tree) do
        local role = not node.ignored and node.role.value
        if role == "gridcell" or role == "rowheader" or role == "columnheader" then
          names[node.name.value], count = role, count + 1
        end
      end
      assert.is_true(count > 16 * 20)
      assert.equal("gridcell", names["not assigned"])
      assert.equal("gridcell", names["? tasks unknown"])
      assert.equal("gridcell", names["? not read"])
      local reason = "%? not read ?, throttled: %(#80008%) There have been too many calls$"
      local told = 0
      for name, role in pairs(names) do
        if role == "rowheader" and name:find(reason) then told = told + 1 end
      end
      assert.equal(unread, told)
    end)

    it("goes to paper whole, and back to its page", function()
      browser:run("addEventListener('beforeprint', () => {"
        .. "window.printed = document.querySelectorAll('tbody tr').length;"
        .. "window.form = document.querySelector('table').className })")
      local pdf = browser:devtools("Page.printToPDF", { printBackground = true })
      assert.truthy(#pdf.data > 10000)
      assert.equal(260, browser:run("return window.printed"))
      assert.equal("list", browser:run("return window.form"))
      assert.equal(100, tally("tbody tr"))
      assert.equal(1, tally("table.matrix"))
    end)

    -- Every text against what is behind it. 4.5 is WCAG's AA for text of this size.
    local CONTRAST = [[
      const parse = c => c.match(/[\d.]+/g).map(Number);
      const light = c => [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => {
        const v = c[i] / 255;
        return sum + weight * (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
      }, 0);
      const behind = e => {
        for (; e; e = e.parentElement) {
          const c = parse(getComputedStyle(e).backgroundColor);
          if (c.length < 4 || c[3] === 1) return c;
        }
        return [255, 255, 255];
      };
      const low = [];
      for (const e of document.querySelectorAll('body *')) {
        const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
        if (!own || e.disabled || e.closest('script, .vh, option')) continue;
        if (!e.checkVisibility()) continue;
        const a = light(parse(getComputedStyle(e).color)), b = light(behind(e));
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) low.push(e.outerHTML.slice(0, 80) + ' ' + ratio.toFixed(2));
      }
      return low.slice(0, 5).join('\n');
    ]]

    for _, scheme in ipairs { "light", "dark" } do
      it(("can be read in %s, and nothing moves"):format(scheme), function()
        browser:devtools("Emulation.setEmulatedMedia", { features = {
          { name = "prefers-color-scheme", value = scheme },
        } })
        choose("show", "unknown")
        assert.equal("", browser:run(CONTRAST))
        browser:click("#bytask")
        assert.equal("", browser:run(CONTRAST))
        assert.equal(0, browser:run("return [...document.querySelectorAll('*')].filter(e => {"
          .. "const s = getComputedStyle(e); return s.transitionDuration !== '0s' "
          .. "|| s.animationName !== 'none' }).length"))
      end)
    end

    it("fits a narrow screen", function()
      browser:devtools("Emulation.setDeviceMetricsOverride",
        { width = 390, height = 800, deviceScaleFactor = 1, mobile = false })
      assert.is_true(browser:run("return document.documentElement.scrollWidth") <= 390)
      browser:devtools("Emulation.clearDeviceMetricsOverride")
    end)
  end)

  it("asks for nothing in all that, and stays usable with 10,000 accounts", function()
    local url = show(fixture.make(10000, 20))
    browser:type("#accounts", "clinic 99")
    assert.is_true(tally("tbody tr") > 10)
    for _, id in ipairs { "clear", "last", "bytask" } do browser:click("#" .. id) end
    assert.equal("10,000 accounts, 20 users", text("#shown"))
    assert.same({}, browser:console())
    for _, asked in ipairs(browser:requests()) do
      assert.truthy(asked == url or asked:find("^data:"), asked)
    end
  end)
end)
