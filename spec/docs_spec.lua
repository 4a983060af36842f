-- What the texts say about the code, held against the code.

local core = require("waba.core")
local markdown = require("spec.support.markdown")

local KINDS_HEAD = "| kind | retryable | meaning | example |\n|---|---|---|---|\n"

local function kinds_table()
  local rows = {}
  for i, kind in ipairs(core.kinds) do
    rows[i] = ("| `%s` | %s | %s | %s |\n"):format(
      kind.name, kind.retryable and "yes" or "no", kind.meaning, kind.example)
  end
  return table.concat(rows)
end

-- With UPDATE=1 the table in docs/errors.md is written anew instead of being compared.
local function write_kinds(text, from, to)
  local file = assert(io.open("docs/errors.md", "w"))
  file:write(text:sub(1, from - 1), kinds_table(), text:sub(to + 1))
  file:close()
end

local function names(rows)
  local list = {}
  for i, row in ipairs(rows) do list[i] = row.name or row end
  table.sort(list)
  return list
end

describe("docs/errors.md", function()
  it("has the core's table of kinds (UPDATE=1 writes it)", function()
    local text = markdown.read("docs/errors.md")
    local _, head_end = text:find(KINDS_HEAD, 1, true)
    local rest = text:find("\n\n", head_end, true)
    if os.getenv("UPDATE") then write_kinds(text, head_end + 1, rest) end
    assert.equal(kinds_table(), text:sub(head_end + 1, rest))
  end)

  it("names every field of an error", function()
    local text = markdown.read("docs/errors.md")
    local count = 0
    for field in markdown.read("lua/waba/err.lua"):gmatch("%-%-%-@field (%S+)") do
      assert.truthy(text:find("`" .. field .. "`", 1, true), field)
      count = count + 1
    end
    assert.is_true(count > 10)
  end)
end)

describe("README.md", function()
  it("has every option, and no other", function()
    assert.same(names(core.options), names(markdown.first_cells("README.md", "Options")))
  end)

  it("has the defaults of the core", function()
    local readme, source = markdown.read("README.md"), markdown.read("csrc/settings.c")
    local count = 0
    local patterns = { "SECONDS%(([%w_]+), (%d+)%)", 'TEXT%(([%w_]+), [%w_]+, "([^"]+)"%)' }
    for _, pattern in ipairs(patterns) do
      for name, preset in source:gmatch(pattern) do
        local row = readme:match("\n| `" .. name .. "` |[^\n]*")
        assert.equal(preset, (row:match("| ([^|]*) |$"):gsub("`", "")), name)
        count = count + 1
      end
    end
    assert.is_true(count >= 5)
  end)

  it("has no call that docs/operations.md does not have", function()
    local all = markdown.read("docs/operations.md")
    local calls = markdown.first_cells("README.md", "The calls")
    assert.is_true(#calls >= 4)
    for _, call in ipairs(calls) do
      assert.truthy(all:find("\n| `" .. call .. "` |", 1, true), call)
    end
  end)
end)

describe("docs/operations.md", function()
  it("has every row of csrc/op.c once, with its parameters in order", function()
    local text = markdown.read("docs/operations.md"):gsub("_id", "")
    for _, operation in ipairs(core.operations) do
      local words = {}
      for _, param in ipairs(operation.params) do
        if param.passed then words[#words + 1] = param.name:gsub("_id", "") end
      end
      local expected = ("client:%s(%s [, options])"):format(
        operation.name, table.concat(words, ", "))
      assert.truthy(text:find("\n| `" .. expected .. "` |", 1, true), expected)
      local _, count = text:gsub("\n| `client:" .. operation.name .. "%(", "")
      assert.equal(1, count, operation.name)
    end
  end)
end)

describe("links in", function()
  for _, path in ipairs(markdown.files()) do
    it(path .. " lead somewhere", function()
      for _, target in ipairs(markdown.links(path)) do
        local file = io.open((path:match("^.*/") or "") .. target)
        assert(file, "no such file: " .. target):close()
      end
    end)
  end
end)
