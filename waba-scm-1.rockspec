rockspec_format = "3.0"
package = "waba"
version = "scm-1"

source = { url = "git+file://." } -- `luarocks make` in a checkout

description = {
  summary = "Manage system users on WhatsApp Business Accounts through Meta's Graph API",
  license = "MIT",
  labels = { "whatsapp", "graph-api", "curl" },
}

dependencies = {
  "lua >= 5.1, < 5.5", -- 5.1 is LuaJIT's
  "lua-cjson >= 2.1.0",
  "argparse >= 0.7", -- of the command only
}

-- By library and not by header: Debian keeps curl.h in a folder that LuaRocks does not search.
external_dependencies = {
  CURL = { library = "curl" },
  CRYPTO = { library = "crypto" },
}

build = {
  type = "cmake",
  variables = {
    CMAKE_BUILD_TYPE = "Release",
    CMAKE_C_FLAGS = "$(CFLAGS)",
    LUA_INCDIR = "$(LUA_INCDIR)",
    LIBDIR = "$(LIBDIR)",
    LUADIR = "$(LUADIR)",
  },
  install = { bin = { "bin/waba" } },
  copy_directories = { "docs" }, -- the man page is among them
}

test = { type = "command", command = "./dev specs" }
