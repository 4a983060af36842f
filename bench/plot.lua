--- Draws figures as bars, into an SVG on standard output.
--   lua plot.lua <figures>
-- A line of figures is: panel <tab> name <tab> value <tab> how the value is written.

local WIDTH, NAMES, BARS = 760, 210, 440
local ROW, GAP, TITLE = 22, 18, 26

--- The panels in the order they come, each a list of { name, value, text }.
local function read(path)
  local panels = {}
  for line in io.lines(path) do
    local title, name, value, text = line:match("^([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)$")
    local panel = panels[title]
    if not panel then
      panel = { title = title, most = 0 }
      panels[title], panels[#panels + 1] = panel, panel
    end
    panel[#panel + 1] = { name = name, value = tonumber(value), text = text }
    panel.most = math.max(panel.most, tonumber(value))
  end
  return panels
end

local ESCAPES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" }

local function text(x, y, anchor, class, value)
  return ('<text x="%d" y="%d" text-anchor="%s" class="%s">%s</text>'):format(x, y, anchor, class,
    (value:gsub("[&<>]", ESCAPES)))
end

local function draw(panels)
  local out, y = {}, GAP
  local function add(line) out[#out + 1] = line end
  for _, panel in ipairs(panels) do
    add(text(12, y + 14, "start", "title", panel.title))
    y = y + TITLE
    for _, bar in ipairs(panel) do
      local length = panel.most > 0 and BARS * bar.value / panel.most or 0
      add(text(NAMES - 8, y + 14, "end", "name", bar.name))
      add(('<rect x="%d" y="%d" width="%.1f" height="%d" rx="2"/>'):format(NAMES, y + 3, length,
        ROW - 7))
      add(text(NAMES + math.floor(length) + 6, y + 14, "start", "value", bar.text))
      y = y + ROW
    end
    y = y + GAP
  end
  return table.concat(out, "\n"), y
end

local body, height = draw(read(arg[1]))
print(([[
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img">
<title>What a fleet costs</title>
<style>
svg { font: 13px system-ui, sans-serif; background: #fff }
text { fill: #1f2328 } .title { font-weight: 600 } .value { fill: #57606a } rect { fill: #25766b }
</style>
<rect width="100%%" height="100%%" style="fill:#fff"/>
%s
</svg>]]):format(WIDTH, height, WIDTH, height, body))
