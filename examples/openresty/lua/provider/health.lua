--- GET /healthz: this worker answers, and so many accounts are left. Whether Graph answers is in
-- /metrics: a webhook must go on taking events when it does not.

local accounts = require "provider.accounts"
local json = require "cjson.safe"

local M = {}

function M.handle()
  ngx.header["Content-Type"] = "application/json"
  ngx.print(json.encode { status = "ok", accounts = accounts.count() }, "\n")
end

return M
