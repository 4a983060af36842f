--- What `waba access` is held against: client:access alone, and nothing written of it.
--   WABA_GRAPH_URL=... WABA_ACCESS_TOKEN=... lua command.lua <business>

local client = assert(require("waba").new {
  access_token = os.getenv "WABA_ACCESS_TOKEN", base_url = os.getenv "WABA_GRAPH_URL",
})
local access = assert(client:access(arg[1]))
assert(#access.accounts > 3)
