/* SPDX-License-Identifier: MIT */
#include "lua_path.h"

#include <string.h>

#include "check.h"
#include "lua_args.h"
#include "lua_class.h"
#include "lua_util.h"

#define DOUBT "read back whether it took effect, then decide whether to send it again"

static const struct waba_op ops[] = {
    {.name = "get", .method = WABA_GET, .effect = WABA_READS, .shape = WABA_ANY},
    {.name = "post",
     .method = WABA_POST,
     .effect = WABA_CREATES,
     .shape = WABA_ANY,
     .doubt = DOUBT},
    {.name = "delete",
     .method = WABA_DELETE,
     .effect = WABA_SETS,
     .shape = WABA_ANY,
     .doubt = DOUBT}};

/* A URL still gets its proof. */
enum { MOST_PAIRS = 64, LONGEST_URL = 32 * 1024 };

static bool is_one_of(struct waba_str name, const char *const *names) {
  for (; *names; names++)
    if (waba_str_equal(name, waba_str(*names))) return true;
  return false;
}

static bool is_secret(struct waba_str name) {
  static const char *const names[] = {"client_secret", "fb_exchange_token", "input_token",
                                      "revoke_token", NULL};
  return is_one_of(name, names);
}

/* What a parameter must be called; NULL where its name is fine. */
static const char *check_name(const struct waba_op *op, struct waba_str name) {
  static const char *const ours[] = {"access_token", "appsecret_proof", "appsecret_time", "method",
                                     NULL};
  const char *must = waba_check(WABA_RULE_PARAM, name);
  if (must) return must;
  if (is_one_of(name, ours)) return "none that the client sends by itself";
  if (op->method != WABA_POST && is_secret(name))
    return "none with a secret: debug_token, refresh_token and revoke_token do not put it in a URL";
  return NULL;
}

static bool holds_token(const struct waba_call *call, struct waba_str value) {
  struct waba_str token = waba_buf_str(&waba_call_auth(call)->token);
  return token.len > 0 && waba_str_contains(value, token.ptr);
}

static bool read_path(lua_State *L, int index, struct waba_call *call, struct waba_str *path) {
  if (lua_type(L, index) != LUA_TSTRING)
    waba_usage(L, "bad argument #1 to '%s' (path must be a string, got %s)", call->op->name,
               luaL_typename(L, index));
  *path = waba_tostr(L, index);
  const char *must = waba_check(WABA_RULE_PATH, *path);
  if (must) return waba_reject(L, call, "path", must, *path);
  return !holds_token(call, *path) ||
         waba_reject(L, call, "path", "without the access token", waba_not_shown);
}

/* The list at index still holds the strings. */
static struct waba_str text_at(lua_State *L, int index, size_t i) {
  lua_rawgeti(L, index, (int)i);
  struct waba_str text = {luaL_checkstring(L, -1), waba_rawlen(L, -1)};
  lua_pop(L, 1);
  return text;
}

static bool read_pairs(lua_State *L, int index, struct waba_call *call,
                       struct waba_pair pairs[MOST_PAIRS], size_t *count) {
  luaL_checktype(L, index, LUA_TTABLE);
  *count = waba_rawlen(L, index) / 2;
  if (*count > MOST_PAIRS) return waba_reject(L, call, "params", "64 at most", waba_not_shown);
  for (size_t i = 0; i < *count; i++) {
    struct waba_pair *pair = &pairs[i];
    *pair = (struct waba_pair){text_at(L, index, 2 * i + 1), text_at(L, index, 2 * i + 2)};
    const char *must = check_name(call->op, pair->name);
    if (must) return waba_reject(L, call, "the name of a parameter", must, pair->name);
    if (holds_token(call, pair->value))
      return waba_reject(L, call, pair->name.ptr, "something else than the access token",
                         waba_not_shown);
    if (is_secret(pair->name) && !waba_call_hide(call, pair->value)) waba_no_memory(L);
  }
  return true;
}

static bool begin(lua_State *L, struct waba_call *call) {
  struct waba_args args = {.limit = 0};
  struct waba_pair pairs[MOST_PAIRS];
  if (call->settings->closed) return !waba_call_refuse(call) && waba_no_memory(L);
  if (!waba_read_options(L, 5, call, &args) || !read_path(L, 3, call, &args.path) ||
      !read_pairs(L, 4, call, pairs, &args.pair_count))
    return false;
  args.pairs = pairs;
  const struct waba_request *request = &call->request;
  if (waba_call_begin(call, &args) && request->url.len <= LONGEST_URL) return true;
  if (request->url.state == WABA_BUF_NO_MEMORY || request->body.state == WABA_BUF_NO_MEMORY)
    waba_no_memory(L);
  call->state = WABA_ENDED;
  return waba_reject(L, call, "params", "less: a URL may have 32 KiB, a body 64", waba_not_shown);
}

static int new_request(lua_State *L) {
  static const char *const names[] = {"get", "post", "delete", NULL};
  struct waba_settings *settings = waba_check_settings(L, 1);
  const struct waba_op *op = &ops[luaL_checkoption(L, 2, NULL, names)];
  lua_settop(L, 5);
  struct waba_call *call = waba_newholder(L, sizeof *call, 1);
  waba_call_init(call, op, settings);
  luaL_getmetatable(L, WABA_CLASS_CALL);
  lua_setmetatable(L, -2);
  int self = lua_gettop(L);
  if (!begin(L, call)) {
    lua_pushnil(L);
    waba_push_error(L, &call->error, op->name);
    return 2;
  }
  lua_pushvalue(L, self);
  return 1;
}

void waba_path_push(lua_State *L) {
  lua_pushcfunction(L, new_request);
}
