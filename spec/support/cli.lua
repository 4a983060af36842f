--- Runs the command from a spec: its two streams apart, and its exit code.

local command = require "spec.support.command"

local M = {}

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

--- Runs `waba`.
---@param arguments string as in a shell, pipes and redirections too
---@param variables table<string, string>|nil of the environment
---@return string out
---@return string err
---@return integer code
function M.waba(arguments, variables)
  return M.shell('"$LUA" bin/waba ' .. arguments, variables)
end

--- Runs a shell command in which "$LUA" bin/waba is the command.
function M.shell(line, variables)
  local out_path, err_path = os.tmpname(), os.tmpname()
  local _, code = command.run(("{ %s\n} >%s 2>%s"):format(line, out_path, err_path), variables)
  local out, err = read(out_path), read(err_path)
  os.remove(out_path)
  os.remove(err_path)
  return out, err, code
end

return M
