/* SPDX-License-Identifier: MIT */
#include "lua_usage.h"

#include "lua_class.h"
#include "lua_util.h"
#include "usage.h"

static bool is_told(const struct waba_usage *usage) {
  return usage->percent >= 0 || usage->regain > 0;
}

static void push_facts(lua_State *L, const struct waba_usage *usage) {
  if (usage->percent >= 0) {
    lua_pushnumber(L, usage->percent);
  } else {
    lua_pushnil(L);
  }
  lua_pushnumber(L, usage->regain);
  lua_pushboolean(L, usage->partial);
}

/* Pushes {percent, regain, partial}. */
static void push_usage(lua_State *L, const struct waba_usage *usage) {
  lua_createtable(L, 0, 3);
  int table = lua_gettop(L);
  push_facts(L, usage);
  lua_setfield(L, table, "partial");
  lua_setfield(L, table, "regain");
  lua_setfield(L, table, "percent");
}

struct accounts {
  struct waba_str own;
  struct waba_usage said;   /* of the call's own account, and without a key */
  struct waba_usage others; /* under all other keys */
  lua_State *L; /* the table of those, or nil, is on top of its stack; NULL: nobody asks for it */
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
  if (!key.ptr || waba_str_equal(key, accounts->own)) {
    waba_usage_join(&accounts->said, usage);
    return;
  }
  waba_usage_join(&accounts->others, usage);
  if (accounts->L && is_told(usage)) add_other(accounts->L, key, usage);
}

/* What is said of the call's account. The key may be the account's id, or that of the business
 * behind the token, which Meta's pages disagree on: where its own key is not there, whatever is
 * there is said of it. Where L is not NULL, pushes {[id] = {percent, regain, partial}} of the other
 * keys, or nil. */
static struct waba_usage read_accounts(lua_State *L, const struct waba_call *call) {
  struct waba_str header = waba_response_header(&call->response, "x-business-use-case-usage");
  struct accounts accounts = {.L = L, .own = waba_str(call->account[0] ? call->account : "-")};
  waba_usage_init(&accounts.said);
  waba_usage_init(&accounts.others);
  if (L) lua_pushnil(L);
  if (waba_usage_read_keys(header, add_account, &accounts))
    return is_told(&accounts.said) ? accounts.said : accounts.others;
  waba_usage_init(&accounts.said);
  if (L) lua_pop(L, 1);
  if (L) lua_pushnil(L);
  return accounts.said;
}

static struct waba_usage read_app(const struct waba_call *call) {
  struct waba_usage app;
  if (!waba_usage_read(waba_response_header(&call->response, "x-app-usage"), &app))
    waba_usage_init(&app);
  return app;
}

double waba_usage_regain(const struct waba_call *call) {
  struct waba_usage usage = read_app(call);
  struct waba_usage said = read_accounts(NULL, call);
  waba_usage_join(&usage, &said);
  return usage.regain;
}

/* call:usage() -> the app's percent, regain, partial, the account's, others | nothing: no reply.
 * What the latest reply says of the app, of the call's account, and of others, as {[id] = {percent,
 * regain, partial}} or nil.
 *   percent   used; nil where no meter was read
 *   regain    seconds until calls are let through; 0: it does not say
 *   partial   there may be less left than it seems */
int waba_call_l_usage(lua_State *L) {
  const struct waba_call *call = waba_self_call(L);
  if (call->response.status == 0) return 0;
  luaL_checkstack(L, 16, "usage");
  struct waba_usage app = read_app(call);
  struct waba_usage said = read_accounts(L, call);
  int others = lua_gettop(L);
  push_facts(L, &app);
  push_facts(L, &said);
  lua_pushvalue(L, others);
  return 7;
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
