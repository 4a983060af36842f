/* SPDX-License-Identifier: MIT */
#include "lua_usage.h"

#include "lua_class.h"
#include "lua_json.h"
#include "lua_util.h"
#include "usage.h"

/* The meter on top of the stack: a number, or text that holds one. Negative: neither. */
static double to_number(lua_State *L) {
  if (lua_type(L, -1) == LUA_TNUMBER) return lua_tonumber(L, -1);
  if (lua_type(L, -1) == LUA_TSTRING) return waba_usage_number(waba_tostr(L, -1));
  return -1;
}

static void join_fields(lua_State *L, struct waba_usage *usage) {
  struct waba_usage entry;
  waba_usage_init(&entry);
  for (int i = 0; i < WABA_METER_NAMES; i++) {
    lua_getfield(L, -1, waba_meter_names[i]);
    if (lua_isnil(L, -1)) {
      waba_usage_miss(&entry, (enum waba_meter_name)i);
    } else {
      waba_usage_take(&entry, (enum waba_meter_name)i, to_number(L));
    }
    lua_pop(L, 1);
  }
  waba_usage_join(usage, &entry);
}

/* One entry, on top of the stack: an object of meters, of whichever `type`, or a bare meter. */
static void join_entry(lua_State *L, struct waba_usage *usage) {
  if (lua_istable(L, -1)) {
    join_fields(L, usage);
    return;
  }
  struct waba_usage entry;
  waba_usage_init(&entry);
  waba_usage_take_bare(&entry, to_number(L));
  waba_usage_join(usage, &entry);
}

/* A list of entries, or one without a list around it. */
static void join_entries(lua_State *L, struct waba_usage *usage) {
  int count = lua_istable(L, -1) ? (int)waba_rawlen(L, -1) : 0;
  if (count == 0) join_entry(L, usage);
  for (int i = 1; i <= count; i++) {
    lua_rawgeti(L, -1, i);
    join_entry(L, usage);
    lua_pop(L, 1);
  }
}

static void set_number(lua_State *L, const char *key, double value) {
  lua_pushnumber(L, value);
  lua_setfield(L, -2, key);
}

/* Pushes {percent, regain, partial}, or nil where nothing was read. */
static void push_usage(lua_State *L, const struct waba_usage *usage) {
  if (usage->percent < 0 && usage->regain <= 0) {
    lua_pushnil(L);
    return;
  }
  lua_createtable(L, 0, 3);
  if (usage->percent >= 0) set_number(L, "percent", usage->percent);
  set_number(L, "regain", usage->regain);
  lua_pushboolean(L, usage->partial);
  lua_setfield(L, -2, "partial");
}

/* Pushes the decoded header; false: it is not there or cannot be read, and nothing was pushed. */
static bool push_header(lua_State *L, const struct waba_call *call, const char *name) {
  struct waba_str text = waba_response_header(&call->response, name);
  if (text.len == 0) return false;
  if (waba_usage_number(text) >= 0) { /* 17% is no JSON */
    waba_pushstr(L, text);
    return true;
  }
  int top = lua_gettop(L);
  if (waba_json_decode(L, lua_upvalueindex(1), text.ptr, text.len, NULL) == WABA_JSON_SOUND)
    return true;
  lua_settop(L, top);
  return false;
}

static void set_app(lua_State *L, const struct waba_call *call) {
  struct waba_usage usage;
  if (!push_header(L, call, "x-app-usage")) return;
  waba_usage_init(&usage);
  join_entries(L, &usage);
  lua_pop(L, 1);
  push_usage(L, &usage);
  lua_setfield(L, -2, "app");
}

/* The key may be the account's id, or that of the business behind the token, which Meta's pages
 * disagree on. So every key is told on its own; and where the call's account is not among them,
 * whatever is there is said of it. The table to fill is below the header on the stack. */
static void read_accounts(lua_State *L, struct waba_usage *all) {
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    struct waba_usage usage;
    waba_usage_init(&usage);
    join_entries(L, &usage);
    waba_usage_join(all, &usage);
    if (lua_type(L, -2) != LUA_TSTRING) continue;
    lua_pushvalue(L, -2); /* [accounts header key value key] */
    push_usage(L, &usage);
    lua_rawset(L, -6);
  }
}

static void set_accounts(lua_State *L, const struct waba_call *call) {
  struct waba_usage all;
  lua_newtable(L);
  waba_usage_init(&all);
  if (push_header(L, call, "x-business-use-case-usage")) {
    if (lua_istable(L, -1)) {
      luaL_checkstack(L, 8, "usage");
      read_accounts(L, &all);
    } else {
      join_entry(L, &all);
    }
    lua_pop(L, 1);
  }
  const char *own = call->account[0] ? call->account : "-";
  lua_getfield(L, -1, own);
  bool told = !lua_isnil(L, -1);
  lua_pop(L, 1);
  if (!told) {
    push_usage(L, &all);
    lua_setfield(L, -2, own);
  }
  lua_setfield(L, -2, "accounts");
}

static void set_throttled(lua_State *L, const struct waba_call *call) {
  if (!call->failed || call->error.kind != WABA_KIND_THROTTLED) return;
  lua_createtable(L, 0, 2);
  set_number(L, "code", (double)call->error.code);
  set_number(L, "retry_after", call->error.retry_after);
  lua_setfield(L, -2, "throttled");
}

/* call:usage() -> {app, accounts, throttled} | nil: no reply. What the latest reply says:
 *   app        {percent, regain, partial}, or absent; percent is absent where no meter was read
 *   accounts   the same for each id; the call's own account, "-" where it has none
 *   throttled  {code, retry_after} of a reply that was refused for want of budget; both negative
 *              where the reply does not say */
int waba_call_l_usage(lua_State *L) {
  const struct waba_call *call = waba_check_call(L, 1);
  if (call->response.status == 0) return 0;
  lua_createtable(L, 0, 3);
  set_app(L, call);
  set_accounts(L, call);
  set_throttled(L, call);
  return 1;
}
