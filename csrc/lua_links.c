/* SPDX-License-Identifier: MIT */
#include "lua_links.h"

#include <string.h>

static void clean_paging(lua_State *L, int paging) {
  static const char *const names[] = {"next", "previous"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    lua_getfield(L, paging, names[i]);
    bool there = !lua_isnil(L, -1);
    lua_pop(L, 1);
    if (!there) continue;
    lua_pushboolean(L, 1);
    lua_setfield(L, paging, names[i]);
  }
}

bool waba_is_paging(lua_State *L, int key) {
  return lua_type(L, key) == LUA_TSTRING && strcmp(lua_tostring(L, key), "paging") == 0;
}

/* The depth is that of JSON, which is bounded. Fields that exist may be assigned to meanwhile. */
static void clean(lua_State *L, int table, bool inner) {
  luaL_checkstack(L, 5, "JSON nested too deep");
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    if (!lua_istable(L, -1)) continue;
    int value = lua_gettop(L);
    bool paging = waba_is_paging(L, value - 1);
    if (paging && inner) clean_paging(L, value);
    if (!paging) clean(L, value, true);
  }
}

void waba_clean_own_links(lua_State *L, int index) {
  lua_getfield(L, index, "paging");
  if (lua_istable(L, -1)) clean_paging(L, lua_gettop(L));
  lua_pop(L, 1);
}

void waba_clean_inner_links(lua_State *L, int index) {
  clean(L, index, false);
}
