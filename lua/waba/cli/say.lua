--- Words for people, on standard error. Data is output.lua's, on standard output.

local text = require "waba.cli.text"

---@class waba.cli.Say
---@field quiet boolean
local Say = {}
Say.__index = Say

local M = {}

---@param stream file*|nil default standard error
---@return waba.cli.Say
function M.new(stream)
  return setmetatable({ stream = stream or io.stderr, quiet = false }, Say)
end

local function write(self, lines)
  if self.before then self.before() end
  self.stream:write(text.lines(lines), "\n")
end

--- What one may do without.
---@param lines string
function Say:note(lines)
  if not self.quiet then write(self, lines) end
end

--- What has gone wrong: told also when quiet.
---@param message string
---@param hint string|nil
function Say:problem(message, hint)
  write(self, "waba: " .. message .. (hint and "\nhint: " .. hint or ""))
end

return M
