--- A terminal for a spec: tmux, of its own, where a person's keys and looks are the spec's.

local socket = require "socket"

local command = require "spec.support.command"

local M = {}

local PATIENCE = 20 -- seconds until what is waited for must be there

local Terminal = {}
Terminal.__index = Terminal

local function quote(text)
  return "'" .. tostring(text):gsub("'", "'\\''") .. "'"
end

function Terminal:tmux(arguments)
  local pipe = assert(io.popen(("tmux -u -L %s -f /dev/null %s 2>&1"):format(self.name, arguments)))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

--- Opens a terminal that runs a shell line; "$LUA" bin/waba is the command.
---@param line string
---@param variables table<string, string>|nil
---@param size { columns: integer?, rows: integer? }|nil
function M.open(line, variables, size)
  local self = setmetatable({ name = "waba-spec-" .. os.tmpname():match("%w+$") }, Terminal)
  local words = {
    "env -u LUA_INIT -u LUA_PATH_5_4 -u LUA_CPATH_5_4 -u NO_COLOR",
    "-u WABA_ACCESS_TOKEN -u WABA_APP_SECRET -u WABA_API_VERSION -u WABA_GRAPH_URL",
    "LUA_PATH=" .. quote(package.path), "LUA_CPATH=" .. quote(package.cpath),
    "LUA=" .. quote(command.interpreter()), "LC_ALL=C.UTF-8",
  }
  for name, value in pairs(variables or {}) do words[#words + 1] = name .. "=" .. quote(value) end
  -- The exit code stays to be read until the terminal is closed; Ctrl-C is not for the shell.
  words[#words + 1] = "sh -c " .. quote("trap : INT\n" .. line .. '\necho "code $?."; sleep 60')
  size = size or {}
  self:tmux(("new-session -d -x %d -y %d %s"):format(size.columns or 100, size.rows or 30,
    quote(table.concat(words, " "))))
  return self
end

--- What can be seen.
---@param escapes boolean|nil with colours as escape sequences
function Terminal:screen(escapes)
  return self:tmux("capture-pane -p " .. (escapes and "-e" or ""))
end

--- Waits until it can be seen; raises where it does not come.
---@param pattern string
---@return string screen
function Terminal:await(pattern)
  local deadline = socket.gettime() + PATIENCE
  local screen
  repeat
    screen = self:screen()
    if screen:find(pattern) then return screen end
    socket.sleep(0.02)
  until socket.gettime() > deadline
  error(("%q does not come:\n%s"):format(pattern, screen), 2)
end

function Terminal:keys(keys)
  self:tmux("send-keys " .. keys)
end

function Terminal:close()
  self:tmux("kill-server")
end

--- Opens, uses and closes one, whatever comes of it.
function M.with(line, variables, use)
  local terminal = M.open(line, variables)
  local sound, message = pcall(use, terminal)
  terminal:close()
  if not sound then error(message, 0) end
end

return M
