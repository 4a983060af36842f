/* SPDX-License-Identifier: MIT */
/* The reply reader, through Lua 5.4 and lua-cjson as callers use it. The input is
 * [operation][status][headers, a line each, an empty line][body], and every call is stepped to its
 * end. fuzz_reply.lua holds the result against what may come out. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "fuzz.h"

#ifndef FUZZ_SCRIPT /* fuzz_batch.c has its own */
#define FUZZ_SCRIPT "fuzz_reply.lua"
#endif

int luaopen_waba_core(lua_State *L);

static lua_State *L;

static void open_state(void) {
  const char *folder = getenv("FUZZ_LUA");
  char script[512];
  L = luaL_newstate();
  luaL_openlibs(L);
  luaL_requiref(L, "waba.core", luaopen_waba_core, 0);
  lua_pop(L, 1);
  snprintf(script, sizeof script, "%s/" FUZZ_SCRIPT, folder ? folder : "spec/c");
  if (luaL_dofile(L, script)) {
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    exit(2);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!L) open_state();
  if (size < 2 || size > 1 << 16) return 0;
  lua_pushvalue(L, 1);
  lua_pushinteger(L, data[0]);
  lua_pushinteger(L, data[1]);
  lua_pushlstring(L, (const char *)data + 2, size - 2);
  if (lua_pcall(L, 3, 0, 0)) {
    fprintf(stderr, "never: %s\n", luaL_tolstring(L, -1, NULL));
    abort();
  }
  lua_settop(L, 1);
  return 0;
}
