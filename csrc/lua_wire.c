/* SPDX-License-Identifier: MIT */
#include "lua_wire.h"

#include <math.h>
#include <string.h>

#include "check.h"
#include "lua_class.h"
#include "lua_util.h"

/* call:hold(seconds): the request must wait, says whoever keeps the budget. */
int waba_call_l_hold(lua_State *L) {
  struct waba_call *call = waba_self_call(L);
  double seconds = luaL_checknumber(L, 2);
  if (call->state != WABA_SENDING) return luaL_error(L, "hold: no request is to be sent");
  waba_call_hold(call, seconds);
  return 0;
}

/* call:left(now) -> seconds until the call must have ended */
int waba_call_l_left(lua_State *L) {
  lua_pushnumber(L, waba_call_left(waba_self_call(L), luaL_checknumber(L, 2)));
  return 1;
}

/* call:cut(seconds): the attempt, which had to wait for its turn, may take no longer. */
int waba_call_l_cut(lua_State *L) {
  struct waba_call *call = waba_self_call(L);
  double seconds = luaL_checknumber(L, 2);
  if (call->state != WABA_SENDING) return luaL_error(L, "cut: no request is to be sent");
  waba_call_cut(call, seconds);
  return 0;
}

/* call:expire(): the call's time was over before the request could go. */
int waba_call_l_expire(lua_State *L) {
  struct waba_call *call = waba_self_call(L);
  if (call->state != WABA_SENDING) return luaL_error(L, "expire: no request is to be sent");
  waba_call_expire(call);
  return 0;
}

/* call:stop(): no further request goes out. */
int waba_call_l_stop(lua_State *L) {
  waba_call_stop(waba_self_call(L));
  return 0;
}

/* call:again() -> boolean: the write that ended as indeterminate was read back: not done. */
int waba_call_l_again(lua_State *L) {
  lua_pushboolean(L, waba_call_again(waba_self_call(L)));
  return 1;
}

/* call:authorize(token [, message]) -> boolean
 * The token for this request, where it comes from a function; what is no token ends the attempt
 * with an error of kind auth, and false says not to send. */
int waba_call_l_authorize(lua_State *L) {
  struct waba_call *call = waba_self_call(L);
  if (call->state != WABA_SENDING) return luaL_error(L, "authorize: there is no request to send");
  if (call->settings->closed) {
    lua_pushboolean(L, waba_call_may_send(L, call));
    return 1;
  }
  bool given = lua_type(L, 2) == LUA_TSTRING;
  bool usable = given && !waba_check(WABA_RULE_TOKEN, waba_tostr(L, 2));
  if (usable && !waba_call_authorize(call, waba_tostr(L, 2))) return waba_no_memory(L);
  if (!usable) {
    const char *why = given                           ? "characters that a token does not have"
                      : lua_type(L, 3) == LUA_TSTRING ? lua_tostring(L, 3)
                                                      : luaL_typename(L, 2);
    lua_pushfstring(L, "the function access_token gave no token: %s", why);
    if (!waba_call_drop(call, WABA_KIND_AUTH, waba_tostr(L, -1))) return waba_no_memory(L);
  }
  lua_pushboolean(L, usable);
  return 1;
}

static void push_headers(lua_State *L, const struct waba_call *call) {
  struct waba_str lines[WABA_REQUEST_HEADERS];
  size_t count = waba_call_headers(call, lines);
  lua_createtable(L, 0, (int)count);
  for (size_t i = 0; i < count; i++) {
    const char *colon = memchr(lines[i].ptr, ':', lines[i].len);
    size_t name = (size_t)(colon - lines[i].ptr);
    lua_pushlstring(L, lines[i].ptr, name);
    lua_pushlstring(L, colon + 2, lines[i].len - name - 2);
    lua_rawset(L, -3);
  }
}

/* call:request() -> {method, url, headers, body}, seconds | nil: not to be sent */
int waba_call_l_request(lua_State *L) {
  struct waba_call *call = waba_self_call(L);
  if (!waba_call_may_send(L, call)) return 0;
  const struct waba_request *request = waba_call_request(call);
  if (!request) return waba_no_memory(L);
  lua_createtable(L, 0, 4);
  lua_pushstring(L, waba_method_name(request->method));
  lua_setfield(L, -2, "method");
  waba_pushstr(L, waba_buf_str(&request->url));
  lua_setfield(L, -2, "url");
  push_headers(L, call);
  lua_setfield(L, -2, "headers");
  if (request->body.len > 0) {
    waba_pushstr(L, waba_buf_str(&request->body));
    lua_setfield(L, -2, "body");
  }
  lua_pushnumber(L, call->attempt_timeout);
  return 2;
}

