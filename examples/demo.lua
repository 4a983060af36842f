-- What ./dev demo runs: the three calls and a refused one, against the sandbox at WABA_GRAPH_URL.

local waba = require "waba"
local world = require("waba.sandbox").world

local function step(title, call)
  print(("\n%s\n  %s"):format(title, call))
end

local function show(users)
  for _, user in ipairs(users) do
    local what = user.role or table.concat(user.tasks or { "tasks unknown" }, ", ")
    print(("    %-17s %-17s %s"):format(user.id, user.name, what))
  end
  if not users[1] then print "    nobody" end
end

local function indent(value)
  print("    " .. tostring(value):gsub("\n", "\n    "))
end

local business, account, user = world.business, world.waba, world.system_user

print("A sandbox of Graph is at " .. os.getenv "WABA_GRAPH_URL")
print("waba talks to it over HTTP, through libcurl, as it does to Meta.")

step("Who are our system users?", ("waba.system_users(%q)"):format(business))
show(assert(waba.system_users(business)))

step("Give one of them the account.", ('waba.assign(%q, %q, { "MANAGE" })'):format(account, user))
indent(assert(waba.assign(account, user, { "MANAGE" })))

step("Verify: who is assigned now?", ("waba.assigned_users(%q, %q)"):format(account, business))
show(assert(waba.assigned_users(account, business)))

step("A call that is refused says what to do.", ("waba.system_users(%q)"):format(account))
indent(select(2, waba.system_users(account)))

print [[

The same against Meta's Graph API: a token and ids of your own, and nothing else changes.

  export WABA_ACCESS_TOKEN=...   # of an admin system user
  export WABA_BUSINESS_ID=...    # Business Settings > Business Info
  export WABA_ACCOUNT_ID=...     # Business Settings > Accounts > WhatsApp Business Accounts
  ./dev lua examples/list.lua]]
