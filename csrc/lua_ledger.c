/* SPDX-License-Identifier: MIT */
#include "lua_ledger.h"

#include <math.h>

#include "ledger.h"
#include "lua_class.h"
#include "lua_util.h"
#include "pace.h"

static const char class_name[] = "waba.ledger";

static struct waba_ledger *check_ledger(lua_State *L) {
  return waba_check_self(L, class_name);
}

static struct waba_str check_id(lua_State *L) {
  struct waba_str id;
  id.ptr = luaL_checklstring(L, 2, &id.len);
  return id;
}

/* The budget that a method is about, or NULL: nothing is known of it. */
static struct waba_budget *find(lua_State *L) {
  return waba_ledger_find(check_ledger(L), check_id(L));
}

static struct waba_budget *make(lua_State *L) {
  struct waba_budget *budget = waba_ledger_make(check_ledger(L), check_id(L));
  if (!budget) waba_no_memory(L);
  return budget;
}

static struct waba_busy *make_busy(lua_State *L, struct waba_budget *budget) {
  struct waba_busy *busy = waba_budget_make_busy(budget);
  if (!busy) waba_no_memory(L);
  return busy;
}

/* Requests, which are whole; what no caller of ours passes is 0. */
static void push_count(lua_State *L, double count) {
  lua_pushinteger(L, fabs(count) < 1e15 ? (lua_Integer)count : 0);
}

/* Pushes what `push` makes of it, or nil where its time is over. */
static void push_until(lua_State *L, double value, double until, double now,
                       void (*push)(lua_State *L, double value)) {
  if (until > now) {
    push(L, value);
  } else {
    lua_pushnil(L);
  }
}

/* ledger:calm(id, first_cost, now) -> boolean: surely too little is used to wait */
static int ledger_calm(lua_State *L) {
  const struct waba_budget *budget = find(L);
  double first_cost = luaL_checknumber(L, 3), now = luaL_checknumber(L, 4);
  lua_pushboolean(L, !budget || waba_budget_is_calm(budget, first_cost, now));
  return 1;
}

/* ledger:look(id, now) -> gate, cost, percent, ticket, sent: when the budget opens, what a request
 * costs, the reading and what `sent` was for it, requests so far. What is not known is nil. */
static int ledger_look(lua_State *L) {
  const struct waba_budget *budget = find(L);
  double now = luaL_checknumber(L, 3);
  if (!budget) return 0;
  const struct waba_busy *busy = waba_budget_busy(budget);
  push_until(L, busy->gate, busy->gate, now, lua_pushnumber);
  push_until(L, busy->cost.value, busy->cost.until, now, lua_pushnumber);
  push_until(L, budget->reading.value, budget->reading.until, now, lua_pushnumber);
  push_until(L, budget->ticket, budget->reading.until, now, push_count);
  push_count(L, budget->sent);
  return 5;
}

/* ledger:turn(id, now) -> when the next request may go | nil, of a request without reply: its
 * ticket | nil, throttled replies in a row that stated no time | nil */
static int ledger_turn(lua_State *L) {
  const struct waba_budget *budget = find(L);
  double now = luaL_checknumber(L, 3);
  if (!budget) return 0;
  const struct waba_busy *busy = waba_budget_busy(budget);
  push_until(L, busy->next, busy->next, now, lua_pushnumber);
  push_until(L, busy->latest.value, busy->latest.until, now, push_count);
  push_until(L, busy->strikes.value, busy->strikes.until, now, push_count);
  return 3;
}

/* ledger:hour(id, now) -> requests of the last hour */
static int ledger_hour(lua_State *L) {
  const struct waba_budget *budget = find(L);
  double now = luaL_checknumber(L, 3);
  push_count(L, budget ? waba_budget_hour(budget, now) : 0);
  return 1;
}

/* ledger:settled(id, now) -> requests that a reading surely counts */
static int ledger_settled(lua_State *L) {
  const struct waba_budget *budget = find(L);
  double now = luaL_checknumber(L, 3);
  push_count(L, budget ? waba_budget_settled(budget, now) : 0);
  return 1;
}

/* ledger:count(id, now) -> ticket: a request is about to go; how many there were with it */
static int ledger_count(lua_State *L) {
  struct waba_budget *budget = make(L);
  if (!waba_budget_count(budget, luaL_checknumber(L, 3))) return waba_no_memory(L);
  push_count(L, budget->sent);
  return 1;
}

/* ledger:uncount(id): one that was counted has not gone */
static int ledger_uncount(lua_State *L) {
  struct waba_budget *budget = find(L);
  if (budget && budget->sent > 0) budget->sent--;
  return 0;
}

/* ledger:pace(id, ticket, gap, wait, now): after this request none goes for `gap` seconds, and none
 * alone for `wait`, until its reply has come. */
