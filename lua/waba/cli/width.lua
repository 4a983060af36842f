--- How many columns of a terminal a text takes, in any script.
--
-- Marks and joiners take none, East Asian wide characters and emoji two. What joins the character
-- before it into one picture adds nothing: a skin tone, or what follows a zero-width joiner.

local data = require "waba.cli.width_data"

local JOINER, PICTURE = 0x200D, 0xFE0F

--- Whether a code point is in one of the runs.
local function within(runs, code)
  local low, high = 1, #runs / 2
  while low <= high do
    local middle = math.floor((low + high) / 2)
    if code < runs[2 * middle - 1] then high = middle - 1
    elseif code > runs[2 * middle] then low = middle + 1
    else return true end
  end
  return false
end

local function width_of(code)
  if code < 0x300 then return 1 end
  return within(data.zero, code) and 0 or within(data.double, code) and 2 or 1
end

local function is_skin_tone(code)
  return code >= 0x1F3FB and code <= 0x1F3FF
end

local function code_of(char)
  local a, b, c, d = char:byte(1, 4)
  if not b then return a end
  if not c then return (a - 0xC0) * 0x40 + b - 0x80 end
  if not d then return (a - 0xE0) * 0x1000 + (b - 0x80) * 0x40 + c - 0x80 end
  return (a - 0xF0) * 0x40000 + (b - 0x80) * 0x1000 + (c - 0x80) * 0x40 + d - 0x80
end

---@param text string valid UTF-8 without controls
---@return integer
return function(text)
  if not text:find("[\128-\255]") then return #text end
  local total, last, joined = 0, 0, false
  for char in text:gmatch("[%z\1-\127\194-\244][\128-\191]*") do
    local code = code_of(char)
    local width = width_of(code)
    if code == PICTURE and last == 1 then -- a sign that is to be shown as a picture
      width, last = 1, 2
    elseif last == 2 and width == 2 and (joined or is_skin_tone(code)) then
      width = 0
    elseif width > 0 then
      last = width
    end
    total = total + width
    joined = code == JOINER
  end
  return total
end
