--- Makes lua/waba/cli/width_data.lua from Unicode's files, which Debian's package unicode-data has:
--   lua5.4 spec/support/widths.lua >lua/waba/cli/width_data.lua
-- As a module: { folder =, text = fun(): string|nil }.

local M = { folder = "/usr/share/unicode/" }

local function lines_of(name)
  local file = io.open(M.folder .. name)
  return file and file:lines()
end

--- Calls `use` with the first and the last code point of every line, and what stands behind them.
local function each_range(name, use)
  local lines = assert(lines_of(name))
  for line in lines do
    local first, last, value = line:match("^(%x+)%.%.(%x+)%s*;%s*([%w_]+)")
    if not first then first, value = line:match("^(%x+)%s*;%s*([%w_]+)") end
    if first then use(tonumber(first, 16), tonumber(last or first, 16), value) end
  end
end

local function mark(set, first, last, value)
  for code = first, last do set[code] = value end
end

local ZERO = { Mn = true, Me = true, Cf = true }

--- Marks, and what is only there for its neighbours: nothing of its own to see.
local function zero_width()
  local set, from = {}, nil
  for line in assert(lines_of "UnicodeData.txt") do
    local code, name, category = line:match("^(%x+);([^;]*);(%a+)")
    code = tonumber(code, 16)
    if name:find("First>$") then from = code end
    if ZERO[category] then mark(set, name:find("Last>$") and from or code, code, true) end
  end
  mark(set, 0x1160, 0x11FF, true) -- Hangul vowels and finals join the consonant before them
  mark(set, 0xD7B0, 0xD7FF, true)
  set[0xAD] = nil
  each_range("PropList.txt", function(first, last, value)
    if value == "Prepended_Concatenation_Mark" then mark(set, first, last, nil) end
  end)
  return set
end

local function double_width(zero)
  local set = {}
  each_range("EastAsianWidth.txt", function(first, last, value)
    if value == "W" or value == "F" then mark(set, first, last, true) end
  end)
  for code in pairs(zero) do set[code] = nil end
  return set
end

--- First and last of every run, one after the other.
local function runs(set)
  local list = {}
  for code = 0, 0x10FFFF do
    if set[code] and not set[code - 1] then list[#list + 1] = code end
    if set[code] and not set[code + 1] then list[#list + 1] = code end
  end
  return list
end

local function listing(name, list)
  local lines, line = { ("  %s = {"):format(name) }, "   "
  for _, code in ipairs(list) do
    local word = (" 0x%X,"):format(code)
    if #line + #word > 99 then
      lines[#lines + 1], line = line, "   "
    end
    line = line .. word
  end
  lines[#lines + 1] = line
  lines[#lines + 1] = "  },"
  return table.concat(lines, "\n")
end

--- The text of the file; nil where Unicode's files are not installed.
function M.text()
  if not lines_of "UnicodeData.txt" then return nil end
  local version = lines_of("EastAsianWidth.txt")():match("(%d[%d.]+)%.txt")
  local zero = zero_width()
  local heading = ("--- Made by spec/support/widths.lua from UnicodeData, EastAsianWidth and "
    .. "PropList of Unicode %s."):format(version:match("^%d+"))
  local meaning = "-- First and last code point of every run that takes no column of a terminal, "
    .. "or two."
  return table.concat({
    heading, meaning,
    "", "return {", listing("zero", runs(zero)), listing("double", runs(double_width(zero))),
    "}", "",
  }, "\n")
end

if arg and arg[0] and arg[0]:find("widths.lua", 1, true) then
  io.write((assert(M.text(), "unicode-data is not installed")))
end

return M
