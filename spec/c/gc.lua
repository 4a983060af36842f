-- SPDX-License-Identifier: MIT
-- A busted helper: the garbage collector as WABA_GC says, "stress" or "generational".

local mode = os.getenv "WABA_GC"

if mode == "stress" then
  collectgarbage("setpause", 0)
  collectgarbage("setstepmul", 400)
elseif mode == "generational" and _VERSION == "Lua 5.4" then
  collectgarbage "generational"
end
