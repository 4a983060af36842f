--- The table of operations: what every row must keep to.

local core = require "waba.core"
local waba = require "waba"

local function placeholders(path)
  local names = {}
  for name in path:gmatch("{([^}]*)}") do names[name] = true end
  return names
end

--- What a newcomer who adds a row has to write next.
local function todo(row, what)
  return ("csrc/op.c, row '%s': %s"):format(row.name, what)
end

local METHODS = { GET = true, POST = true, DELETE = true }
local SHAPES = { list = true, success = true, object = true, data = true }
local EFFECTS = { reads = true, sets = true, creates = true }
local PASSED = {
  id = true, tasks = true, name = true, role = true, scopes = true, currency = true, token = true,
}
local FILLED = { expires = true, app_id = true, app_secret = true, proof = true }
local SECRET = { token = true, app_secret = true }
local PLACES = { path = true, query = true, body = true }

describe("the table of operations", function()
  it("is sorted by name, without repeats", function()
    for i = 2, #core.operations do
      local before, row = core.operations[i - 1].name, core.operations[i].name
      assert.is_true(before < row, ("'%s' must stand before '%s'"):format(row, before))
    end
  end)

  it("holds what the issue names", function()
    local names = {}
    for _, row in ipairs(core.operations) do names[row.name] = true end
    for _, name in ipairs { "assign", "assigned_users", "system_users", "unassign" } do
      assert.is_true(names[name], name)
    end
  end)

  for _, row in ipairs(core.operations) do
    describe("row " .. row.name, function()
      it("has words that are known", function()
        assert.matches("^[a-z][a-z_]*$", row.name)
        assert.is_true(METHODS[row.method])
        assert.is_true(SHAPES[row.shape])
        assert.is_true(EFFECTS[row.effect])
        for _, param in ipairs(row.params) do
          assert.matches("^[a-z][a-z0-9_]*$", param.name)
          assert.is_true(PASSED[param.type] or FILLED[param.type])
          assert.equal(PASSED[param.type] or false, param.passed)
          assert.is_true(PLACES[param.place])
        end
      end)

      it("fills every placeholder of its path, and has no other path parameter", function()
        local names = placeholders(row.path)
        for _, param in ipairs(row.params) do
          local fills = param.place == "path"
          assert.equal(fills, names[param.name] or false, todo(row, "parameter " .. param.name))
          names[param.name] = nil
        end
        assert.is_nil(next(names), todo(row, "a {placeholder} of the path is no parameter"))
      end)

      it("has what is always the same encoded", function()
        if row.fixed then assert.matches("^[a-z0-9_=&]+$", row.fixed) end
      end)

      it("has no secret in its URL", function()
        for _, param in ipairs(row.params) do
          if SECRET[param.type] then assert.equal("body", param.place) end
        end
      end)

      it("has a path that is relative and clean", function()
        assert.matches("^[a-z0-9_{}/]+$", row.path)
        assert.not_matches("^/", row.path)
        assert.not_matches("//", row.path)
      end)

      it("has fields where it reads a list, perhaps where it reads an object", function()
        if row.fields then assert.matches("^[a-z_]+[a-z_,{}]*$", row.fields) end
        if row.shape == "list" then assert.is_string(row.fields) end
        if row.effect ~= "reads" then assert.is_nil(row.fields) end
      end)

      it("lists with GET, and writes nothing with a list", function()
        if row.shape ~= "list" then return end
        assert.equal("GET", row.method)
        assert.equal("reads", row.effect)
      end)

      it("knows an object by a key", function()
        if row.shape == "object" then assert.matches("^[a-z_]+$", row.key) end
        if row.shape == "list" or row.shape == "data" then assert.is_nil(row.key) end
      end)

      it("says of a write how to find out what became of it, and only of a write", function()
        assert.equal(row.effect ~= "reads", row.doubt ~= nil)
      end)

      it("writes unless it reads with GET", function()
        if row.method ~= "GET" then assert.not_equal("reads", row.effect) end
      end)

      it("has the account first, where it has one: its budget is kept by that", function()
        for i, param in ipairs(row.params) do
          if param.place == "path" and param.name == "waba_id" then assert.equal(1, i) end
        end
      end)

      it("has parameters of different names", function()
        local seen = {}
        for _, param in ipairs(row.params) do
          assert.is_nil(seen[param.name])
          seen[param.name] = true
        end
      end)

      it("is a method of a client and a function of the module", function()
        local client = assert(waba.new { access_token = "x" })
        assert.is_function(client[row.name])
        assert.is_function(waba[row.name])
        assert.is_function(core.calls[row.name])
      end)

      it("has its golden examples", function()
        local path = ("spec/golden/%s.md"):format(row.name)
        local file = io.open(path)
        assert(file, todo(row, "write " .. path .. " after one of its neighbours: ```lua (the "
          .. "call), ```http (the request), ```reply, ```result; for a success and for a failure"))
        local text = file:read("*a")
        file:close()
        for _, block in ipairs { "lua", "http", "reply", "result" } do
          assert.is_truthy(text:find("\n```" .. block .. "\n", 1, true),
            todo(row, ("%s has no block ```%s"):format(path, block)))
        end
      end)
    end)
  end

  it("is a copy: writing to it changes nothing", function()
    local before = core.operations[1].name
    local copy = {}
    for key, value in pairs(core.operations[1]) do copy[key] = value end
    core.operations[1].method = "DELETE"
    finally(function() core.operations[1].method = copy.method end)
    local stub = require "spec.support.stub"
    local client, requests = stub.client(stub.reply(200, '{"id":"1"}'))
    stub.call(client, before)
    assert.equal(copy.method, requests[1].method)
  end)

  it("has no function beside its rows", function()
    local count = 0
    for _ in pairs(core.calls) do count = count + 1 end
    assert.equal(#core.operations, count)
  end)
end)
