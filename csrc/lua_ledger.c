/* SPDX-License-Identifier: MIT */
#include "lua_ledger.h"

#include <math.h>
#include <string.h>

#include "ledger.h"
#include "lua_class.h"
#include "lua_util.h"

static const char class_name[] = "waba.ledger";
static const struct waba_str app = {"app", 3};

static struct waba_ledger *check_ledger(lua_State *L) {
  return waba_check_self(L, class_name);
}

static struct waba_str check_id(lua_State *L) {
  struct waba_str id;
  id.ptr = luaL_checklstring(L, 2, &id.len);
  return id;
}

/* What the app's budget holds is told nowhere. */
static double first_cost(struct waba_str id) {
  return waba_str_equal(id, app) ? 0 : waba_pace_first_cost;
}

static struct waba_facts facts_of(const struct waba_ledger *ledger, struct waba_str id,
                                  double now) {
  static const struct waba_budget unknown;
  const struct waba_budget *budget = waba_ledger_find(ledger, id);
  return waba_budget_facts(budget ? budget : &unknown, first_cost(id), now);
}

static struct waba_budget *make(lua_State *L, struct waba_ledger *ledger, struct waba_str id) {
  struct waba_budget *budget = waba_ledger_make(ledger, id);
  if (!budget) waba_no_memory(L);
  return budget;
}

/* Requests, which are whole; what no caller of ours passes is 0. */
static void push_count(lua_State *L, double count) {
  lua_pushinteger(L, fabs(count) < 1e15 ? (lua_Integer)count : 0);
}

static struct waba_turn turn_of(const struct waba_ledger *ledger, struct waba_str id, bool writes,
                                double now) {
  struct waba_turn turn;
  struct waba_facts facts = facts_of(ledger, id, now);
  waba_pace_turn(&facts, writes, now, &turn);
  return turn;
}

/* Answers the request's ticket. */
static double take(lua_State *L, struct waba_ledger *ledger, struct waba_str id,
                   const struct waba_turn *turn, double now) {
  struct waba_budget *budget = make(L, ledger, id);
  if (!waba_budget_take(budget, turn, now)) waba_no_memory(L);
  return budget->sent;
}

/* ledger:delay(id, writes, now) -> seconds until a request for this account may go, whether that is
 * for the app's sake | 0, ticket, the app's ticket, paced: it goes now, and is counted */
static int ledger_delay(lua_State *L) {
  struct waba_ledger *ledger = check_ledger(L);
  struct waba_str id = check_id(L);
  bool writes = lua_toboolean(L, 3);
  double now = luaL_checknumber(L, 4);
  struct waba_turn whole = turn_of(ledger, app, writes, now);
  struct waba_turn own = turn_of(ledger, id, writes, now);
  if (whole.wait > 0 || own.wait > 0) {
    lua_pushnumber(L, fmax(whole.wait, own.wait));
    lua_pushboolean(L, whole.wait > 0);
    return 2;
  }
  double app_ticket = take(L, ledger, app, &whole, now);
  double ticket = take(L, ledger, id, &own, now);
  lua_pushinteger(L, 0);
  push_count(L, ticket);
  push_count(L, app_ticket);
  lua_pushboolean(L, whole.paced || own.paced);
  return 4;
}

/* ledger:take_back(id): a request that was counted has not gone */
static int ledger_take_back(lua_State *L) {
  struct waba_ledger *ledger = check_ledger(L);
  struct waba_budget *own = waba_ledger_find(ledger, check_id(L));
  struct waba_budget *whole = waba_ledger_find(ledger, app);
  if (own) waba_budget_take_back(own);
  if (whole) waba_budget_take_back(whole);
  return 0;
}

/* Calls `act` with the budgets that a request was counted in, where anything is known of them, and
 * its tickets. */
static int each_of(lua_State *L, void (*act)(struct waba_budget *budget, double ticket)) {
  struct waba_ledger *ledger = check_ledger(L);
  struct waba_budget *own = waba_ledger_find(ledger, check_id(L));
  struct waba_budget *whole = waba_ledger_find(ledger, app);
  double ticket = luaL_checknumber(L, 3), app_ticket = luaL_checknumber(L, 4);
  if (own) act(own, ticket);
  if (whole) act(whole, app_ticket);
  return 0;
}

/* ledger:replied(id, ticket, app_ticket): the reply to that request has come */
static int ledger_replied(lua_State *L) {
  return each_of(L, waba_budget_replied);
}

/* ledger:forgive(id, ticket, app_ticket): and it shows that there is budget left */
static int ledger_forgive(lua_State *L) {
  return each_of(L, waba_budget_forgive);
}

/* ledger:read(id, ticket | nil, percent, partial, now): a reading, from the reply to that request
 */
