--- map: Ctrl-C, which raises an error anywhere.

local is_interrupt = require "waba.interrupt"
local numbered = require "spec.support.numbered"
local scheduled = require "spec.support.scheduled"
local stub = require "spec.support.stub"

local DONE, numbers, echo, read = numbered.DONE, numbered.numbers, numbered.echo, numbered.read

local sethook = debug.sethook -- busted runs much code for every global

describe("Ctrl-C", function()
  --- Maps six writes over a transport that yields, and raises after so many instructions, as Ctrl-C
  --- does: in the coroutine that maps; on LuaJIT in any but the main one.
  local function interrupted_after(n)
    local asked, fired, count = {}, false, 0
    local client = stub.client(function(request)
      local answer = coroutine.yield(request.url:match("/(%d+)/"))
      assert(answer == nil or answer == DONE)
      return answer
    end)
    local function hook()
      count = count + 1
      if count < n or not coroutine.running() then return end
      fired = true
      sethook()
      error("interrupted!", 0)
    end
    local sound, results, errors, stopped = pcall(scheduled, function(account)
      asked[account] = (asked[account] or 0) + 1
      return DONE
    end, function()
      sethook(hook, "", 1)
      local results, errors, stopped = client:map(numbers(6), function(account)
        return client:assign(account, "1", "MANAGE")
      end, { concurrency = 3 })
      sethook()
      return results, errors, stopped
    end)
    sethook()
    return fired, asked, sound and { results, errors, stopped }
  end

  it("anywhere in a map has nothing sent twice, and everything told", function()
    local jit, n, untold = rawget(_G, "jit"), 1, 0
    if jit then jit.off() end -- compiled code knows no hooks
    repeat
      local fired, asked, told = interrupted_after(n)
      local abandoned = {}
      for _, i in ipairs(told and told[3] and told[3].abandoned or {}) do abandoned[i] = true end
      for i, account in ipairs(numbers(6)) do
        assert.is_true((asked[account] or 0) <= 1, n)
        if told and asked[account] and told[1][i] == nil and not abandoned[i] then
          assert.equal("indeterminate", told[2][i].kind, n)
        end
      end
      if told and fired then assert.is_not_nil(told[3], n) end
      if not told and next(asked) then untold = untold + 1 end
      n = n + 29
    until not fired
    if jit then jit.on() end
    assert.is_true(n > 300)
    assert.is_true(untold <= 2, untold) -- in two places, of eight instructions, nobody can tell
  end)

  it("is what the interpreters raise, and no error that ends like it", function()
    for _, raised in ipairs { "interrupted!", "x.lua:1: interrupted!",
      '[string "a b"]:20: interrupted!', "C:\\x.lua:7: interrupted!" } do
      assert.is_true(is_interrupt(raised), raised)
    end
    for _, raised in ipairs { "x.lua:1: upload was interrupted!", "it was interrupted!",
      "x: interrupted!", "a\nx.lua:1: interrupted!", "interrupted!?", 5, {}, false } do
      assert.is_false(is_interrupt(raised), tostring(raised))
    end
  end)

  it("is an error of fn that only ends like it", function()
    local client = stub.client(echo)
    local results, errors, stopped = client:map({ "1", "2" }, function(account)
      if account == "1" then error("upload was interrupted!") end
      return read(client, account)
    end)
    assert.matches("upload was interrupted!", errors[1])
    assert.equal("2", results[2])
    assert.is_nil(stopped)
  end)
end)
