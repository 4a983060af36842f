--- Manage system users on WhatsApp Business Accounts through Meta's Graph API.
-- The module itself: `waba.new`, the same operations on a default client made from the environment,
-- and the tables of what is known. No logic beyond that, and nothing is done at `require`.

local client = require "waba.client"
local core = require "waba.core"

local waba = {
  _VERSION = core.version,
  new = client.new,
  tasks = core.tasks,
  transport = require "waba.transport",
  kinds = core.kinds,
}

local default

--- The client that `waba.assign(...)` and its siblings use, made at first use.
---@return waba.Client|nil, waba.Error|nil
local function default_client()
  if default and not default:closed() then return default end
  local err
  default, err = client.new {
    access_token = os.getenv "WABA_ACCESS_TOKEN",
    app_secret = os.getenv "WABA_APP_SECRET",
    api_version = os.getenv "WABA_API_VERSION",
    base_url = os.getenv "WABA_GRAPH_URL",
  }
  if err and not os.getenv "WABA_ACCESS_TOKEN" then
    err.hint = "set the environment variable WABA_ACCESS_TOKEN, or make a client with waba.new"
  end
  return default, err
end

for name in pairs(core.calls) do
  waba[name] = function(...)
    local self, err = default_client()
    if not self then return nil, err end
    return self[name](self, ...)
  end
end

return waba
