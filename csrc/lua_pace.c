/* SPDX-License-Identifier: MIT */
#include "lua_pace.h"

#include "lua_util.h"
#include "pace.h"

/* A field of the table at index 1, or `missing`. */
static double number_in(lua_State *L, const char *name, double missing) {
  lua_getfield(L, 1, name);
  double value = luaL_optnumber(L, -1, missing);
  lua_pop(L, 1);
  return value;
}

/* {first_cost, sent, hour, settled, percent, ticket, cost, gate, next, latest, strikes}, as
 * waba_facts has them; what is not known is absent, and an absent gate is open. */
static struct waba_facts check_facts(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  struct waba_facts facts = {
      .first_cost = number_in(L, "first_cost", 0),
      .sent = number_in(L, "sent", 0),
      .hour = number_in(L, "hour", -1),
      .settled = number_in(L, "settled", 0),
      .percent = number_in(L, "percent", -1),
      .ticket = number_in(L, "ticket", 0),
      .cost = number_in(L, "cost", -1),
      .next = number_in(L, "next", 0),
      .latest = number_in(L, "latest", -1),
      .strikes = number_in(L, "strikes", -1),
  };
  facts.counted = facts.hour >= 0;
  lua_getfield(L, 1, "gate");
  facts.closed = !lua_isnil(L, -1);
  facts.gate = luaL_optnumber(L, -1, 0);
  return facts;
}

/* used(facts) -> percent | nil: not known */
static int pace_used(lua_State *L) {
  struct waba_facts facts = check_facts(L);
  double used = waba_pace_used(&facts);
  if (used < 0) return 0;
  waba_push_number(L, used);
  return 1;
}

/* turn(facts, writes, now) -> seconds to wait | 0, gap, alone: it may go, paced where there is a
 * gap | nil: the hour must be counted for this */
static int pace_turn(lua_State *L) {
  struct waba_facts facts = check_facts(L);
  struct waba_turn turn;
  if (!waba_pace_turn(&facts, lua_toboolean(L, 2), luaL_checknumber(L, 3), &turn)) return 0;
  lua_pushnumber(L, turn.wait);
  if (!turn.paced) return 1;
  lua_pushnumber(L, turn.gap);
  lua_pushnumber(L, turn.alone);
  return 3;
}

/* note(facts, ticket | nil, percent, partial) -> percent, ticket, cost | nil: what to remember |
 * false: nothing | nil: the hour must be counted for this */
static int pace_note(lua_State *L) {
  struct waba_facts facts = check_facts(L);
  struct waba_reading reading = {.ticket = luaL_optnumber(L, 2, -1),
                                 .percent = luaL_checknumber(L, 3),
                                 .partial = lua_toboolean(L, 4)};
  if (!waba_pace_note(&facts, &reading)) return 0;
  if (reading.overtaken) {
    lua_pushboolean(L, 0);
    return 1;
  }
  lua_pushnumber(L, reading.percent);
  lua_pushnumber(L, reading.ticket);
  if (reading.cost < 0) return 2;
  lua_pushnumber(L, reading.cost);
  return 3;
}

/* closed(facts, now) -> seconds until its gate opens; 0: it is open */
static int pace_closed(lua_State *L) {
  struct waba_facts facts = check_facts(L);
  waba_push_number(L, waba_pace_closed(&facts, luaL_checknumber(L, 2)));
  return 1;
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
  static const luaL_Reg functions[] = {{"used", pace_used}, {"closed", pace_closed},
                                       {"turn", pace_turn}, {"note", pace_note},
                                       {"park", pace_park}, {"concerns_app", pace_concerns_app},
                                       {NULL, NULL}};
  lua_createtable(L, 0, 12);
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
}
