--- Rows on standard output: a table on a terminal, lines with tabs in a pipe, or what is asked for.

local env = require "waba.env"
local exit = require "waba.cli.exit"
local text = require "waba.cli.text"

local M = {}

---@class waba.cli.Rows
---@field columns string[]
---@field add fun(self, row: table<string, any>)
---@field finish fun(self)

local EPIPE = 32

local function check(sound, message, code)
  if sound then return end
  exit.fail(code == EPIPE and "closed" or "failed", "standard output: " .. tostring(message))
end

--- Everything written goes through here: what cannot be written ends the command.
local function write(...)
  check(io.stdout:write(...))
end
M.write = write

--- Some failures show only here.
function M.flush()
  check(io.stdout:flush())
end

local function cell(value)
  if value == nil then return "" end
  if type(value) == "table" then return table.concat(value, ",") end
  return tostring(value)
end

local function cells(row, columns, clean)
  local list = {}
  for i, column in ipairs(columns) do list[i] = clean(cell(row[column])) end
  return list
end

-- ---- JSON ---------------------------------------------------------------------------------------

local function json_value(json, value)
  if value == nil then return "null" end
  if type(value) == "table" and #value > 0 or type(value) == "table" and next(value) == nil then
    local items = {}
    for i, item in ipairs(value) do items[i] = json_value(json, item) end
    return "[" .. table.concat(items, ",") .. "]"
  end
  return text.json(json.encode(value))
end

local function json_row(row, columns)
  local json, members = require("waba.core").json, {}
  for i, column in ipairs(columns) do
    members[i] = ('"%s":%s'):format(column, json_value(json, row[column]))
  end
  return "{" .. table.concat(members, ",") .. "}"
end

local Json = {}
Json.__index = Json

function Json:add(row)
  write(self.begun and ",\n" or "[\n", json_row(row, self.columns))
  self.begun = true
end

function Json:finish()
  write(self.begun and "\n]\n" or "[]\n")
end

local Ndjson = { finish = function() end }
Ndjson.__index = Ndjson

function Ndjson:add(row)
  write(json_row(row, self.columns), "\n")
end

-- ---- lines --------------------------------------------------------------------------------------

local function as_is(value) return value end

local Csv = { finish = function() end }
Csv.__index = Csv

local function csv_line(list)
  local csv = require "waba.cli.csv"
  for i, value in ipairs(list) do list[i] = csv.cell(value) end
  write(table.concat(list, ","), "\n")
end

function Csv:add(row)
  csv_line(cells(row, self.columns, self.terminal and text.line or as_is))
end

local Tabs = { finish = function() end }
Tabs.__index = Tabs

function Tabs:add(row)
  write(table.concat(cells(row, self.columns, text.line), "\t"), "\n")
end

-- ---- a table ------------------------------------------------------------------------------------

local Table = {}
Table.__index = Table

function Table:add(row)
  self.lines[#self.lines + 1] = cells(row, self.columns, text.line)
end

function Table:finish()
  local width, widths, heads = require "waba.cli.width", {}, {}
  for i, column in ipairs(self.columns) do
    heads[i] = column:upper()
    widths[i] = #column
    for _, line in ipairs(self.lines) do widths[i] = math.max(widths[i], width(line[i])) end
  end
  local function print_line(line, before, after)
    local parts = {}
    for i, value in ipairs(line) do
      local gap = i < #line and (" "):rep(widths[i] - width(value) + 2) or ""
      parts[i] = value .. gap
    end
    write(before, table.concat(parts), after, "\n")
  end
  local color = self.terminal and not M.no_color()
  print_line(heads, color and "\27[1m" or "", color and "\27[0m" or "")
  for _, line in ipairs(self.lines) do print_line(line, "", "") end
end

-- ------------------------------------------------------------------------------------------------

--- Whether colours are not wanted: https://no-color.org
function M.no_color()
  return env "NO_COLOR" ~= nil or env "TERM" == "dumb"
end

--- The columns that --fields names, out of those there are.
---@param fields string|nil
---@param columns string[]
---@return string[]
function M.select(fields, columns)
  if not fields then return columns end
  local known, chosen = {}, {}
  for _, column in ipairs(columns) do known[column] = true end
  for name in fields:gmatch("[^,]+") do
    if not known[name] then
      exit.fail("usage", ("--fields names %q, which is no column"):format(name),
        "the columns are " .. table.concat(columns, ", "))
    end
    chosen[#chosen + 1] = name
  end
  if not chosen[1] then exit.fail("usage", "--fields names no column") end
  return chosen
end

---@param options table json, ndjson, csv, fields
---@param columns string[]
---@return waba.cli.Rows
function M.new(options, columns)
  local terminal = require("waba.posix").isatty(1)
  local class = options.json and Json or options.ndjson and Ndjson or options.csv and Csv
    or terminal and Table or Tabs
  local self = setmetatable({ columns = M.select(options.fields, columns), lines = {},
    terminal = terminal }, class)
  if class == Csv then
    local heads = {}
    for i, column in ipairs(self.columns) do heads[i] = column end
    csv_line(heads)
  end
  return self
end

return M
