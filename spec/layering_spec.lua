--- What a file's prefix says about its includes is true, and the core does no I/O.

local LIMIT_FUNCTION, LIMIT_FILE, LIMIT_P90 = 60, 300, 30

local function list(command)
  local pipe, paths = assert(io.popen(command)), {}
  for line in pipe:lines() do paths[#paths + 1] = line end
  pipe:close()
  return paths
end

local function read(path)
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  return text
end

--- The same text without comments and what stands in quotes, line by line.
local function without_comments(text)
  text = text:gsub("/%*.-%*/", function(comment) return (comment:gsub("[^\n]", " ")) end)
  return (text:gsub("//[^\n]*", ""):gsub('"[^"\n]*"', '""'))
end

local C_FILES = list("ls csrc/*.c csrc/*.h")
local LUA_FILES = list("find lua -name '*.lua' | sort")

local function name_of(path) return path:match("[^/]+$") end
local function prefix_of(path) return name_of(path):match("^(%a+)_") or "" end

local WALLS = {
  { header = "lua%.h", prefix = "lua" },
  { header = "lauxlib%.h", prefix = "lua" },
  { header = "lualib%.h", prefix = "lua" },
  { header = "curl/", prefix = "curl" },
  { header = "openssl/", prefix = "crypto" },
  { header = "microhttpd%.h", prefix = "httpd" },
  { header = "spawn%.h", prefix = "posix" },
}

-- A header of ours that brings a foreign one with it counts as that one.
local CARRIERS = { lua = '#include "lua_', curl = '#include "curl_options' }

-- What the core may include of the C library: no I/O, no clock, no threads, no signals.
local PLAIN = { ["stdbool.h"] = true, ["stddef.h"] = true, ["stdint.h"] = true, ["stdio.h"] = true,
  ["stdlib.h"] = true, ["string.h"] = true, ["math.h"] = true, ["limits.h"] = true,
  ["errno.h"] = false }

-- Of <stdio.h> and <stdlib.h>, what it may not call.
local FORBIDDEN = {
  "time", "clock", "clock_gettime", "gettimeofday", "sleep", "usleep", "nanosleep", "rand",
  "srand", "random", "drand48", "getentropy", "getrandom", "getenv", "fopen", "printf",
  "fprintf", "puts", "system", "popen", "exit", "abort", "signal", "socket", "select", "poll",
  "realloc", "strcpy", "strcat", "sprintf", "gets",
}

describe("csrc", function()
  it("is there", function()
    assert.is_true(#C_FILES > 30)
    assert.is_true(#LUA_FILES > 5)
  end)

  for _, wall in ipairs(WALLS) do
    it(("includes <%s> in %s_* only"):format((wall.header:gsub("%%", "")), wall.prefix), function()
      for _, path in ipairs(C_FILES) do
        if read(path):find("#include%s*[<\"]" .. wall.header) then
          assert.equal(wall.prefix, prefix_of(path), path)
        end
      end
    end)
  end

  it("has no foreign prefix without the foreign header", function()
    for _, wall in ipairs { { "lua%.h", "lua" }, { "curl/curl%.h", "curl" },
      { "microhttpd%.h", "httpd" } } do
      local found = false
      for _, path in ipairs(C_FILES) do
        if prefix_of(path) == wall[2] then
          found = found or read(path):find("#include%s*[<\"]" .. wall[1]) ~= nil
        end
      end
      assert.is_true(found, wall[2])
    end
  end)

  it("has files on the plain side that include no file of the other sides", function()
    for _, path in ipairs(C_FILES) do
      if prefix_of(path) == "" then
        for header in read(path):gmatch('#include%s*"([^"]+)"') do
          local side = prefix_of(header)
          assert.is_true(side == "" or side == "crypto", path .. " includes " .. header)
        end
      end
    end
  end)

  it("has no libcurl in the Lua files, and no Lua in those of libcurl", function()
    for _, path in ipairs(C_FILES) do
      local text, prefix = read(path), prefix_of(path)
      if prefix ~= "lua" then
        assert.is_nil(text:find(CARRIERS.lua, 1, true), path)
      end
      if prefix == "lua" then assert.is_nil(text:find("CURL *", 1, true), path) end
    end
  end)

  it("has a core that includes nothing of the system but memory, text and numbers", function()
    for _, path in ipairs(C_FILES) do
      if prefix_of(path) == "" then
        for header in read(path):gmatch("#include%s*<([^>]+)>") do
          assert.is_true(PLAIN[header] or false, ("%s includes <%s>"):format(path, header))
        end
      end
    end
  end)

  it("has a core without I/O, clock, sleep, randomness or environment", function()
    for _, path in ipairs(C_FILES) do
      if prefix_of(path) == "" then
        local text = without_comments(read(path))
        for _, name in ipairs(FORBIDDEN) do
          assert.is_nil(text:find("%f[%w_]" .. name .. "%s*%("), path .. " calls " .. name)
        end
      end
    end
  end)

  it("keeps nothing in the process: no variable at file level that is not constant", function()
    for _, path in ipairs(C_FILES) do
      for line in without_comments(read(path)):gmatch("[^\n]+") do
        local variable = line:match("^static%s+([^%(]-)%s*=") or line:match("^static%s+([^%(]-);")
        if variable and not variable:find("const") then
          -- libcurl's own initialisation is once for the process, and so is its result.
          assert.equal("csrc/curl_process.c", path, line)
        end
      end
    end
  end)

  it("holds no registry reference", function()
    for _, path in ipairs(C_FILES) do
      assert.is_nil(read(path):find("luaL_ref%s*%("), path)
      assert.is_nil(read(path):find("lua_setglobal%s*%("), path)
    end
  end)

  it("has an SPDX line in every file", function()
    for _, path in ipairs(C_FILES) do
      assert.matches("^/%* SPDX%-License%-Identifier: MIT %*/\n", read(path), nil, nil)
    end
  end)
end)

describe("the budget", function()
  it(("of a file is %d lines"):format(LIMIT_FILE), function()
    for _, files in ipairs { C_FILES, LUA_FILES } do
      for _, path in ipairs(files) do
        local _, lines = read(path):gsub("\n", "")
        assert.is_true(lines <= LIMIT_FILE, ("%s has %d lines"):format(path, lines))
      end
    end
  end)

  -- clang-format puts a function's opening line at column 0 and its last brace alone there.
  local function functions(path)
    local found, start, name, number = {}, nil, nil, 0
    for line in read(path):gmatch("([^\n]*)\n") do
      number = number + 1
      local opens = line:match("^%a[%w_ *]-([%w_]+)%(")
      if opens and not line:find(";$") then start, name = number, opens end
      if line == "}" and start then
        found[#found + 1] = { name = name, lines = number - start + 1 }
        start = nil
      end
    end
    return found
  end

  local all = {}
  for _, path in ipairs(C_FILES) do
    for _, entry in ipairs(functions(path)) do
      entry.path = path
      all[#all + 1] = entry
    end
  end

  it(("of a function is %d lines"):format(LIMIT_FUNCTION), function()
    assert.is_true(#all > 150, "the functions were not found: " .. #all)
    for _, entry in ipairs(all) do
      assert.is_true(entry.lines <= LIMIT_FUNCTION,
        ("%s: %s has %d lines"):format(entry.path, entry.name, entry.lines))
    end
  end)

  it(("of nine functions in ten is %d lines"):format(LIMIT_P90), function()
    local lines = {}
    for i, entry in ipairs(all) do lines[i] = entry.lines end
    table.sort(lines)
    assert.is_true(lines[math.ceil(#lines * 0.9)] <= LIMIT_P90)
  end)

  it("of a line is 100 columns", function()
    for _, files in ipairs { C_FILES, LUA_FILES } do
      for _, path in ipairs(files) do
        for line in read(path):gmatch("([^\n]*)\n") do
          local _, columns = line:gsub("[^\128-\191]", "")
          assert.is_true(columns <= 100, path .. ": " .. line)
        end
      end
    end
  end)
end)

describe("the Lua side", function()
  it("asks for no module beside its own and lua-cjson, the command for lua-argparse", function()
    for _, path in ipairs(LUA_FILES) do
      for module in read(path):gmatch("require%s*%(?%s*[\"']([^\"']+)[\"']") do
        local ours = module:find("^waba") or module == "cjson.safe"
          or module == "argparse" and path == "lua/waba/cli/arguments.lua"
        if path:find("^lua/waba/resty/") then
          ours = ours or module == "ngx.semaphore" or module == "resty.http" or module == "ffi"
        end
        assert.is_truthy(ours, path .. " requires " .. module)
      end
    end
  end)

  it("has no sandbox in what a client loads", function()
    for _, path in ipairs(LUA_FILES) do
      if not path:find("sandbox") then
        assert.is_nil(read(path):find("require%s*%(?%s*[\"']waba%.sandbox"), path)
      end
    end
  end)

  it("has no command in the library", function()
    for _, path in ipairs(LUA_FILES) do
      if not path:find("^lua/waba/cli/") then
        assert.is_nil(read(path):find("require%s*%(?%s*[\"']waba%.cli[\"'.]"), path)
      end
    end
  end)
end)

--- The file that `require` would load.
local function built(name)
  for template in package.cpath:gmatch("[^;]+") do
    local path = template:gsub("%?", "waba/" .. name)
    local file = io.open(path)
    if file then
      file:close()
      return path
    end
  end
  error("waba." .. name .. " is not built")
end

for _, name in ipairs { "core", "curl" } do
  describe("the built module waba." .. name, function()
    local path = built(name)

    it("exports its luaopen function and nothing else", function()
      local symbols = list("nm -D --defined-only " .. path .. " 2>&1")
      assert.equal(1, #symbols, table.concat(symbols, "\n"))
      assert.matches(" luaopen_waba_" .. name .. "$", symbols[1])
    end)

    -- A name lookup that was given up may still run inside libcurl when the last Lua state closes.
    it("is never unloaded, where libcurl is in it", function()
      local text = table.concat(list("readelf -d " .. path .. " 2>&1"), "\n")
      if text:find("libcurl", 1, true) then assert.matches("NODELETE", text) end
      assert.equal(name == "curl", text:find("libcurl", 1, true) ~= nil)
    end)
  end)
end
