--- Runs the examples of spec/golden/*.md: a call, the exact requests it sends, the replies they
-- get, and the exact result. A file for every operation; its first lines say how to read it.

local core = require "waba.core"
local stub = require "spec.support.stub"
local waba = require "waba"

local KINDS = { lua = true, http = true, reply = true, result = true }

local function read_file(path)
  local file = io.open(path, "r")
  if not file then return nil end
  local text = file:read("*a")
  file:close()
  return text
end

--- Splits a file into examples: { title, lua, result, exchanges = { { http, reply } } }.
local function parse(text)
  local examples, title, fence, lines, example = {}, "?", nil, nil, nil
  local function close()
    local block = table.concat(lines, "\n")
    if fence == "lua" then
      example = { title = title, lua = block, exchanges = {} }
      examples[#examples + 1] = example
    elseif fence == "http" then
      table.insert(example.exchanges, { http = block })
    elseif fence == "reply" then
      example.exchanges[#example.exchanges].reply = block
    else
      example.result = block
    end
    fence = nil
  end
  for line in (text .. "\n"):gmatch("(.-)\n") do
    if fence then
      if line == "```" then close() else lines[#lines + 1] = line end
    else
      title = line:match("^##+ (.*)") or title
      fence, lines = line:match("^```(%l+)$"), {}
      assert(not fence or KINDS[fence], "a block of no known kind: " .. line)
    end
  end
  assert(not fence, "a block without an end")
  return examples
end

--- A request as it is written in the files: the headers in alphabetical order, Host among them.
local function show(request)
  local host, path = request.url:match("^%l+://([^/]*)(/.*)$")
  local headers = { "Host: " .. host }
  for name, value in pairs(request.headers) do headers[#headers + 1] = name .. ": " .. value end
  table.sort(headers)
  local text = request.method .. " " .. path .. "\n" .. table.concat(headers, "\n")
  if request.body then text = text .. "\n\n" .. request.body end
  return (text:gsub("waba/%d+%.%d+%.%d+", "waba/{version}"))
end

--- "200", header lines, an empty line, the body; or "no reply (network, sent): message".
local function read_reply(text)
  local kind, sent, message = text:match("^no reply %((%l+), (%l+)%): (.*)$")
  if kind then return stub.lost(message, kind, sent == "sent") end
  local head, body = (text .. "\n"):match("^(.-\n)\n(.*)\n$")
  head = head or text .. "\n"
  local headers = {}
  for name, value in head:gmatch("\n([%w-]+): ([^\n]*)") do headers[name:lower()] = value end
  return stub.reply(tonumber(head:match("^%d+")), body, headers)
end

local function compile(text, env, name)
  local chunk, err
  if setfenv then -- luacheck: ignore
    chunk, err = loadstring(text, name) -- luacheck: ignore
    if chunk then setfenv(chunk, env) end -- luacheck: ignore
  else
    chunk, err = load(text, name, "t", env)
  end
  return chunk, err
end

local function evaluate(text, env)
  return assert(compile("return " .. text, env, "=golden") or compile(text, env, "=golden"))()
end

local function run(example)
  local answers = {}
  for i, exchange in ipairs(example.exchanges) do
    assert(exchange.reply, "an http block without its reply")
    answers[i] = read_reply(exchange.reply)
  end
  answers[#answers + 1] = function() error("one request too many", 0) end
  local transport, requests = stub.transport(answers)
  local function new(options)
    options.transport, options.clock = transport, stub.clock()
    options.access_token = options.access_token or stub.TOKEN
    options.max_attempts = options.max_attempts or 1
    return assert(waba.new(options))
  end
  local first, second = evaluate(example.lua, { client = new {}, waba = { new = new } })
  return first, second, requests
end

local function show_all(list)
  local texts = {}
  for i, item in ipairs(list) do texts[i] = type(item) == "table" and item.http or item end
  return table.concat(texts, "\n\n--\n\n")
end

local function advice(name)
  return ([[
spec/golden/%s.md has no example. Write one, in this order: a heading (## what it shows); a block
```lua with the call, such as client:%s(...); a block ```http with the exact request; a block
```reply with the status, an empty line and the body; a block ```result with what the call
returns.]]):format(name, name)
end

describe("golden", function()
  for _, operation in ipairs(core.operations) do
    local text = read_file("spec/golden/" .. operation.name .. ".md")
    local examples = text and parse(text) or {}

    describe(operation.name, function()
      it("has an example that succeeds and one that fails", function()
        assert(examples[1], advice(operation.name))
        local fails, succeeds = 0, 0
        for _, example in ipairs(examples) do
          local failed = example.result:find("^nil,")
          fails, succeeds = fails + (failed and 1 or 0), succeeds + (failed and 0 or 1)
        end
        assert.is_true(fails > 0 and succeeds > 0)
      end)

      for _, example in ipairs(examples) do
        it(example.title .. ": sends exactly this", function()
          local _, _, requests = run(example)
          local sent = {}
          for i, request in ipairs(requests) do sent[i] = show(request) end
          assert.equal(show_all(example.exchanges), show_all(sent))
        end)

        it(example.title .. ": returns exactly this", function()
          local first, second = run(example)
          local expected_first, expected_second = evaluate(example.result, {})
          assert.same({ expected_first, expected_second }, { first, second })
        end)
      end
    end)
  end
end)