static int ledger_read(lua_State *L) {
  struct waba_ledger *ledger = check_ledger(L);
  struct waba_str id = check_id(L);
  struct waba_reading reading = {.ticket = luaL_optnumber(L, 3, -1),
                                 .percent = luaL_checknumber(L, 4),
                                 .partial = lua_toboolean(L, 5)};
  double now = luaL_checknumber(L, 6);
  struct waba_facts facts = facts_of(ledger, id, now);
  waba_pace_note(&facts, &reading);
  if (reading.overtaken) return 0;
  if (!waba_budget_read(make(L, ledger, id), &reading, now)) return waba_no_memory(L);
  return 0;
}

/* ledger:close(id, seconds, now): for so long, unless it is closed for longer */
static int ledger_close(lua_State *L) {
  struct waba_ledger *ledger = check_ledger(L);
  struct waba_str id = check_id(L);
  double until = luaL_checknumber(L, 3) + luaL_checknumber(L, 4);
  if (!waba_budget_close(make(L, ledger, id), until)) return waba_no_memory(L);
  return 0;
}

/* ledger:strike(id, ticket, now): the reply to that request was throttled, and stated no time */
static int ledger_strike(lua_State *L) {
  struct waba_ledger *ledger = check_ledger(L);
  struct waba_str id = check_id(L);
  double ticket = luaL_checknumber(L, 3), now = luaL_checknumber(L, 4);
  if (!waba_budget_strike(make(L, ledger, id), ticket, now)) return waba_no_memory(L);
  return 0;
}

/* ledger:describe(id, now) -> percent used | nil: not known, requests of the last hour, seconds for
 * which it is closed; 0: it is open */
static int ledger_describe(lua_State *L) {
  double now = luaL_checknumber(L, 3);
  struct waba_facts facts = facts_of(check_ledger(L), check_id(L), now);
  double used = waba_pace_used(&facts);
  if (used < 0) {
    lua_pushnil(L);
  } else {
    waba_push_number(L, used);
  }
  push_count(L, facts.hour);
  waba_push_number(L, waba_pace_closed(&facts, now));
  return 3;
}

/* Copies the ids of those of the rows that Graph has told something of, each after its length, as
 * many as there is room for. Answers how many bytes are taken with them, or would be. */
static size_t copy_ids(const struct waba_rows *rows, double now, char *to, size_t room,
                       size_t taken) {
  for (const struct waba_row *row = rows->newest; row; row = row->older) {
    size_t len = sizeof row->id_len + row->id_len;
    if (!waba_budget_is_told(&row->budget, now)) continue;
    if (taken + len <= room) {
      memcpy(to + taken, &row->id_len, sizeof row->id_len);
      memcpy(to + taken + sizeof row->id_len, row->id, row->id_len);
    }
    taken += len;
  }
  return taken;
}

static size_t copy_all(const struct waba_ledger *ledger, double now, char *to, size_t room) {
  size_t taken = copy_ids(&ledger->busy, now, to, room, 0);
  return copy_ids(&ledger->calm, now, to, room, taken);
}

/* ledger:ids(now) -> list of those that Graph has told something of. They are copied before they
 * are pushed: to push is to allocate, which may run a finaliser, which may change the ledger. */
static int ledger_ids(lua_State *L) {
  const struct waba_ledger *ledger = check_ledger(L);
  double now = luaL_checknumber(L, 2);
  char *ids = NULL;
  size_t room = 0, len;
  while ((len = copy_all(ledger, now, ids, room)) > room) {
    lua_settop(L, 2);
    ids = lua_newuserdata(L, len);
    room = len;
  }
  lua_newtable(L);
  size_t id_len;
  for (int count = 1; len > 0; count++, ids += id_len, len -= sizeof id_len + id_len) {
    memcpy(&id_len, ids, sizeof id_len);
    ids += sizeof id_len;
    lua_pushlstring(L, ids, id_len);
    lua_rawseti(L, -2, count);
  }
  return 1;
}

/* Also ledger:clear(): nothing is known any more. */
static int ledger_clear(lua_State *L) {
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
  static const luaL_Reg methods[] = {{"clear", ledger_clear},
                                     {"close", ledger_close},
                                     {"delay", ledger_delay},
                                     {"describe", ledger_describe},
                                     {"forgive", ledger_forgive},
                                     {"ids", ledger_ids},
                                     {"read", ledger_read},
                                     {"replied", ledger_replied},
                                     {"strike", ledger_strike},
                                     {"take_back", ledger_take_back},
                                     {NULL, NULL}};
  waba_make_class(L, class_name, methods, ledger_clear, 0);
  lua_pushcfunction(L, new_ledger);
}
