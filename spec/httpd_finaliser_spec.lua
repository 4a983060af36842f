-- What waba.httpd reads may change under its hands: a metamethod runs while it reads a reply, and a
-- finaliser wherever Lua allocates. Neither may take the memory from under it.

local command = require("spec.support.command")
local wire = require("spec.support.wire")

if not wire.built() then
  pending("waba.httpd is not built: it is an optional module")
  return
end

-- In a process of its own: the collector goes all the way again and again here, and beside the heap
-- of the whole suite that takes minutes.
if not os.getenv "WABA_FINALISERS" then
  it("finalisers and metamethods take nothing from under waba.httpd", function()
    local output, status = command.run("$LUA $(command -v busted) spec/httpd_finaliser_spec.lua",
      { WABA_FINALISERS = "1" })
    assert.equal(0, status, output)
    assert.truthy(output:find("4 successes / 0 failures / 0 errors", 1, true), output)
  end)
  return
end

after_each(wire.clean)

local ROUNDS = 2000 -- at most: when a finaliser runs is the collector's affair

-- Runs the action soon after: the collector goes all the way at each allocation, or nearly so.
local function on_collection(action)
  collectgarbage("setpause", 0)
  collectgarbage("setstepmul", 1000000)
  collectgarbage()
  if newproxy then
    getmetatable(newproxy(true)).__gc = action -- before 5.2 tables have no finaliser
  else
    setmetatable({}, { __gc = action })
  end
end

describe("a server that is closed", function()
  it("while its reply is read answers no more", function()
    for _, field in ipairs({ "status", "headers", "body", "wire", "interval", "location" }) do
      local server = wire.listen()
      local id = wire.exchange(server)
      local reply = setmetatable({}, {
        __index = function(_, name)
          if name == field then server:close() end
        end,
      })
      assert.error_matches(function() server:respond(id, reply) end, "the server is closed")
    end
  end)
end)

describe("a finaliser", function()
  local pause, multiplier, mode

  local function calm()
    collectgarbage("setpause", pause)
    collectgarbage("setstepmul", multiplier)
  end

  setup(function()
    if not newproxy then mode = collectgarbage("incremental") end
    pause, multiplier = collectgarbage("setpause", 100), collectgarbage("setstepmul", 100)
    calm()
  end)

  after_each(calm)

  teardown(function()
    if mode then collectgarbage(mode) end
  end)

  -- Repeats a case until it has seen what it is after.
  local function until_seen(case)
    for _ = 1, ROUNDS do
      local seen = case()
      calm()
      wire.clean()
      if seen then return end
    end
    error("no finaliser ran in time in " .. ROUNDS .. " rounds")
  end

  -- Calls server:accept with a request under way and a finaliser to come. Whether that ran in it.
  local function accept_with(server, action)
    local ran, calling = false, false
    wire.connect(server:port()):send(wire.request("GET", "/" .. ("p"):rep(300), { "A: b" }))
    on_collection(function()
      if not calling then return end
      ran = true
      action()
    end)
    calling = true
    local id, request = server:accept(wire.PATIENCE)
    calling = false
    return ran, id, request
  end

  it("that closes the server makes accept return nothing", function()
    until_seen(function()
      local server = wire.listen()
      local ran, id, request = accept_with(server, function() server:close() end)
      assert.equal(ran, id == nil)
      assert.equal(ran, request == nil)
      return ran
    end)
  end)

  it("that accepts the request itself is the only one to have it", function()
    until_seen(function()
      local server = wire.listen()
      local first
      local ran, id = accept_with(server, function() first = server:accept(0) end)
      assert.equal(1, first or id)
      assert.is_false(first ~= nil and id ~= nil)
      return ran and first
    end)
  end)

  it("that changes the headers of a reply makes respond raise", function()
    local long = ("v"):rep(5000)
    until_seen(function()
      local server, headers, calling = wire.listen(), {}, false
      local id, reply = wire.exchange(server), { headers = headers }
      for i = 1, 30 do headers["x" .. i] = "short" end
      on_collection(function()
        if not calling then return end
        for name in pairs(headers) do headers[name] = long end
      end)
      calling = true
      local ok, message = pcall(server.respond, server, id, reply)
      calling = false
      if not ok then assert.matches("headers changed meanwhile", message, 1, true) end
      return not ok
    end)
  end)
end)
