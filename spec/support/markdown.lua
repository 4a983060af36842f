--- What specs need to know of a Markdown file: its fenced blocks, its tables and its links.

local M = {}

function M.read(path)
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  return text
end

--- The Markdown files that people read, and whose commands are to run.
function M.files()
  local files = {}
  local pipe = assert(io.popen("ls README.md CONTRIBUTING.md docs/*.md"))
  for path in pipe:lines() do files[#files + 1] = path end
  pipe:close()
  return files
end

--- The fenced blocks of a file, in order. A block of `text` is the output of the block before it
--- where nothing but an empty line stands between them.
---@return { lang: string, text: string, line: integer, output: string|nil }[]
function M.blocks(path)
  local blocks, block, number, apart = {}, nil, 0, true
  for line in M.read(path):gmatch("([^\n]*)\n") do
    number = number + 1
    local fence, lang = line:match("^(```+)(.*)$")
    if block and fence == block.fence then
      block.text = table.concat(block.lines, "\n") .. "\n"
      local before = blocks[#blocks]
      if block.lang == "text" and not apart then before.output = block.text
      else blocks[#blocks + 1] = block end
      block, apart = nil, false
    elseif block then
      table.insert(block.lines, line)
    elseif fence then
      block = { fence = fence, lang = lang, line = number, lines = {} }
    elseif line ~= "" then
      apart = true
    end
  end
  assert(not block, path .. ": a block is not closed")
  return blocks
end

--- The first cells of the table rows under a heading.
function M.first_cells(path, heading)
  local section = M.read(path):match("\n## " .. heading .. "\n(.-)\n## ")
  local cells = {}
  for cell in assert(section, heading):gmatch("\n| `(.-)` |") do cells[#cells + 1] = cell end
  return cells
end

--- The targets of links within the repository.
function M.links(path)
  local links = {}
  for target in M.read(path):gmatch("%]%(([^)]+)%)") do
    if not target:find("^%a+:") then links[#links + 1] = target:match("^[^#]*") end
  end
  return links
end

return M
