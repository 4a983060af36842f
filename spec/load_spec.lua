--- What is loaded when, and what comes of a load that fails.

local command = require "spec.support.command"
local load = require "waba.load"

local broken

before_each(function()
  broken = true
  package.preload["waba.spec_inner"] = function()
    if broken then error("not enough memory", 0) end
    return { answer = 42 }
  end
  package.preload["waba.spec_outer"] = function()
    local inner = require "waba.spec_inner"
    local mt = { __call = function(_, ...) return inner.answer, select("#", ...), ... end }
    return setmetatable({ answer = inner.answer }, mt)
  end
end)

after_each(function()
  for _, name in ipairs { "waba.spec_inner", "waba.spec_outer" } do
    package.preload[name], package.loaded[name] = nil, nil
  end
end)

describe("a module whose loading fails", function()
  it("says why", function()
    assert.error_matches(function() load.now "waba.spec_outer" end, "not enough memory")
    assert.error_matches(function() load.now "waba.there_is_none" end, "waba.there_is_none")
  end)

  it("is loaded the next time, and so is what it was loading", function()
    pcall(load.now, "waba.spec_outer")
    pcall(load.now, "waba.spec_outer")
    broken = false
    assert.equal(42, load.now("waba.spec_outer").answer)
  end)

  it("leaves what is loaded alone", function()
    local core = package.loaded["waba.core"]
    pcall(load.now, "waba.spec_outer")
    assert.equal(core, package.loaded["waba.core"])
  end)
end)

describe("a module for later", function()
  it("is loaded by a look into it", function()
    local later = load.later "waba.spec_outer"
    broken = false
    assert.is_nil(package.loaded["waba.spec_outer"])
    assert.equal(42, later.answer)
    assert.is_nil(later.nothing)
  end)

  it("is loaded by a call, which is the module's own", function()
    local later = load.later "waba.spec_outer"
    assert.error_matches(function() later() end, "not enough memory")
    broken = false
    assert.same({ 42, 3, "a", nil, "c" }, { later("a", nil, "c") })
  end)
end)

-- In a process that has loaded nothing.
local function alone(script)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(script)
  file:close()
  local output, status = command.lua(path)
  os.remove(path)
  assert.equal(0, status, output)
  return output
end

describe("require \"waba\"", function()
  it("loads what a call needs, and nothing else", function()
    assert.equal("blocking budget client core err load phase run ", alone [[
      require "waba"
      local names = {}
      for name in pairs(package.loaded) do
        names[#names + 1] = name:match "^waba%.transport%.(.*)" or name:match "^waba%.(.*)"
      end
      table.sort(names)
      for _, name in ipairs(names) do io.write(name, " ") end
    ]])
  end)

  it("loads the rest when it is used", function()
    assert.equal("table function true", alone [[
      local waba = require "waba"
      local client = waba.new { access_token = "TEST", transport = function()
        return { status = 200, headers = {}, body = '{"data":[{"id":"1"}]}' }
      end }
      local cache, record = waba.cache.memory(), waba.transport.record
      for _ in client:each("system_users", "1") do end
      assert(client:map({ 1 }, function() return client:get "1/x" end)[1])
      assert(#client:access("1").users == 1 and client:system_user_named("1", "?") == nil)
      assert(client:ensure("1", "1", "MANAGE", { business = "1", timeout = 1 }) == nil)
      io.write(type(cache), " ", type(record), " ", tostring(package.loaded["waba.map"] ~= nil))
    ]])
  end)

  it("raises wrong usage where it was used, whatever had to be loaded for that", function()
    local output = alone [[
      local client = require("waba").new { access_token = "x" }
      local function told(line, ...)
        local _, message = pcall(...)
        assert(tostring(message):find(":" .. line .. ": ", 1, true), message)
      end
      told(7, function()
        client:map(5)
      end)
      told(10, function()
        local _ = client:ensure("1", "2", "MANAGE", 5)
      end)
      told(13, function()
        local _ = client:system_user_named("1", 5)
      end)
      io.write "told"
    ]]
    assert.equal("told", output)
  end)

  it("is loaded whole where somebody asks for that", function()
    assert.equal("true true", alone [[
      require "waba"
      require("waba.load").all()
      local loaded = package.loaded
      io.write(tostring(loaded["waba.access"] ~= nil), " ",
        tostring(loaded["waba.transport.record"] ~= nil))
    ]])
  end)
end)
