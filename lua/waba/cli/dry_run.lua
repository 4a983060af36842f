--- `--dry-run`: reads go, writes are kept back and shown.

local M = {}

-- Of each coroutine, the write that it was about to send.
local kept = setmetatable({}, { __mode = "k" })

local function unescape(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

--- "POST /v26.0/1/assigned_users user=2 tasks=["MANAGE"]"
local function describe(request)
  local path, query = request.url:match("^%a+://[^/]+([^?]*)%??(.*)$")
  local words = { request.method, path }
  for pair in (query .. "&" .. (request.body or "")):gmatch("[^&]+") do
    local name, value = pair:match("^([^=]*)=?(.*)$")
    if name ~= "appsecret_proof" then
      local secret = name:find("token") or name:find("secret")
      words[#words + 1] = unescape(name) .. "=" .. (secret and "[redacted]" or unescape(value))
    end
  end
  return table.concat(words, " ")
end

--- Changes a client's options so that nothing is written.
---@param settings waba.Options
function M.apply(settings)
  local real = settings.transport or require("waba.transport.libcurl").new()
  settings.max_attempts = 1
  settings.transport = function(request, timeout)
    if request.method == "GET" then return real(request, timeout) end
    kept[coroutine.running() or M] = describe(request)
    return nil, "a dry run sends no writes", "network", false
  end
end

--- What the coroutine that runs was about to send; asking forgets it.
---@return string|nil
function M.taken()
  local key = coroutine.running() or M
  local request = kept[key]
  kept[key] = nil
  return request
end

return M
