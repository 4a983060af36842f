--- The script of the access page, in the order in which its parts need one another.

return table.concat {
  "'use strict';\n",
  require "waba.cli.page.script_model",
  require "waba.cli.page.script_matrix",
  require "waba.cli.page.script_keys",
  (require "waba.cli.page.script_main"), -- Lua 5.4 returns the file's name as well
}
