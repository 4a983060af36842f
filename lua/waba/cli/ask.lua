--- Asks a person, before something is taken away.

local exit = require "waba.cli.exit"
local text = require "waba.cli.text"

local M = {}

local LONG = 3600 -- seconds

--- Returns where the answer is yes, and ends the command otherwise. `--yes` answers beforehand.
---@param ctx waba.cli.Context
---@param question string
function M.confirm(ctx, question)
  local posix = require "waba.posix"
  if ctx.options.yes or ctx.options.dry_run then return end
  if not (posix.isatty(0) and posix.isatty(2)) then
    exit.fail("refused", question:gsub("%?$", "") .. ": nobody is there to be asked",
      "--yes says so beforehand; --dry-run shows what would be sent")
  end
  io.stderr:write(text.line(question), " [y/N] ")
  io.stderr:flush()
  posix.wait(0, LONG) -- unlike reading, it ends when Ctrl-C is pressed
  local answer = io.read("*l") or ""
  if answer:lower():find("^%s*y") then return end
  exit.fail("refused", "not confirmed; nothing was done")
end

return M
