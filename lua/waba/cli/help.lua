--- What `--help` says. All of it comes from the command's table, as do the man page and the docs.

local arguments = require "waba.cli.arguments"
local exit = require "waba.cli.exit"

local M = {}

local WIDTH = 79

--- Breaks a text into lines.
---@param text string
---@param width integer
---@return string[]
function M.wrap(text, width)
  local lines, line = {}, ""
  for word in text:gmatch("%S+") do
    if line ~= "" and #line + 1 + #word > width then
      lines[#lines + 1], line = line, word
    else
      line = line == "" and word or line .. " " .. word
    end
  end
  lines[#lines + 1] = line
  return lines
end

local COUNTS = { ["1"] = "%s", ["?"] = "[%s]", ["*"] = "[%s...]", ["+"] = "%s..." }

--- The line that shows how it is called.
---@param command waba.cli.Command
---@return string
function M.usage(command)
  local words = { "waba " .. command.name }
  for _, argument in ipairs(command.arguments or {}) do
    words[#words + 1] = COUNTS[argument[3] or "1"]:format(argument[1])
  end
  words[#words + 1] = "[options]"
  return table.concat(words, " ")
end

--- The option as it is written: "--timeout SECONDS".
function M.option(option)
  return option[3] and option[1] .. " " .. option[2] or option[1]
end

local INDENT = 26

local function add_rows(lines, title, rows)
  if not rows[1] then return end
  lines[#lines + 1] = ""
  lines[#lines + 1] = title
  for _, row in ipairs(rows) do
    local wrapped = M.wrap(row[2], WIDTH - INDENT)
    local first = "  " .. row[1]
    if #first > INDENT - 2 then
      lines[#lines + 1], first = first, ""
    end
    lines[#lines + 1] = first .. (" "):rep(INDENT - #first) .. wrapped[1]
    for i = 2, #wrapped do lines[#lines + 1] = (" "):rep(INDENT) .. wrapped[i] end
  end
end

local function add_text(lines, text)
  for paragraph in ((text or "") .. "\n\n"):gmatch("%s*(.-)\n\n") do
    if paragraph ~= "" then
      lines[#lines + 1] = ""
      for _, line in ipairs(M.wrap(paragraph, WIDTH)) do lines[#lines + 1] = line end
    end
  end
end

local function option_rows(options)
  local rows = {}
  for i, option in ipairs(options or {}) do
    rows[i] = { M.option(option), option[3] or option[2] }
  end
  return rows
end

--- The help of one command.
---@param command waba.cli.Command
---@return string
function M.command(command)
  local lines = { command.summary .. ".", "", "usage: " .. M.usage(command) }
  add_text(lines, command.text)
  local rows = {}
  for i, argument in ipairs(command.arguments or {}) do rows[i] = { argument[1], argument[2] } end
  add_rows(lines, "arguments", rows)
  add_rows(lines, "options", option_rows(command.options))
  add_rows(lines, "options of every command", option_rows(arguments.common))
  if command.columns then
    lines[#lines + 1] = ""
    lines[#lines + 1] = "columns: " .. table.concat(command.columns, ", ")
  end
  lines[#lines + 1] = ""
  lines[#lines + 1] = "examples, which work as they are"
  for _, example in ipairs(command.examples) do lines[#lines + 1] = "  " .. example end
  return table.concat(lines, "\n") .. "\n"
end

--- The help of `waba` itself.
---@param commands waba.cli.Command[]
---@return string
function M.overview(commands)
  local lines = { "Manage system users on WhatsApp Business Accounts.", "",
    "usage: waba COMMAND [arguments] [options]" }
  local rows = {}
  for i, command in ipairs(commands) do rows[i] = { command.name, command.summary } end
  add_rows(lines, "commands; waba COMMAND --help says more", rows)
  add_rows(lines, "options of every command", option_rows(arguments.common))
  rows = {}
  for i, row in ipairs(exit.codes) do rows[i] = { tostring(row[1]), row[3] } end
  add_rows(lines, "exit codes", rows)
  local surroundings = require "waba.cli.surroundings"
  add_rows(lines, "environment", surroundings.environment)
  add_rows(lines, "files", surroundings.files)
  return table.concat(lines, "\n") .. "\n"
end

return M
