--- Manage system users on WhatsApp Business Accounts through Meta's Graph API.
-- The module itself: `waba.new`, the same operations on a default client made from the environment,
-- and the tables of what is known. No logic beyond that, and nothing is done at `require`.

local client = require "waba.client"
local core = require "waba.core"
local later = require("waba.load").later

local env = later "waba.env"

local waba = {
  _VERSION = core.version,
  new = client.new,
  cache = later "waba.cache",
  tasks = core.tasks,
  transport = later "waba.transport",
  kinds = core.kinds,
  --- verify(app_secret, body, header): whether X-Hub-Signature-256 of a webhook is the body's;
  --- sign(app_secret, body) makes one.
  signature = core.signature,
}

local default

--- The client that `waba.assign(...)` and its siblings use, made at first use.
---@return waba.Client|nil, waba.Error|nil
local function default_client()
  if default then return default end
  local err
  default, err = client.new {
    access_token = env "WABA_ACCESS_TOKEN",
    app_id = env "WABA_APP_ID",
    app_secret = env "WABA_APP_SECRET",
    api_version = env "WABA_API_VERSION",
    base_url = env "WABA_GRAPH_URL",
  }
  if err then
    err.hint = "the default client is made from WABA_ACCESS_TOKEN, WABA_APP_ID, WABA_APP_SECRET, "
      .. "WABA_API_VERSION and WABA_GRAPH_URL; waba.new makes others"
  end
  return default, err
end

-- What is about a client of one's own, or does not answer `nil, err` where there is none.
local NOT_HERE = { close = true, closed = true, each = true, map = true, usage = true }

for name in pairs(client.methods) do
  if not NOT_HERE[name] then
    waba[name] = function(...)
      local self, err = default_client()
      if not self then return nil, err end
      return self[name](self, ...)
    end
  end
end

return waba
