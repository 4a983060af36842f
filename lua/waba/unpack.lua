--- `table.unpack`, which before Lua 5.2 is a global function.

return table.unpack or unpack
