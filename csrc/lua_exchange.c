/* SPDX-License-Identifier: MIT */
#include "lua_exchange.h"

#include <ctype.h>
#include <string.h>

#include "check.h"
#include "lua_class.h"
#include "lua_util.h"

enum { LONGEST_BODY = 4 * 1024 * 1024 };

/* The method decides whether libcurl may send twice what it could not finish once. */
static const struct waba_op ops[] = {
    [WABA_GET] = {.name = "exchange", .method = WABA_GET, .effect = WABA_READS},
    [WABA_POST] = {.name = "exchange", .method = WABA_POST, .effect = WABA_CREATES},
    [WABA_DELETE] = {.name = "exchange", .method = WABA_DELETE, .effect = WABA_SETS}};

static struct waba_str get_text(lua_State *L, int table, const char *key) {
  lua_getfield(L, table, key);
  if (lua_type(L, -1) != LUA_TSTRING) luaL_error(L, "exchange: %s must be a string", key);
  struct waba_str text = waba_tostr(L, -1);
  lua_pop(L, 1); /* the table still holds it */
  return text;
}

static const struct waba_op *read_method(lua_State *L) {
  struct waba_str method = get_text(L, 2, "method");
  for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++)
    if (waba_str_equal(method, waba_str(waba_method_name(ops[i].method)))) return &ops[i];
  luaL_error(L, "exchange: method must be GET, POST or DELETE");
  return NULL;
}

static struct waba_str read_url(lua_State *L, const struct waba_settings *settings) {
  struct waba_str url = get_text(L, 2, "url"), base = waba_buf_str(&settings->base_url);
  bool sound =
      url.len > base.len && memcmp(url.ptr, base.ptr, base.len) == 0 && url.ptr[base.len] == '/';
  for (size_t i = 0; sound && i < url.len; i++)
    sound = (unsigned char)url.ptr[i] > ' ' && url.ptr[i] != 0x7f;
  if (!sound) luaL_error(L, "exchange: url must be one under the client's base_url");
  return url;
}

static struct waba_str read_token(lua_State *L) {
  static const char scheme[] = "Bearer ";
  enum { LEN = sizeof scheme - 1 };
  lua_getfield(L, 2, "headers");
  if (!lua_istable(L, -1)) luaL_error(L, "exchange: headers must be a table");
  struct waba_str value = get_text(L, lua_gettop(L), "Authorization");
  bool sound = value.len > LEN && memcmp(value.ptr, scheme, LEN) == 0;
  struct waba_str token = {value.ptr + LEN, sound ? value.len - LEN : 0};
  if (!sound || waba_check(WABA_RULE_TOKEN, token))
    luaL_error(L, "exchange: Authorization must be a bearer token");
  return token;
}

/* The proof, where there is one, is in the URL already: the token goes without the secret. */
static bool fill(struct waba_call *call, struct waba_str url, struct waba_str body,
                 struct waba_str token) {
  struct waba_request *request = &call->request;
  waba_buf_init(&request->body, LONGEST_BODY);
  request->method = call->op->method;
  bool sound = waba_buf_add_str(&request->url, url) && waba_buf_add_str(&request->body, body) &&
               waba_auth_set(&call->auth, token, (struct waba_str){NULL, 0});
  request->base = request->url.len;
  return sound;
}

static int new_exchange(lua_State *L) {
  struct waba_settings *settings = waba_check_settings(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  double timeout = luaL_checknumber(L, 3);
  const struct waba_op *op = read_method(L);
  struct waba_call *call = waba_newholder(L, sizeof *call, 1);
  waba_call_init(call, op, settings);
  luaL_getmetatable(L, WABA_CLASS_CALL);
  lua_setmetatable(L, -2);
  int self = lua_gettop(L);
  struct waba_str url = read_url(L, settings), token = read_token(L), body = {NULL, 0};
  lua_getfield(L, 2, "body");
  if (!lua_isnil(L, -1)) body = get_text(L, 2, "body");
  if (!fill(call, url, body, token)) {
    if (call->request.url.state == WABA_BUF_FULL || call->request.body.state == WABA_BUF_FULL)
      return luaL_error(L, "exchange: the request is larger than a request may be");
    return waba_no_memory(L);
  }
  call->state = WABA_SENDING;
  call->attempts = 1;
  call->attempt_timeout = timeout;
  lua_pushvalue(L, self);
  return 1;
}

static void push_lower(lua_State *L, const char *text, size_t len) {
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  for (size_t i = 0; i < len; i++)
    luaL_addchar(&buffer, (char)tolower((unsigned char)text[i]));
  luaL_pushresult(&buffer);
}

/* Of several headers of one name the last counts, as everywhere here. */
static void push_headers(lua_State *L, struct waba_str rest) {
  lua_newtable(L);
  while (rest.len > 0) {
    const char *end = memchr(rest.ptr, '\n', rest.len); /* every line has one: we wrote it */
    const char *colon = memchr(rest.ptr, ':', (size_t)(end - rest.ptr));
    if (colon) {
      const char *value = colon + 1 + strspn(colon + 1, " \t");
      push_lower(L, rest.ptr, (size_t)(colon - rest.ptr));
      lua_pushlstring(L, value, value < end ? (size_t)(end - value) - 1 : 0);
      lua_rawset(L, -3);
    }
    rest.len -= (size_t)(end + 1 - rest.ptr);
    rest.ptr = end + 1;
  }
}

static int push_response(lua_State *L, const struct waba_response *response) {
  lua_createtable(L, 0, 3);
  lua_pushinteger(L, response->status);
  lua_setfield(L, -2, "status");
  push_headers(L, waba_buf_str(&response->headers));
  lua_setfield(L, -2, "headers");
  waba_pushstr(L, waba_buf_str(&response->body));
  lua_setfield(L, -2, "body");
  return 1;
}

static const char *name_of(enum waba_kind kind) {
  bool told = kind == WABA_KIND_TIMEOUT || kind == WABA_KIND_TLS || kind == WABA_KIND_PROTOCOL;
  return waba_kinds[told ? kind : WABA_KIND_NETWORK].name;
}

int waba_call_l_outcome(lua_State *L) {
  const struct waba_call *call = waba_self_call(L);
  if (call->state == WABA_RECEIVED) return push_response(L, &call->response);
  if (call->state != WABA_TROUBLED) return luaL_error(L, "outcome: nothing has come back yet");
  lua_pushnil(L);
  waba_pushstr(L, waba_buf_str(&call->error.texts[WABA_TEXT_MESSAGE]));
  lua_pushstring(L, name_of(call->lost));
  lua_pushboolean(L, call->sent);
  return 4;
}

void waba_exchange_push(lua_State *L) {
  lua_pushcfunction(L, new_exchange);
}
