--- The access page: who has which tasks on which account, as one HTML file that asks the network
--- for nothing.

local core = require "waba.core"
local data = require "waba.cli.page.data"
local hashes = require "waba.cli.page.hashes"
local script = require "waba.cli.page.script"
local style = require "waba.cli.page.style"
local template = require "waba.cli.page.template"

local M = {}

local ENTITIES = {
  ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;",
}

--- Text for HTML. What cannot be seen, or turns text around, is left out.
local function escape(text)
  text = tostring(text):gsub("%c", " ")
  text = text:gsub("\226\128[\168-\174]", ""):gsub("\226\129[\160-\169]", "")
  return (text:gsub("[&<>\"']", ENTITIES))
end

--- 1234567 as 1,234,567.
local function number(n)
  local digits = ("%d"):format(n)
  return (digits:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", ""))
end

-- Nothing is loaded, nothing is sent, and only these two texts, known by their hashes, are heeded.
local POLICY = "default-src 'none'; script-src 'sha256-%s'; style-src 'sha256-%s'; img-src data:; "
  .. "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

local function describe_totals(totals)
  local list = {
    { totals.accounts, "accounts" }, { totals.owned or 0, "owned" },
    { totals.client or 0, "client" }, { totals.users, "users" },
    { totals.assignments, "assignments" },
  }
  local function add(count, name)
    if count > 0 then list[#list + 1] = { count, name, unknown = true } end
  end
  add(totals.unread, "accounts not read")
  add(totals.unknown_tasks, "tasks unknown")
  if not list[6] then list[6] = { 0, "unknown" } end
  for i, total in ipairs(list) do
    list[i] = ('<div%s><dt>%s</dt><dd>%s</dd></div>'):format(
      total.unknown and ' class="some"' or "", total[2], number(total[1]))
  end
  return table.concat(list)
end

---@class waba.PageFacts
---@field business_name string|nil
---@field made integer|nil seconds since the epoch; default now
---@field source string|nil where it was read from: "graph.facebook.com, v26.0"

local function describe_source(access, facts)
  local words = { "Business " .. escape(access.business) }
  if facts.business_name then
    words[1] = ("<bdi>%s</bdi>, business %s"):format(
      escape(facts.business_name), escape(access.business))
  end
  words[#words + 1] = os.date("!%Y-%m-%d %H:%M UTC", facts.made)
  words[#words + 1] = facts.source and "read from " .. escape(facts.source) or nil
  if access.requests then
    words[#words + 1] = number(access.requests) .. " requests"
  end
  if access.system_users_only then words[#words + 1] = "system users only" end
  words[#words + 1] = "waba " .. core.version
  return table.concat(words, " &middot; ")
end

--- Makes the page.
---@param access table what `client:access` returned
---@param facts waba.PageFacts|nil
---@return string html
function M.render(access, facts)
  facts = facts or {}
  local json, totals = data.describe(access)
  local parts = {
    policy = POLICY:format(hashes.script, hashes.style),
    version = core.version,
    title = totals.accounts == 1 and "Access to 1 WhatsApp Business Account"
      or ("Access to %s WhatsApp Business Accounts"):format(number(totals.accounts)),
    source = describe_source(access, facts),
    totals = describe_totals(totals),
    style = style, script = script, data = json,
  }
  return (template:gsub("{(%l+)}", parts))
end

return M
