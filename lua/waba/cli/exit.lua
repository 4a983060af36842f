--- How the command ends: the exit codes, and failures on their way to one.

local M = {}

---@class waba.cli.Failure raised by a command, told and turned into an exit code in one place
---@field code integer
---@field message string
---@field hint string|nil the way out
---@field silent boolean|nil nothing is to be said

--- The whole table, in order: code, its name here, what it says.
M.codes = {
  { 0, "done", "everything that was asked for is done" },
  { 1, "failed", "Graph, the network or this machine did not do it" },
  { 2, "usage", "the command line, or a value in it or in its file, is wrong; nothing was sent" },
  { 3, "partial", "some items failed or could not be read, or it is not verified or not known "
    .. "what became of a write" },
  { 4, "refused", "a guard held it back: access was to go and nobody said yes, a name is that of "
    .. "several, or a file with a secret in it is open to others" },
  { 7, "auth", "the access token or the app secret is missing or not accepted" },
  { 8, "throttled", "Graph's limits left no room before the time was up" },
  { 130, "interrupted", "Ctrl-C; the report says what was done, is not known, was cut short, was "
    .. "not begun" },
  { 141, "closed", "whoever read standard output has left; nothing is said about it" },
}

for _, row in ipairs(M.codes) do M[row[2]] = row[1] end

local failure_mt = { __name = "waba.cli.Failure", __tostring = function(f) return f.message end }

--- Ends the command: raises what `waba.cli` catches.
---@param name string of the code
---@param message string
---@param hint string|nil
function M.fail(name, message, hint)
  local failure = { code = assert(M[name]), message = message, hint = hint,
    silent = name == "closed" }
  error(setmetatable(failure, failure_mt), 0)
end

--- The same for an error of the library.
---@param err waba.Error
---@param what string|nil which value it was about
function M.give_up(err, what)
  local message, hint = M.describe(err, what)
  error(setmetatable({ code = M.of(err), message = message, hint = hint }, failure_mt), 0)
end

--- An error of any kind for people to read.
---@param err waba.Error|waba.cli.Failure|any
---@param what string|nil which value it was about
---@return string message
---@return string|nil hint
function M.describe(err, what)
  local hint, message = type(err) == "table" and err.hint or nil, tostring(err)
  if hint then
    local tail = "\nhint: " .. hint
    if message:sub(-#tail) == tail then message = message:sub(1, -#tail - 1) end
  end
  return what and what .. ": " .. message or message, hint
end

---@return boolean
function M.is_failure(raised)
  return getmetatable(raised) == failure_mt
end

M.is_interrupt = require "waba.interrupt"

--- Which ends what fails: by the kind of an error of the library. A value that was refused before
--- anything was sent is a mistake of usage.
---@param err waba.Error|waba.cli.Failure|any
---@return integer
function M.of(err)
  if type(err) ~= "table" then return M.failed end
  if err.code and M.is_failure(err) then return err.code end
  if err.kind == "auth" then return M.auth end
  if err.kind == "throttled" then return M.throttled end
  if err.kind == "unverified" or err.kind == "indeterminate" then return M.partial end
  if err.kind == "refused" and err.attempts == 0 then return M.refused end
  if err.kind == "invalid" and err.attempts == 0 then return M.usage end
  return M.failed
end

return M
