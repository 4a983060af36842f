--- The access page: who has which tasks on which account, as one HTML file that asks the network
--- for nothing.

local core = require "waba.core"
local data = require "waba.cli.page.data"
local hashes = require "waba.cli.page.hashes"
local script = require "waba.cli.page.script"
local style = require "waba.cli.page.style"

local M = {}

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }

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

local TEMPLATE = [=[
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<meta name="generator" content="waba {version}">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header>
<div>
<h1>{title}</h1>
<p>{source}</p>
</div>
<dl class="totals">{totals}</dl>
</header>
<div class="bar">
<form id="filters" role="search" autocomplete="off">
<label>Find accounts<input type="search" id="accounts" placeholder="name or id" spellcheck="false"></label>
<label>Find users<input type="search" id="users" placeholder="name or id" spellcheck="false"></label>
<label data-view="matrix">Who can<select id="task"><option value="-1">any task</option></select></label>
<label data-view="matrix">Show<select id="show">
<option value="all">every account</option>
<option value="some">with somebody</option>
<option value="none">with nobody</option>
<option value="unknown">not wholly known</option>
</select></label>
<label>Ownership<select id="ownership">
<option value="">owned or client</option>
<option value="owned">owned</option>
<option value="client">client</option>
</select></label>
<label class="check" data-view="matrix"><input type="checkbox" id="every">every task</label>
<label class="check"><input type="checkbox" id="idle" checked>users without access</label>
<button type="button" id="clear">Clear</button>
</form>
</div>
<div class="bar line">
<div role="tablist" aria-label="View">
<button type="button" role="tab" id="matrix" aria-controls="region" aria-selected="true">Accounts</button>
<button type="button" role="tab" id="bytask" aria-controls="region" aria-selected="false" tabindex="-1">By task</button>
</div>
<p id="shown"></p>
<p id="status" role="status" class="vh"></p>
<nav id="pager" aria-label="Pages" hidden>
<button type="button" id="first">First</button>
<button type="button" id="previous">Previous</button>
<span id="place"></span>
<button type="button" id="next">Next</button>
<button type="button" id="last">Last</button>
</nav>
</div>
<main><div id="region" role="tabpanel" aria-labelledby="matrix" tabindex="0"></div></main>
<footer>
<div id="detail"></div>
<ul class="key" aria-label="Key">
<li><span class="chip level3"><span class="name">decides</span></span></li>
<li><span class="chip level2"><span class="name">changes</span></span></li>
<li><span class="chip level1"><span class="name">looks</span></span></li>
<li><span class="unknown">? unknown</span></li>
<li><span class="none"></span> not assigned</li>
</ul>
</footer>
<noscript>This page draws its tables with the script inside it. Allow scripts for this file to see
them; it asks the network for nothing.</noscript>
<script type="application/json" id="data">{data}</script>
<script>{script}</script>
</body>
</html>
]=]

-- Nothing is loaded, nothing is sent, and only these two texts, known by their hashes, are heeded.
local POLICY = "default-src 'none'; script-src 'sha256-%s'; style-src 'sha256-%s'; img-src data:; "
  .. "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

local function describe_totals(totals)
  local list = {
    { totals.accounts, "accounts" }, { totals.owned or 0, "owned" }, { totals.client or 0, "client" },
    { totals.users, "users" }, { totals.assignments, "assignments" },
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
  local name = facts.business_name and escape(facts.business_name) .. ", " or ""
  local words = { ("Business <bdi>%s</bdi>%s"):format(name, escape(access.business)) }
  words[#words + 1] = os.date("!%Y-%m-%d %H:%M UTC", facts.made)
  words[#words + 1] = facts.source and "read from " .. escape(facts.source) or nil
  if access.requests then
    words[#words + 1] = number(access.requests) .. " requests"
  end
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
  return (TEMPLATE:gsub("{(%l+)}", parts))
end

return M
