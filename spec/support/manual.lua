--- The manual of the command, as a man page and as Markdown, from the table of commands.

local arguments = require "waba.cli.arguments"
local commands = require "waba.cli.commands"
local exit = require "waba.cli.exit"
local help = require "waba.cli.help"
local surroundings = require "waba.cli.surroundings"

local M = {}

local ABOUT = "waba manages the system users of WhatsApp Business Accounts through Meta's Graph "
  .. "API: who they are, which accounts they are on, and with which tasks. Data goes to standard "
  .. "output, words for people to standard error. On a terminal rows are a table, in a pipe lines "
  .. "with tabs between the columns; --json, --ndjson and --csv say otherwise. The access token "
  .. "never goes on the command line. Every command takes --sandbox, which needs neither a token "
  .. "nor a network."

local function paragraphs(text)
  local list = {}
  for paragraph in ((text or "") .. "\n\n"):gmatch("%s*(.-)\n\n") do
    if paragraph ~= "" then list[#list + 1] = paragraph end
  end
  return list
end

local function option_text(option)
  return option[3] or option[2]
end

local function exit_rows()
  local rows = {}
  for i, row in ipairs(exit.codes) do rows[i] = { tostring(row[1]), row[3] } end
  return rows
end

local function profile_rows()
  local rows = {}
  for i, row in ipairs(surroundings.keys) do rows[i] = { row[1], row[2] } end
  return rows
end

-- ---- man(7) -------------------------------------------------------------------------------------

-- A man page tells of when it was last changed; what is made from sources tells of their version.
local DATE = "2026-11-25"

local function roff(text)
  text = text:gsub("\\", "\\e"):gsub("%-", "\\-"):gsub("`([^`]+)`", "\\fB%1\\fR")
  return (text:gsub("^[.']", "\\&%0"))
end

local Page = {}
Page.__index = Page

function Page:line(...)
  self[#self + 1] = table.concat { ... }
end

--- Text in lines that begin where a word does.
function Page:text(text)
  for _, line in ipairs(help.wrap(text, 70)) do self:line(roff(line)) end
end

function Page:rows(rows)
  for _, row in ipairs(rows) do
    self:line(".TP")
    self:line("\\fB", roff(row[1]), "\\fR")
    self:text(row[2])
  end
end

local function written(option)
  if not option[3] then return "\\fB" .. roff(option[1]) .. "\\fR" end
  return ("\\fB%s\\fR \\fI%s\\fR"):format(roff(option[1]), roff(option[2]))
end

function Page:options(options)
  for _, option in ipairs(options) do
    self:line(".TP")
    self:line(written(option))
    self:text(option_text(option))
  end
end

function Page:command(command)
  self:line(".SS ", roff(command.name))
  self:line("\\fB", roff(help.usage(command)), "\\fR")
  self:line(".PP")
  self:text(command.summary .. ".")
  for _, paragraph in ipairs(paragraphs(command.text)) do
    self:line(".PP")
    self:text(paragraph)
  end
  self:rows(command.arguments or {})
  self:options(command.options or {})
  if command.columns then
    self:line(".PP")
    self:text("Columns: " .. table.concat(command.columns, ", ") .. ".")
  end
  self:line(".PP")
  self:line(".nf")
  for _, example in ipairs(command.examples) do self:line(roff(example)) end
  self:line(".fi")
end

---@return string
function M.man()
  local page = setmetatable({}, Page)
  page:line('.\\" Written by ./dev docs.')
  page:line(('.TH WABA 1 %s "waba %s"'):format(DATE, require("waba.core").version))
  page:line(".SH NAME")
  page:line("waba \\- manage system users on WhatsApp Business Accounts")
  page:line(".SH SYNOPSIS")
  page:line("\\fBwaba\\fR \\fICOMMAND\\fR [\\fIarguments\\fR] [\\fIoptions\\fR]")
  page:line(".SH DESCRIPTION")
  page:text(ABOUT)
  page:line(".SH COMMANDS")
  page:line("Their examples work as they are.")
  for _, command in ipairs(commands.all()) do page:command(command) end
  page:line(".SH OPTIONS")
  page:line("These are options of every command.")
  page:options(arguments.common)
  page:line(".SH EXIT STATUS")
  page:rows(exit_rows())
  page:line(".SH ENVIRONMENT")
  page:rows(surroundings.environment)
  page:line(".SH FILES")
  page:rows(surroundings.files)
  page:line(".PP")
  page:line("The keys of a profile:")
  page:rows(profile_rows())
  return table.concat(page, "\n") .. "\n"
end

-- ---- Markdown -----------------------------------------------------------------------------------

local function add(lines, ...)
  lines[#lines + 1] = table.concat { ... }
end

local function add_wrapped(lines, text)
  for _, line in ipairs(help.wrap(text, 100)) do add(lines, line) end
  add(lines, "")
end

local function cell(text)
  return (text:gsub("|", "\\|"))
end

local function add_table(lines, head, rows)
  if not rows[1] then return end
  add(lines, "| ", head[1], " | ", head[2], " |")
  add(lines, "|---|---|")
  for _, row in ipairs(rows) do add(lines, "| `", cell(row[1]), "` | ", cell(row[2]), " |") end
  add(lines, "")
end

local function option_rows(options)
  local rows = {}
  for i, option in ipairs(options or {}) do
    rows[i] = { help.option(option), option_text(option) }
  end
  return rows
end

local function add_command(lines, command)
  add(lines, "## waba ", command.name)
  add(lines, "")
  add_wrapped(lines, command.summary .. ".")
  add(lines, "    ", help.usage(command))
  add(lines, "")
  for _, paragraph in ipairs(paragraphs(command.text)) do add_wrapped(lines, paragraph) end
  add_table(lines, { "argument", "what" }, command.arguments or {})
  add_table(lines, { "option", "what" }, option_rows(command.options))
  if command.columns then
    add_wrapped(lines, "Columns: `" .. table.concat(command.columns, "`, `") .. "`.")
  end
  add(lines, "```sh")
  for _, example in ipairs(command.examples) do add(lines, example) end
  add(lines, "```")
  add(lines, "")
end

---@return string
function M.markdown()
  local lines = {}
  add(lines, "<!-- Written by ./dev docs. -->")
  add(lines, "# The command")
  add(lines, "")
  add_wrapped(lines, ABOUT)
  for _, command in ipairs(commands.all()) do add_command(lines, command) end
  add(lines, "## Options of every command")
  add(lines, "")
  add_table(lines, { "option", "what" }, option_rows(arguments.common))
  add(lines, "## Exit codes")
  add(lines, "")
  add_table(lines, { "code", "what" }, exit_rows())
  add(lines, "## Environment")
  add(lines, "")
  add_table(lines, { "variable", "what" }, surroundings.environment)
  add(lines, "## Files")
  add(lines, "")
  add_table(lines, { "file", "what" }, surroundings.files)
  add_wrapped(lines, "The keys of a profile:")
  add_table(lines, { "key", "what" }, profile_rows())
  lines[#lines] = nil
  return table.concat(lines, "\n") .. "\n"
end

return M
