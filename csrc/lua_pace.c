/* SPDX-License-Identifier: MIT */
#include "lua_pace.h"

#include "pace.h"

/* used(reading or nil, since, sent, cost) -> percent */
static int pace_used(lua_State *L) {
  struct waba_meters meters = {
      .reading = luaL_optnumber(L, 1, -1),
      .since = luaL_checknumber(L, 2),
      .sent = luaL_checknumber(L, 3),
      .cost = luaL_checknumber(L, 4),
  };
  lua_pushnumber(L, waba_pace_used(&meters));
  return 1;
}

/* at_most(cost, reading, settled) -> percent for one request */
static int pace_at_most(lua_State *L) {
  lua_pushnumber(
      L, waba_pace_at_most(luaL_checknumber(L, 1), luaL_checknumber(L, 2), luaL_checknumber(L, 3)));
  return 1;
}

/* at_least(cost, reading, sent) -> percent for one request */
static int pace_at_least(lua_State *L) {
  lua_pushnumber(L, waba_pace_at_least(luaL_checknumber(L, 1), luaL_checknumber(L, 2),
                                       luaL_checknumber(L, 3)));
  return 1;
}

/* decide(used, cost, writes) -> seconds to leave after this request | nil: closed, alone */
static int pace_decide(lua_State *L) {
  struct waba_pace pace =
      waba_pace_decide(luaL_checknumber(L, 1), luaL_checknumber(L, 2), lua_toboolean(L, 3));
  if (pace.closed) return 0;
  lua_pushnumber(L, pace.gap);
  lua_pushboolean(L, pace.alone);
  return 2;
}

/* park(strikes) -> seconds */
static int pace_park(lua_State *L) {
  lua_pushnumber(L, waba_pace_park(luaL_checknumber(L, 1)));
  return 1;
}

/* concerns_app(code) -> boolean */
static int pace_concerns_app(lua_State *L) {
  lua_pushboolean(L, waba_pace_concerns_app((long long)luaL_checknumber(L, 1)));
  return 1;
}

void waba_pace_push(lua_State *L) {
  static const luaL_Reg functions[] = {{"used", pace_used},
                                       {"at_most", pace_at_most},
                                       {"at_least", pace_at_least},
                                       {"decide", pace_decide},
                                       {"park", pace_park},
                                       {"concerns_app", pace_concerns_app},
                                       {NULL, NULL}};
  lua_createtable(L, 0, 14);
  waba_setfuncs(L, functions, 0);
  static const struct {
    const char *name;
    int value;
  } limits[] = {{"window", WABA_PACE_WINDOW},   {"settled", WABA_PACE_SETTLED},
                {"fresh", WABA_PACE_FRESH},     {"kept", WABA_PACE_KEPT},
                {"strikes", WABA_PACE_STRIKES}, {"few", WABA_PACE_FEW}};
  for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
    lua_pushinteger(L, limits[i].value);
    lua_setfield(L, -2, limits[i].name);
  }
  lua_pushnumber(L, waba_pace_first_cost);
  lua_setfield(L, -2, "first_cost");
  lua_pushnumber(L, waba_pace_paced);
  lua_setfield(L, -2, "paced");
}
