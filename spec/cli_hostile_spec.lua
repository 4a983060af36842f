--- What a hostile server, file or reader does to the command; and that no secret leaves it.

local cli = require "spec.support.cli"
local csv = require "waba.cli.csv"
local servers = require "spec.support.server"
local text = require "waba.cli.text"
local world = require("waba.sandbox").world

local TOKEN, SECRET = "CANARYtoken|x_0123456789", "CANARYsecret0123456789"

local function file_with(content, use)
  local path = os.tmpname()
  local file = assert(io.open(path, "w+b"))
  file:write(content)
  file:seek("set")
  local sound, message = pcall(use, file, path)
  file:close()
  os.remove(path)
  if not sound then error(message, 0) end
end

describe("text that is shown", function()
  it("has no control characters, no turns of direction, and is UTF-8", function()
    for raw, shown in pairs {
      ["a\27[31mb"] = "a\\u{1b}[31mb",
      ["a\0b\127"] = "a\\u{0}b\\u{7f}",
      ["two\nlines\tand"] = "two\\u{a}lines\\u{9}and",
      ["\194\155 31m"] = "\\u{9b} 31m",
      ["\226\128\174txt"] = "\\u{202e}txt",
      ["\226\129\166x\226\129\169"] = "\\u{2066}x\\u{2069}",
      ["\255a\192\175"] = "\239\191\189a\239\191\189\239\191\189",
      ["\237\160\128"] = "\239\191\189\239\191\189\239\191\189",
      ["\240\159\145"] = "\239\191\189\239\191\189\239\191\189",
      ["Zoë 日本 👍"] = "Zoë 日本 👍",
    } do
      assert.equal(shown, text.line(raw))
    end
    assert.equal("a\\u{7}\nb", text.lines "a\7\nb")
    assert.equal('{"a":"\\u009b\\u007f\\u202e"}', text.json '{"a":"\194\155\127\226\128\174"}')
  end)
end)

