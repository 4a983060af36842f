--- CSV as RFC 4180 has it, read record by record: a file of a million lines takes no memory.
--
-- Names are what others chose, and a spreadsheet carries out a cell that begins as a formula does.
-- Such a cell is written with an apostrophe before it, which is taken away where it is read; and so
-- is one that would be taken for a cell with an apostrophe.

local exit = require "waba.cli.exit"

local M = {}

local BOM = "^\239\187\191"
local LONGEST = 65536 -- bytes of a record
local BLOCK = 65536

local FORMULA = "^'*[=+@\t\r\n-]" -- as OWASP lists them

--- A cell as it is written.
---@param value string
---@return string
function M.cell(value)
  if value:find(FORMULA) then value = "'" .. value end
  if not value:find '[",\r\n]' then return value end
  return '"' .. value:gsub('"', '""') .. '"'
end

local function meant(value)
  if value:find "^'" and value:find(FORMULA) then return value:sub(2) end
  return value
end

local function bad(self, message)
  exit.fail("usage", ("%s:%d: %s"):format(self.name, self.first, message))
end

--- The next line with its end. By blocks: LuaJIT's own reading of lines loses what follows a NUL.
local function next_line(self)
  while true do
    local last = self.block:find("\n", self.at, true)
    local more, reason
    if not last then more, reason = self.file:read(BLOCK) end
    if reason then exit.fail("failed", ("%s: %s"):format(self.name, reason)) end
    if more then
      self.block, self.at = self.block:sub(self.at) .. more, 1
      if #self.block > BLOCK + LONGEST then bad(self, "longer than 64 KiB") end
    else
      local line = self.block:sub(self.at, last)
      if line == "" then return nil end
      self.at, self.line = self.at + #line, self.line + 1
      return self.line == 1 and (line:gsub(BOM, "")) or line
    end
  end
end

local function rewind(self)
  self.file:seek("set")
  self.block, self.at, self.line = "", 1, 0
end

--- Splits a record whose quotes are closed.
local function split(self, record)
  local cells, at = {}, 1
  while true do
    local value, after
    if record:byte(at) == 34 then
      local from = at + 1
      local close = record:find('"', from, true)
      while close and record:byte(close + 1) == 34 do close = record:find('"', close + 2, true) end
      if not close then bad(self, "a quote is not closed") end
      value, after = record:sub(from, close - 1):gsub('""', '"'), close + 1
      if after <= #record and record:byte(after) ~= 44 then
        bad(self, "there is something between a closing quote and the comma")
      end
    else
      after = record:find(",", at, true) or #record + 1
      value = record:sub(at, after - 1)
      if value:find('"', 1, true) then bad(self, "a quote in a cell without quotes around it") end
    end
    cells[#cells + 1] = value
    if after > #record then return cells end
    at = after + 1
  end
end

local function open_quote(text)
  return select(2, text:gsub('"', "")) % 2 == 1
end

--- The next record's cells; nil at the end. Empty lines are no records.
---@return string[]|nil
local function next_record(self)
  while true do
    local record = next_line(self)
    if not record then return nil end
    self.first = self.line
    local open = open_quote(record)
    while open do
      local more = #record <= LONGEST and next_line(self)
      if not more then bad(self, "a quote is not closed") end
      record, open = record .. more, not open_quote(more)
    end
    record = record:gsub("\r?\n$", "")
    if #record > LONGEST then bad(self, "longer than 64 KiB") end
    if record:find("%z") then bad(self, "a NUL byte: is this CSV, in UTF-8?") end
    if record ~= "" then return split(self, record) end
  end
end

local function read_header(self, known)
  local header = next_record(self)
  self.first = 1
  if not header then bad(self, "it is empty; the first line names the columns") end
  local at, any = {}, false
  for i, name in ipairs(header) do
    name = name:lower():match("^%s*(.-)%s*$")
    if at[name] then bad(self, ("the column %q is there twice"):format(name)) end
    at[name] = i
    any = any or known[name]
  end
  if not any then
    local names = {}
    for name in pairs(known) do names[#names + 1] = name end
    table.sort(names)
    bad(self, "the first line names no known column; known are " .. table.concat(names, ", "))
  end
  self.width = #header
  return at
end

---@class waba.cli.Csv
---@field has table<string, integer> columns of the file, by name
---@field records fun(self): fun(): table<string, string>|nil, integer|nil  values, line
local Csv = {}
Csv.__index = Csv

--- Opens a CSV file whose first line names the columns.
---@param file file*
---@param name string for messages
---@param known table<string, true> columns that may be used
---@return waba.cli.Csv
function M.open(file, name, known)
  local self = setmetatable({ file = file, name = name, first = 1, known = known }, Csv)
  rewind(self)
  self.has = read_header(self, known)
  return self
end

--- Goes through the records from the first one on.
function Csv:records()
  rewind(self)
  next_record(self)
  return function()
    local cells = next_record(self)
    if not cells then return nil end
    if #cells ~= self.width then
      bad(self, ("%d columns, where the first line names %d"):format(#cells, self.width))
    end
    local values = {}
    for column in pairs(self.known) do
      local cell = cells[self.has[column]]
      values[column] = cell and meant(cell:match("^%s*(.-)%s*$"))
    end
    return values, self.first
  end
end

return M
