--- A name lookup that hangs must not hold a call beyond its deadline, nor the process at its end:
-- the lookup's thread is still inside libcurl when the Lua state closes and the module would be
-- unloaded.

local VM = jit and "luajit" or "lua5.4"

local SCRIPT = [[
local waba = require "waba"
local client = waba.new {
  access_token = "EAATEST", base_url = "https://lookup.invalid", attempt_timeout = 0.3,
}
local result, err = client:%s
print(result, err.kind, err.attempts)
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

  it("ends a read with kind timeout before it comes back, and the process soundly", function()
    assert.equal("nil\ttimeout\t1\nbefore the lookup\nexit 0\n", run 'system_users("1")')
  end)

  it("ends a write likewise: nothing was sent, so it is not indeterminate", function()
    assert.equal("nil\ttimeout\t1\nbefore the lookup\nexit 0\n", run 'assign("1", "2", "MANAGE")')
  end)
end)
