--- A headless Chromium for specs, driven through chromedriver's WebDriver. Works on both VMs.

local cjson = require("cjson.safe").new()
local socket = require("socket")

local M = {}

-- Seconds a spec waits for anything before it fails.
local PATIENCE = 30

-- The element id of WebDriver.
local ELEMENT = "element-6066-11e4-a52e-4f735466cecf"

-- Ends with its standard input, as it does when the spec's process dies, and takes the browser and
-- the profile with it. A sanitizer preloaded for the specs is not for them.
local SERVE = [[
  profile=$(mktemp -d) || exit
  env -u LD_PRELOAD HOME="$profile" setsid chromedriver --port=0 >"$1" 2>&1 &
  driver=$!
  echo "$profile" >"$2"
  cat >/dev/null
  kill -- "-$driver" 2>/dev/null
  wait 2>/dev/null
  for _ in 1 2 3 4 5 6 7 8 9; do rm -rf "$profile" 2>/dev/null && exit; sleep 0.1; done
]]

local FLAGS = {
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
  "--disable-dev-shm-usage", "--hide-scrollbars", "--window-size=1280,800",
}

--- Why there is no browser here, or nil.
---@return string|nil reason
function M.missing()
  for _, program in ipairs { "chromium", "chromedriver" } do
    local pipe = assert(io.popen("command -v " .. program))
    local path = pipe:read("*l")
    pipe:close()
    if not path then return program .. " is not installed" end
  end
end

local Browser = {}
local metatable = { __name = "spec.browser", __index = Browser }

local function read(path)
  local file = io.open(path)
  local text = file and file:read("*a") or ""
  if file then file:close() end
  return text
end

local function wait_for(what, find)
  local deadline = socket.gettime() + PATIENCE
  repeat
    local found = find()
    if found then return found end
    socket.sleep(0.02)
  until socket.gettime() > deadline
  error("waited in vain for " .. what, 2)
end

local function exchange(port, method, path, body)
  local connection = assert(socket.connect("127.0.0.1", port))
  connection:settimeout(PATIENCE)
  body = body and assert(cjson.encode(body)) or ""
  assert(connection:send(table.concat({
    method .. " " .. path .. " HTTP/1.1", "Host: 127.0.0.1", "Connection: close",
    "Content-Type: application/json", "Content-Length: " .. #body, "", body,
  }, "\r\n")))
  local head, length = "", nil
  repeat
    local line = assert(connection:receive("*l"))
    head = head .. line .. "\n"
    length = length or tonumber(line:lower():match("^content%-length:%s*(%d+)"))
  until line == ""
  local text = assert(connection:receive(length or "*a"))
  connection:close()
  local reply = assert(cjson.decode(text), text)
  if not head:find("^HTTP/1%.1 200") then
    error(("%s %s: %s"):format(method, path, tostring(reply.value.message)), 3)
  end
  return reply.value
end

function Browser:send(method, path, body)
  return exchange(self.port, method, "/session/" .. self.session .. path, body)
end

--- Starts a browser; raises where it does not come up.
---@param options? { dark: boolean?, flags: string[]? }
function M.start(options)
  options = options or {}
  local output, folder = os.tmpname(), os.tmpname()
  local process = assert(io.popen(("sh -c '%s' sh %s %s"):format(
    SERVE:gsub("'", "'\\''"), output, folder), "w"))
  local self = setmetatable({ process = process }, metatable)
  local sound, message = pcall(function()
    self.port = tonumber(wait_for("chromedriver", function()
      return read(output):match("started successfully on port (%d+)")
    end))
    local flags = { "--user-data-dir=" .. read(folder):match("[^\n]+") .. "/profile" }
    for _, list in ipairs { FLAGS, options.flags or {} } do
      for _, flag in ipairs(list) do flags[#flags + 1] = flag end
    end
    self.session = exchange(self.port, "POST", "/session", { capabilities = { alwaysMatch = {
      browserName = "chrome", ["goog:chromeOptions"] = { args = flags },
      ["goog:loggingPrefs"] = { browser = "ALL", performance = "ALL" },
    } } }).sessionId
  end)
  os.remove(output)
  os.remove(folder)
  if sound then return self end
  process:close()
  error(message, 2)
end

--- Ends the browser and waits for it. May be called again.
function Browser:stop()
  if not self.process then return end
  pcall(self.send, self, "DELETE", "")
  self.process:close()
  self.process = nil
end

function Browser:open(url)
  self:send("POST", "/url", { url = url })
end

--- Runs a function body in the page; what it returns comes back.
---@param script string
function Browser:run(script, ...)
  local arguments = { ... }
  if arguments[1] == nil then arguments[1] = 0 end -- an empty table would not be a list in JSON
  return self:send("POST", "/execute/sync", { script = script, args = arguments })
end

local function element(self, selector)
  return self:send("POST", "/element", { using = "css selector", value = selector })[ELEMENT]
end

function Browser:click(selector)
  self:send("POST", "/element/" .. element(self, selector) .. "/click", { x = 0 })
end

--- Types into an element that can take text.
function Browser:type(selector, text)
  self:send("POST", "/element/" .. element(self, selector) .. "/value", { text = text })
end

local KEYS = {
  Tab = "\238\128\132", Enter = "\238\128\135", Control = "\238\128\137", PageUp = "\238\128\142",
  PageDown = "\238\128\143", End = "\238\128\144", Home = "\238\128\145", Left = "\238\128\146",
  Up = "\238\128\147", Right = "\238\128\148", Down = "\238\128\149", Shift = "\238\128\136",
}

--- Presses keys, one after the other, wherever the focus is: "Tab", "Down", "Control+Home".
function Browser:press(...)
  local actions = {}
  for _, keys in ipairs { ... } do
    local held = {}
    for key in keys:gmatch("[^+]+") do
      local value = KEYS[key] or key
      actions[#actions + 1] = { type = "keyDown", value = value }
      table.insert(held, 1, value)
    end
    for _, value in ipairs(held) do actions[#actions + 1] = { type = "keyUp", value = value } end
  end
  self:send("POST", "/actions", { actions = { { type = "key", id = "keys", actions = actions } } })
end

--- Speaks Chromium's own protocol.
function Browser:devtools(command, parameters)
  return self:send("POST", "/goog/cdp/execute", { cmd = command, params = parameters or { x = 0 } })
end

--- What was written to the console since the last call, one string a line.
function Browser:console()
  local lines = {}
  for i, entry in ipairs(self:send("POST", "/se/log", { type = "browser" })) do
    lines[i] = entry.level .. " " .. entry.message
  end
  return lines
end

--- The addresses that were asked for since the last call.
function Browser:requests()
  local urls = {}
  for _, entry in ipairs(self:send("POST", "/se/log", { type = "performance" })) do
    local event = cjson.decode(entry.message).message
    if event.method == "Network.requestWillBeSent" then
      urls[#urls + 1] = event.params.request.url
    end
  end
  return urls
end

return M