/* One header of a response table. false: past the bounds. */
static bool take_header(lua_State *L, struct waba_response *response) {
  bool usable = lua_type(L, -2) == LUA_TSTRING && lua_isstring(L, -1);
  if (!usable) return true; /* some HTTP libraries add entries of their own */
  lua_pushvalue(L, -2);
  lua_pushliteral(L, ": ");
  lua_pushvalue(L, -3);
  lua_concat(L, 3);
  struct waba_str line = waba_tostr(L, -1);
  bool whole = !memchr(line.ptr, '\n', line.len);
  bool sound = !whole || waba_response_add_header(response, line);
  lua_pop(L, 1);
  return sound;
}

static bool take_headers(lua_State *L, struct waba_response *response) {
  lua_getfield(L, 2, "headers");
  if (lua_isnil(L, -1)) return true;
  if (!lua_istable(L, -1)) luaL_error(L, "transport: response.headers must be a table");
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
    if (!take_header(L, response)) return false;
  return true;
}

static bool take_body(lua_State *L, struct waba_response *response) {
  lua_getfield(L, 2, "body");
  if (lua_isnil(L, -1)) return true;
  if (lua_type(L, -1) != LUA_TSTRING) luaL_error(L, "transport: response.body must be a string");
  return waba_buf_add_str(&response->body, waba_tostr(L, -1));
}

static int take_status(lua_State *L) {
  lua_getfield(L, 2, "status");
  lua_Number status = lua_tonumber(L, -1);
  if (lua_type(L, -1) != LUA_TNUMBER || !(status >= 100 && status <= 599) ||
      floor(status) != status)
    luaL_error(L, "transport: response.status must be a whole number from 100 to 599");
  return (int)status;
}

/* call:feed(response): the reply to the request; {status, headers, body} as in the contract. */
int waba_call_l_feed(lua_State *L) {
  struct waba_call *call = waba_self_call(L);
  struct waba_response *response = &call->response;
  if (call->state != WABA_SENDING) return luaL_error(L, "feed: no request is on its way");
  if (!lua_istable(L, 2))
    return luaL_error(L, "transport: a response must be a table, got a %s", luaL_typename(L, 2));
  waba_response_reset(response);
  response->status = take_status(L);
  if (take_headers(L, response) && take_body(L, response)) {
    waba_call_received(call);
    return 0;
  }
  if (response->headers.state == WABA_BUF_NO_MEMORY || response->body.state == WABA_BUF_NO_MEMORY)
    return waba_no_memory(L);
  struct waba_str message = WABA_STR("the reply is larger than a reply may be");
  return waba_call_lost(call, WABA_KIND_PROTOCOL, true, message) ? 0 : waba_no_memory(L);
}

/* call:lost(message [, kind [, sent]]): no reply came. kind: "network" (default), "timeout", "tls",
 * "protocol": what came is no reply, or "blocking": the request cannot go at all, not from here;
 * sent: whether the server may have it otherwise (default true). */
int waba_call_l_lost(lua_State *L) {
  static const char *const names[] = {"network", "timeout", "tls", "protocol", "blocking", NULL};
  static const enum waba_kind kinds[] = {WABA_KIND_NETWORK, WABA_KIND_TIMEOUT, WABA_KIND_TLS,
                                         WABA_KIND_PROTOCOL, WABA_KIND_BLOCKING};
  struct waba_call *call = waba_self_call(L);
  size_t len;
  const char *message = luaL_optlstring(L, 2, "no reply", &len);
  enum waba_kind kind = kinds[luaL_checkoption(L, 3, "network", names)];
  bool sent = lua_isnoneornil(L, 4) || lua_toboolean(L, 4);
  if (call->state != WABA_SENDING) return luaL_error(L, "lost: no request is on its way");
  struct waba_str text = {message, len};
  bool noted = kind == WABA_KIND_BLOCKING ? waba_call_drop(call, kind, text)
                                          : waba_call_lost(call, kind, sent, text);
  return noted ? 0 : waba_no_memory(L);
}