static int ledger_pace(lua_State *L) {
  struct waba_busy *busy = make_busy(L, make(L));
  double ticket = luaL_checknumber(L, 3), gap = luaL_checknumber(L, 4);
  double wait = luaL_checknumber(L, 5), now = luaL_checknumber(L, 6);
  busy->next = now + gap;
  busy->latest = (struct waba_fact){ticket, now + wait};
  return 0;
}

/* ledger:replied(id, ticket, now): the reply to that request has come. */
static int ledger_replied(lua_State *L) {
  struct waba_budget *budget = find(L);
  struct waba_busy *busy = budget ? budget->busy : NULL;
  if (busy && busy->latest.value == luaL_checknumber(L, 3)) busy->latest.until = 0;
  return 0;
}

/* ledger:read(id, percent, ticket, cost, now): a reading; the cost may be nil */
static int ledger_read(lua_State *L) {
  struct waba_budget *budget = make(L);
  double percent = luaL_checknumber(L, 3), ticket = luaL_checknumber(L, 4);
  double now = luaL_checknumber(L, 6);
  if (!lua_isnil(L, 5))
    make_busy(L, budget)->cost = (struct waba_fact){luaL_checknumber(L, 5), now + WABA_PACE_KEPT};
  budget->reading = (struct waba_fact){percent, now + WABA_PACE_FRESH};
  budget->ticket = ticket;
  return 0;
}

/* ledger:close(id, seconds, now): for so long, unless it is closed for longer */
static int ledger_close(lua_State *L) {
  struct waba_busy *busy = make_busy(L, make(L));
  double ends = luaL_checknumber(L, 3) + luaL_checknumber(L, 4);
  if (busy->gate < ends) busy->gate = ends;
  return 0;
}

/* ledger:strike(id, ticket, now) -> throttled replies in a row before this one | nil: its request
 * went before the latest of them, and it says nothing new */
static int ledger_strike(lua_State *L) {
  struct waba_budget *budget = make(L);
  struct waba_busy *busy = make_busy(L, budget);
  double ticket = luaL_checknumber(L, 3), now = luaL_checknumber(L, 4);
  if (!waba_fact_holds(&busy->strikes, now)) {
    busy->strikes.value = 0;
  } else if (ticket <= busy->struck) {
    return 0;
  }
  busy->strikes.until = now + WABA_PACE_STRIKES;
  busy->struck = budget->sent;
  push_count(L, busy->strikes.value++);
  return 1;
}

/* ledger:forgive(id, ticket, now): a reply was not throttled, and its request went after the latest
 * that was */
static int ledger_forgive(lua_State *L) {
  struct waba_budget *budget = find(L);
  double ticket = luaL_checknumber(L, 3);
  struct waba_busy *busy = budget ? budget->busy : NULL;
  if (busy && ticket > busy->struck) busy->strikes.until = 0;
  return 0;
}

/* Adds the ids of those of the rows that Graph has told something of to the list on top. */
static void add_ids(lua_State *L, const struct waba_rows *rows, double now) {
  int count = (int)waba_rawlen(L, -1);
  for (const struct waba_row *row = rows->newest; row; row = row->older) {
    const struct waba_busy *busy = waba_budget_busy(&row->budget);
    bool told = busy->gate > now || waba_fact_holds(&busy->cost, now) ||
                waba_fact_holds(&row->budget.reading, now);
    if (!told) continue;
    lua_pushlstring(L, row->id, row->id_len);
    lua_rawseti(L, -2, ++count);
  }
}

/* ledger:ids(now) -> list of those that Graph has told something of */
static int ledger_ids(lua_State *L) {
  const struct waba_ledger *ledger = check_ledger(L);
  double now = luaL_checknumber(L, 2);
  lua_newtable(L);
  add_ids(L, &ledger->busy, now);
  add_ids(L, &ledger->calm, now);
  return 1;
}

static int ledger_gc(lua_State *L) {
  waba_ledger_clear(check_ledger(L));
  return 0;
}

static int new_ledger(lua_State *L) {
  lua_Integer busy = luaL_checkinteger(L, 1), calm = luaL_checkinteger(L, 2);
  luaL_argcheck(L, busy >= 1, 1, "must be 1 or more");
  luaL_argcheck(L, calm >= 1, 2, "must be 1 or more");
  waba_ledger_init(lua_newuserdata(L, sizeof(struct waba_ledger)), (size_t)busy, (size_t)calm);
  luaL_getmetatable(L, class_name);
  lua_setmetatable(L, -2);
  return 1;
}

void waba_ledger_push(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"calm", ledger_calm},       {"close", ledger_close},     {"count", ledger_count},
      {"forgive", ledger_forgive}, {"hour", ledger_hour},       {"ids", ledger_ids},
      {"look", ledger_look},       {"pace", ledger_pace},       {"read", ledger_read},
      {"replied", ledger_replied}, {"settled", ledger_settled}, {"strike", ledger_strike},
      {"turn", ledger_turn},       {"uncount", ledger_uncount}, {NULL, NULL}};
  waba_make_class(L, class_name, methods, ledger_gc, 0);
  lua_pushcfunction(L, new_ledger);
}
