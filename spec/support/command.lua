--- Runs commands from a spec, bounded in time, with this process's VM and modules.

local M = {}

-- Seconds after which a command is ended, and its spec fails. Generous: valgrind is slow.
local PATIENCE = 120

local function quote(text)
  return "'" .. tostring(text):gsub("'", "'\\''") .. "'"
end

--- The interpreter this spec runs on.
function M.interpreter()
  local first = 0
  while arg and arg[first - 1] do first = first - 1 end
  return first < 0 and arg[first] or (rawget(_G, "jit") and "luajit" or "lua5.4")
end

-- With this process's paths, and without what would win over them or over the variables.
local function with_environment(variables)
  local words = {
    "env -u LUA_INIT -u LUA_PATH_5_4 -u LUA_CPATH_5_4",
    "-u WABA_ACCESS_TOKEN -u WABA_APP_ID -u WABA_APP_SECRET -u WABA_API_VERSION -u WABA_GRAPH_URL",
    "LUA_PATH=" .. quote(package.path), "LUA_CPATH=" .. quote(package.cpath),
    "LUA=" .. quote(M.interpreter()),
  }
  for name, value in pairs(variables or {}) do words[#words + 1] = name .. "=" .. quote(value) end
  return table.concat(words, " ")
end

--- Runs a shell command.
---@param command string finds the interpreter in $LUA
---@param variables? table<string, string> of the environment
---@return string output both streams
---@return integer status
function M.run(command, variables)
  local line = ("timeout %d %s sh -c %s 2>&1; echo $?"):format(
    PATIENCE, with_environment(variables), quote(command))
  local pipe = assert(io.popen(line))
  local output, status = pipe:read("*a"):match("^(.-)(%d+)\n$")
  pipe:close()
  return output, tonumber(status)
end

--- Runs a Lua script on this VM.
---@param arguments string the script and what follows, as in a shell
function M.lua(arguments, variables)
  return M.run('"$LUA" ' .. arguments, variables)
end

--- Runs a spec on this VM.
---@param path string
function M.busted(path, variables)
  return M.lua("\"$(command -v busted)\" -o TAP " .. quote(path), variables)
end

--- Writes a text to a file that is removed after `use`, whatever comes of it. Its name is one that
--- busted takes for a spec.
---@param text string
---@param use fun(path: string)
function M.with_file(text, use)
  local reserved = os.tmpname()
  local path = reserved .. "_spec.lua"
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
  local ok, message = pcall(use, path)
  os.remove(path)
  os.remove(reserved)
  if not ok then error(message, 0) end
end

return M