describe("a CSV file", function()
  local KNOWN = { waba = true }

  local function count(content, options)
    local records
    file_with(content, function(file)
      local list = csv.open(file, "f", KNOWN)
      for _ = 1, 2 do -- it can be read again
        records = {}
        for values, line in list:records() do
          records[#records + 1] = options and line or values.waba
        end
      end
    end)
    return records
  end

  local function refused(message, content)
    local sound, failure = pcall(count, content)
    assert.is_false(sound)
    assert.truthy(tostring(failure):find(message, 1, true), tostring(failure))
  end

  it("is refused where a line has no end, or a cell", function()
    refused("f:1: longer than 64 KiB", ("x"):rep(200000))
    refused("f:2: longer than 64 KiB", "waba\n" .. ("x"):rep(70000) .. "\n1\n")
    refused("f:2: a quote is not closed", 'waba\n"' .. ("x\n"):rep(50000))
    refused("f:2: a NUL byte", "waba\n1\0002\n")
    refused("f:1: a NUL byte", "w\0a\0b\0a\0\n\0")
  end)

  it("holds no formula, and is read back as it was meant", function()
    local written = {
      ["=1+1"] = "'=1+1", ["+1"] = "'+1", ["-1"] = "'-1", ["@A1"] = "'@A1", ["'=1"] = "''=1",
      ["\tx"] = "'\tx", ["\rx"] = "\"'\rx\"", ['=X("a","b")'] = "\"'=X(\"\"a\"\",\"\"b\"\")\"",
      ["102290129340398"] = "102290129340398", ["Night-shift = 1"] = "Night-shift = 1",
      ["'n' Roll"] = "'n' Roll", ["'"] = "'", [""] = "", ['a "b", c'] = '"a ""b"", c"',
    }
    for value, cell in pairs(written) do
      assert.equal(cell, csv.cell(value))
      assert.same({ value, "x" }, count("waba,id\n" .. cell .. ",1\nx,2\n"))
    end
  end)

  it("knows the line of every record", function()
    assert.same({ 3, 4, 7 }, count('waba\n\n1\n"2\n\n"\n3', true))
  end)

  it("of many lines takes no memory", function()
    file_with("waba,note\r\n" .. ('102290129340398,"a ""note"", with commas"\r\n'):rep(100000),
      function(file)
        local list, records, most = csv.open(file, "f", KNOWN), 0, 0
        collectgarbage()
        local before = collectgarbage "count"
        for _ in list:records() do
          records = records + 1
          if records % 10000 == 0 then
            collectgarbage()
            most = math.max(most, collectgarbage "count" - before)
          end
        end
        assert.equal(100000, records)
        assert.is_true(most < 1000, most)
      end)
  end)
end)

describe("a reader that leaves, and a disk that is full,", function()
  local server, environment

  setup(function()
    server = servers.start("spec.support.slow_names")
    environment = { WABA_GRAPH_URL = server.url, WABA_ACCESS_TOKEN = world.admin_token }
  end)
  teardown(function() server:stop() end)

  local accounts = {}
  for i = 1, 60 do accounts[i] = tostring(5000 + i) end
  local line = ('"$LUA" bin/waba assign %s %s DEVELOP --ndjson --concurrency 1'):format(
    table.concat(accounts, ","), world.system_user)

  local function check(err, done_at_most)
    local done, left = err:match("broken off: (%d+) done, 0 failed, 0 not known, (%d+) of 60")
    assert.truthy(done, err)
    assert.is_true(tonumber(done) >= 1 and tonumber(done) <= done_at_most, err)
    assert.equal(60, done + left)
    local _, log = server:control("GET", "/log")
    assert.equal(tonumber(done), select(2, log:gsub('"POST"', "")))
    server:control("POST", "/reset")
  end

  it("end a run of writes, whose report is true", function()
    local out, err = cli.shell(("{ %s; echo $? >&2; } | head -n 2"):format(line), environment)
    assert.equal(2, select(2, out:gsub("\n", "")))
    assert.truthy(err:find("\n141\n$"), err)
    check(err, 59)
    local _, told, code = cli.shell(line .. " >/dev/full", environment)
    assert.equal(1, code)
    err = told
    assert.truthy(err:find("standard output: No space left on device", 1, true), err)
    check(err, 2)
  end)
end)

describe("the canary", function()
  local server, folder, environment

  setup(function()
    server = servers.start("spec.support.echo")
    folder = os.tmpname()
    os.execute(("rm '%s' && mkdir '%s'"):format(folder, folder))
    environment = { WABA_GRAPH_URL = server.url, WABA_ACCESS_TOKEN = TOKEN, WABA_APP_ID = "1",
      WABA_APP_SECRET = SECRET, HOME = folder, XDG_CACHE_HOME = folder, FOLDER = folder }
  end)
  teardown(function()
    server:stop()
    os.execute(("rm -rf '%s'"):format(folder))
  end)

  local function clean(where, content)
    for _, secret in ipairs { TOKEN, "CANARY" } do
      assert.is_nil(content:find(secret, 1, true), where .. ": " .. content)
    end
  end

  it("is seen where it is: the server says it back", function()
    local _, body = servers.curl(("-H 'Authorization: Bearer CANARY' %s/v26.0/1"):format(
      server.url))
    assert.truthy(body:find("CANARY", 1, true), body)
  end)

  for _, words in ipairs {
    "system-users 1", "accounts 1", "assigned-users 1 2 --business 3", "assign 1,2 3 MANAGE",
    "assign 1 3 MANAGE --dry-run", "unassign 1 2 --yes", "ensure 1 2 MANAGE --business 3",
    "system-user create 1 Name ADMIN", "system-user token create 1 2 s",
    "system-user token refresh", "system-user token revoke --yes", "system-user token debug",
    "assign Name Other MANAGE --business 1",
  } do
    it("is nowhere in what comes of " .. words, function()
      local out, err, code = cli.waba(words .. " --verbose --timeout 2", environment)
      assert.is_true(code ~= 0 or words:find("dry", 1, true) ~= nil, out .. err)
      assert.truthy((out .. err):find("%S"))
      clean("output", out .. err)
    end)
  end

  it("is in no file, argument or environment that is left or handed on", function()
    local script = folder .. "/script"
    local file = assert(io.open(script, "w"))
    file:write([[#!/bin/sh
      { tr '\0' '\n' </proc/$PPID/cmdline; tr '\0' '\n' </proc/$$/cmdline; env; } >"$FOLDER/seen"
      printf '%s' CANARY'token|x_0123456789']])
    file:close()
    os.execute(("chmod 700 '%s'"):format(script))
    local _, _, code = cli.waba("system-users 1 --token-command " .. script, environment)
    assert.equal(1, code)
    os.remove(script)
    local pipe = assert(io.popen(("cat '%s/seen'; grep -r CANARY '%s'"):format(folder, folder)))
    local seen = pipe:read("*a")
    pipe:close()
    assert.truthy(seen:find("system-users\n1\n", 1, true), seen)
    assert.truthy(seen:find("WABA_GRAPH_URL=", 1, true), seen)
    clean("files", seen)
  end)
end)
