-- Replaces the token in a file by a new one: makes it, tries it, puts it there, ends the old one.
-- At no time is there none. Run it before the old one expires, with a umask of 077.
-- Set WABA_TOKEN_FILE, WABA_APP_ID and WABA_APP_SECRET.

local waba = require "waba"

local path = os.getenv "WABA_TOKEN_FILE"

local function client_of(token)
  return assert(waba.new {
    access_token = token,
    app_id = os.getenv "WABA_APP_ID",
    app_secret = os.getenv "WABA_APP_SECRET",
    base_url = os.getenv "WABA_GRAPH_URL",
  })
end

local old = assert(io.open(path)):read "*l"
local made = assert(client_of(old):refresh_token(old))
local client = client_of(made.access_token)
assert(assert(client:debug_token(made.access_token)).is_valid, "the new token does not work")

local file = assert(io.open(path .. ".new", "w"))
assert(file:write(made.access_token, "\n"))
assert(file:close())
assert(os.rename(path .. ".new", path))
assert(client:revoke_token(old))
print(("a new token, for %d days"):format(math.floor(made.expires_in / 86400)))
