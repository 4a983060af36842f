--- A name lookup that hangs must not hold a call beyond its deadline, nor the process at its end:
-- the lookup's thread is still inside libcurl when the Lua state closes and the module would be
-- unloaded.

local VM = jit and "luajit" or "lua5.4"

local SCRIPT = [[
local waba = require "waba"
local client = waba.new {
  access_token = "EAATEST", base_url = "https://lookup.invalid", attempt_timeout = 0.3,
  max_attempts = 1,
}
local function report(result, err) print(result, err.kind, err.attempts) end
%s
local mark = io.open(os.getenv "SLOW_DNS_MARK")
print(mark and "after the lookup" or "before the lookup")
client:close()
os.exit(true, true) -- closes the Lua state, and with it the module
]]

describe("a name lookup that hangs", function()
  local shim, mark, script

  setup(function()
    shim, mark, script = os.tmpname(), os.tmpname(), os.tmpname()
    assert(os.execute(("cc -shared -fPIC -o %s spec/support/slow_dns.c"):format(shim)))
  end)

  teardown(function()
    for _, name in ipairs { shim, mark, script } do os.remove(name) end
  end)

  local function run(call)
    os.remove(mark)
    local file = assert(io.open(script, "w"))
    file:write(SCRIPT:format(call))
    file:close()
    local pipe = io.popen(("SLOW_DNS_MARK=%s LD_PRELOAD=%s %s %s 2>&1; echo exit $?")
      :format(mark, shim, VM, script))
    local output = pipe:read("*a")
    pipe:close()
    return output
  end

  local CALLS = { read = 'client:system_users("1")', write = 'client:assign("1", "2", "MANAGE")' }

  local ONE = "nil\ttimeout\t1\n"
  local END = "before the lookup\nexit 0\n"

  -- Nothing was sent, so a write is not indeterminate either.
  for name, call in pairs(CALLS) do
    it(("ends a %s with kind timeout before it comes back, and the process soundly"):format(name),
      function()
        assert.equal(ONE .. END, run(("report(%s)"):format(call)))
      end)

    it(("ends every %s of a map likewise"):format(name), function()
      local lines = "local _, errors = client:map({ 1, 2, 3 }, function() return %s end) "
        .. "for i = 1, 3 do report(nil, errors[i]) end"
      assert.equal(ONE:rep(3) .. END, run(lines:format(call)))
    end)
  end

  -- Up to ten times, so that a busy machine is not taken for a broken promise.
  for name, call in pairs {
    blocking = "patient:system_users('1')",
    map = "patient:map({ 1, 2 }, function() return patient:system_users('1') end)",
  } do
    it(("keeps a call to its timeout within a quarter of a second, %s"):format(name), function()
      local lines = "local patient = waba.new { access_token = 'EAATEST', timeout = 0.3, "
        .. "base_url = 'https://lookup.invalid', attempt_timeout = 60, connect_timeout = 60 } "
        .. "local now, late = require('waba.core').clock.now, 99 "
        .. "for _ = 1, 10 do local began = now() %s late = now() - began - 0.3 "
        .. "if late < 0.25 then break end end "
        .. "print(late > -0.01 and late < 0.25 and 'kept' or late)"
      assert.equal("kept\n" .. END, run(lines:format(call)))
    end)
  end

  it("does not hold a whole call in a map beyond its timeout", function()
    local lines = "local patient = waba.new { access_token = 'EAATEST', timeout = 0.3, "
      .. "base_url = 'https://lookup.invalid', attempt_timeout = 60, connect_timeout = 60 } "
      .. "local _, errors = patient:map({ 1 }, function() return patient:system_users('1') end) "
      .. "report(nil, errors[1])"
    assert.equal(ONE .. END, run(lines))
  end)
end)
