/* SPDX-License-Identifier: MIT */
#include "lua_usage.h"

#include "lua_class.h"
#include "lua_util.h"
#include "usage.h"

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

static void set_app(lua_State *L, const struct waba_call *call) {
  struct waba_usage usage;
  if (!waba_usage_read(waba_response_header(&call->response, "x-app-usage"), &usage)) return;
  push_usage(L, &usage);
  lua_setfield(L, -2, "app");
}

struct accounts {
  lua_State *L; /* the table to fill is on top of its stack */
  struct waba_usage all;
};

static void add_account(void *context, struct waba_str key, const struct waba_usage *usage) {
  struct accounts *accounts = context;
  waba_usage_join(&accounts->all, usage);
  if (!key.ptr) return;
  waba_pushstr(accounts->L, key);
  push_usage(accounts->L, usage);
  lua_rawset(accounts->L, -3);
}

/* The key may be the account's id, or that of the business behind the token, which Meta's pages
 * disagree on. So every key is told on its own; and where the call's account is not among them,
 * whatever is there is said of it. */
static void set_accounts(lua_State *L, const struct waba_call *call) {
  struct accounts accounts = {.L = L};
  struct waba_str header = waba_response_header(&call->response, "x-business-use-case-usage");
  waba_usage_init(&accounts.all);
  lua_createtable(L, 0, 1);
  if (!waba_usage_read_keys(header, add_account, &accounts)) {
    lua_pop(L, 1);
    lua_newtable(L);
    waba_usage_init(&accounts.all);
  }
  const char *own = call->account[0] ? call->account : "-";
  lua_getfield(L, -1, own);
  bool told = !lua_isnil(L, -1);
  lua_pop(L, 1);
  if (!told) {
    push_usage(L, &accounts.all);
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
  luaL_checkstack(L, 8, "usage");
  lua_createtable(L, 0, 3);
  set_app(L, call);
  set_accounts(L, call);
  set_throttled(L, call);
  return 1;
}
