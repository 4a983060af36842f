/* SPDX-License-Identifier: MIT */
#include "lua_text.h"

static const char class_name[] = "waba.text";

static int text_gc(lua_State *L) {
  waba_buf_clear(luaL_checkudata(L, 1, class_name));
  return 0;
}

void waba_text_open(lua_State *L) {
  luaL_newmetatable(L, class_name);
  lua_pushcfunction(L, text_gc);
  lua_setfield(L, -2, "__gc");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}

struct waba_buf *waba_newtext(lua_State *L, size_t max) {
  struct waba_buf *buf = waba_newowner(L, sizeof *buf);
  waba_buf_init(buf, max);
  luaL_getmetatable(L, class_name);
  lua_setmetatable(L, -2);
  return buf;
}
