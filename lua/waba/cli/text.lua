--- Text that is fit to be shown: names come from other people's accounts, and may hold anything.

local M = {}

-- What makes a terminal act, or turns the direction of what follows: controls of C0 and C1, and of
-- bidirectional text.
local ASCII_CONTROLS = "[%z\1-\31\127]"
local CONTROLS = {
  "\194[\128-\159]",
  "\226\128[\142\143\168-\174]",
  "\226\129[\166-\169]",
}

local function code_point(bytes)
  local a, b, c = bytes:byte(1, 3)
  if c then return (a - 0xE0) * 4096 + (b - 0x80) * 64 + (c - 0x80) end
  if b then return (a - 0xC0) * 64 + (b - 0x80) end
  return a
end

local function escaped(bytes)
  return ("\\u{%x}"):format(code_point(bytes))
end

-- The length of the character that begins here, or nil where the bytes are no UTF-8.
local function length_at(text, i)
  local lead = text:byte(i)
  local more = lead < 0x80 and 0 or lead < 0xC2 and -1 or lead < 0xE0 and 1 or lead < 0xF0 and 2
    or lead < 0xF5 and 3 or -1
  if more < 0 then return nil end
  local rest = text:sub(i + 1, i + more)
  if #rest < more or rest:find("[^\128-\191]") then return nil end
  local second = rest:byte(1)
  local bad = lead == 0xE0 and second < 0xA0 or lead == 0xED and second > 0x9F
    or lead == 0xF0 and second < 0x90 or lead == 0xF4 and second > 0x8F
  return not bad and more + 1 or nil
end

--- The same text, what is no UTF-8 in it replaced by U+FFFD.
---@param text string
---@return string
function M.valid(text)
  if not text:find("[\128-\255]") then return text end
  local parts, from, i = {}, 1, 1
  while i <= #text do
    local length = length_at(text, i)
    if not length then
      parts[#parts + 1] = text:sub(from, i - 1) .. "\239\191\189"
      from = i + 1
    end
    i = i + (length or 1)
  end
  parts[#parts + 1] = text:sub(from)
  return table.concat(parts)
end

local function each_control(text, replace)
  for _, pattern in ipairs(CONTROLS) do text = text:gsub(pattern, replace) end
  return text
end

--- One line, harmless to print.
---@param text string
---@return string
function M.line(text)
  return each_control(M.valid(text):gsub(ASCII_CONTROLS, escaped), escaped)
end

--- Several lines, each harmless to print.
---@param text string
---@return string
function M.lines(text)
  local result = {}
  for line in (text .. "\n"):gmatch("(.-)\n") do result[#result + 1] = M.line(line) end
  return table.concat(result, "\n")
end

--- JSON that says the same, with the controls that JSON lets through in strings written as escapes.
---@param json string
---@return string
function M.json(json)
  local function escape(bytes) return ("\\u%04x"):format(code_point(bytes)) end
  return each_control(M.valid(json):gsub("\127", escape), escape)
end

return M
