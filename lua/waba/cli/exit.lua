--- How the command ends: the exit codes, and failures on their way to one.

local M = {}

---@class waba.cli.Failure raised by a command, told and turned into an exit code in one place
---@field code integer
---@field message string
---@field hint string|nil the way out

--- The whole table, in order: code, its name here, what it says.
M.codes = {
  { 0, "done", "everything that was asked for is done" },
  { 1, "failed", "Graph, the network or this machine did not do it" },
  { 2, "usage", "the command line, or a value in it or in its file, is wrong; nothing was sent" },
  { 3, "partial", "some items failed, or it is not verified or not known what became of a write" },
  { 4, "refused", "a guard held it back: it takes access away and was not confirmed" },
  { 7, "auth", "the access token or the app secret is missing or not accepted" },
  { 8, "throttled", "Graph's limits left no room before the time was up" },
  { 130, "interrupted", "Ctrl-C; the report says what was done, is not known, was not begun" },
}

for _, row in ipairs(M.codes) do M[row[2]] = row[1] end

local failure_mt = { __name = "waba.cli.Failure", __tostring = function(f) return f.message end }

--- Ends the command: raises what `waba.cli` catches.
---@param name string of the code
---@param message string
---@param hint string|nil
function M.fail(name, message, hint)
  error(setmetatable({ code = assert(M[name]), message = message, hint = hint }, failure_mt), 0)
end

---@return boolean
function M.is_failure(raised)
  return getmetatable(raised) == failure_mt
end

--- Which ends what fails: by the kind of an error of the library. A value that was refused before
--- anything was sent is a mistake of usage.
---@param err waba.Error
---@return integer
function M.of(err)
  if err.kind == "auth" then return M.auth end
  if err.kind == "throttled" then return M.throttled end
  if err.kind == "unverified" or err.kind == "indeterminate" then return M.partial end
  if err.kind == "invalid" and err.attempts == 0 then return M.usage end
  return M.failed
end

return M
