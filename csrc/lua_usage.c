/* SPDX-License-Identifier: MIT */
#include "lua_usage.h"

#include "lua_class.h"
#include "lua_util.h"
#include "usage.h"

static bool is_told(const struct waba_usage *usage) {
  return usage->percent >= 0 || usage->regain > 0;
}

static void push_percent(lua_State *L, const struct waba_usage *usage) {
  if (usage->percent >= 0) {
    lua_pushnumber(L, usage->percent);
  } else {
    lua_pushnil(L);
  }
}

/* Pushes {percent, regain, partial}. */
static void push_usage(lua_State *L, const struct waba_usage *usage) {
  lua_createtable(L, 0, 3);
  push_percent(L, usage);
  lua_setfield(L, -2, "percent");
  lua_pushnumber(L, usage->regain);
  lua_setfield(L, -2, "regain");
  lua_pushboolean(L, usage->partial);
  lua_setfield(L, -2, "partial");
}

struct accounts {
  lua_State *L; /* the table of others, or nil, is on top of its stack */
  struct waba_str own;
  bool own_told;
  struct waba_usage said; /* of the call's own account, once told; until then of all there are */
};

static void add_other(lua_State *L, struct waba_str key, const struct waba_usage *usage) {
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_newtable(L);
  }
  waba_pushstr(L, key);
  push_usage(L, usage);
  lua_rawset(L, -3);
}

static void add_account(void *context, struct waba_str key, const struct waba_usage *usage) {
  struct accounts *accounts = context;
  bool own = key.ptr && waba_str_equal(key, accounts->own) && is_told(usage);
  if (own) {
    accounts->own_told = true;
    accounts->said = *usage;
    return;
  }
  if (!accounts->own_told) waba_usage_join(&accounts->said, usage);
  if (key.ptr && is_told(usage)) add_other(accounts->L, key, usage);
}

/* Pushes what is told of other accounts, or nil. The key may be the account's id, or that of the
 * business behind the token, which Meta's pages disagree on. So every key is told on its own; and
 * where the call's account is not among them, whatever is there is said of it. */
static struct waba_usage push_others(lua_State *L, const struct waba_call *call) {
  struct waba_str header = waba_response_header(&call->response, "x-business-use-case-usage");
  struct accounts accounts = {.L = L, .own = waba_str(call->account[0] ? call->account : "-")};
  waba_usage_init(&accounts.said);
  lua_pushnil(L);
  if (waba_usage_read_keys(header, add_account, &accounts)) return accounts.said;
  lua_pop(L, 1);
  lua_pushnil(L);
  waba_usage_init(&accounts.said);
  return accounts.said;
}

/* call:usage() -> app's percent, partial, percent, regain, partial, others | nothing: no reply.
 * What the latest reply says of the app, of the call's account, and of others, as {[id] = {percent,
 * regain, partial}} or nil.
 *   percent   used; nil where no meter was read
 *   regain    seconds until calls are let through; 0: it does not say
 *   partial   there may be less left than it seems */
int waba_call_l_usage(lua_State *L) {
  const struct waba_call *call = waba_self_call(L);
  struct waba_usage app;
  if (call->response.status == 0) return 0;
  luaL_checkstack(L, 12, "usage");
  if (!waba_usage_read(waba_response_header(&call->response, "x-app-usage"), &app))
    waba_usage_init(&app);
  struct waba_usage said = push_others(L, call);
  push_percent(L, &app);
  lua_pushboolean(L, app.partial);
  push_percent(L, &said);
  lua_pushnumber(L, said.regain);
  lua_pushboolean(L, said.partial);
  lua_pushvalue(L, -6);
  return 6;
}

/* call:throttled() -> code, retry_after of a reply that was refused for want of budget, both
 * negative where it does not say | nil: it was not */
int waba_call_l_throttled(lua_State *L) {
  const struct waba_call *call = waba_self_call(L);
  bool throttled = call->failed && call->error.kind == WABA_KIND_THROTTLED;
  if (!throttled || call->response.status == 0) return 0;
  lua_pushnumber(L, (lua_Number)call->error.code);
  lua_pushnumber(L, call->error.retry_after);
  return 2;
}
