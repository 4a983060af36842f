/* SPDX-License-Identifier: MIT */
#include "lua_call.h"

#include <math.h>
#include <string.h>

#include "classify.h"
#include "lua_args.h"
#include "lua_class.h"
#include "lua_json.h"
#include "lua_reply.h"
#include "lua_util.h"

static int call_gc(lua_State *L) {
  waba_call_clear(waba_check_call(L, 1));
  return 0;
}

/* Upvalue 1: the index of the operation's row. */
static int new_call(lua_State *L) {
  const struct waba_op *op = &waba_ops[lua_tointeger(L, lua_upvalueindex(1))];
  struct waba_settings *settings = waba_check_settings(L, 1);
  int params = 0;
  while (op->params[params].name)
    params++;
  lua_settop(L, 1 + params + 1); /* settings, arguments, options */
  struct waba_call *call = waba_newholder(L, sizeof *call, 1);
  waba_call_init(call, op, settings);
  luaL_getmetatable(L, WABA_CLASS_CALL);
  lua_setmetatable(L, -2);
  int self = lua_gettop(L);

  struct waba_args args;
  if (settings->closed && !waba_call_refuse(call)) return waba_no_memory(L);
  if (settings->closed || !waba_read_args(L, 2, call, &args)) {
    lua_pushnil(L);
    waba_push_error(L, &call->error, op->name);
    return 2;
  }
  if (!waba_call_begin(call, &args)) return waba_no_memory(L);
  lua_pushvalue(L, self);
  return 1;
}

/* Pushes the page's items and its summary (or nil) from the reply at stack index value. */
static void push_page(lua_State *L, int value) {
  lua_getfield(L, value, "data");
  lua_getfield(L, value, "summary");
}

/* What the headers add to the facts of a reply that did not succeed. */
static void read_error_headers(const struct waba_response *response, struct waba_reply *reply) {
  struct waba_str *trace = &reply->texts[WABA_TEXT_FBTRACE_ID];
  if (trace->len == 0) *trace = waba_response_header(response, "x-fb-trace-id");
  reply->retry_after = waba_response_retry_after(response);
}

/* Tells the call what its response says. Leaves the decoded value at the returned stack index. */
static int read_response(lua_State *L, struct waba_call *call) {
  struct waba_reply reply = {
      .status = call->response.status, .code = WABA_NO_CODE, .subcode = WABA_NO_CODE};
  struct waba_str body = waba_buf_str(&call->response.body);
  enum waba_json json = waba_json_decode(L, lua_upvalueindex(1), body.ptr, body.len);
  reply.is_json = json != WABA_JSON_BROKEN;
  if (json == WABA_JSON_BROKEN) lua_pop(L, 1); /* the message; nil stays */
  int value = lua_gettop(L);
  luaL_checkstack(L, WABA_READ_REPLY_SLOTS + 5, "reply");
  waba_read_reply(L, lua_upvalueindex(1), &reply);
  if (json == WABA_JSON_INEXACT) reply.has_data = false; /* no list with an id nobody has */
  if (!waba_reply_succeeded(call->op, &reply)) read_error_headers(&call->response, &reply);
  if (!waba_call_read(call, &reply)) waba_no_memory(L);
  lua_settop(L, value);
  return value;
}

/* call:step(now, random) -> "send" | "wait", seconds | "page", items, summary | "done" |
 * "failed", error. What each asks for is said in call.h. */
static int call_step(lua_State *L) {
  struct waba_call *call = waba_check_call(L, 1);
  double now = luaL_checknumber(L, 2), random = luaL_checknumber(L, 3);
  if (call->state == WABA_SENDING) return luaL_error(L, "step: the request is still on its way");
  int value = call->state == WABA_RECEIVED ? read_response(L, call) : 0;
  switch (waba_call_step(call, now, random)) {
  case WABA_SEND:
    lua_pushliteral(L, "send");
    return 1;
  case WABA_WAIT:
    lua_pushliteral(L, "wait");
    lua_pushnumber(L, call->wait);
    return 2;
  case WABA_PAGE:
    lua_pushliteral(L, "page");
    push_page(L, value);
    return 3;
  case WABA_DONE:
    lua_pushliteral(L, "done");
    return 1;
  case WABA_FAILED:
    lua_pushliteral(L, "failed");
    waba_push_error(L, &call->error, call->op->name);
    return 2;
  case WABA_NO_MEMORY:
    break;
  }
  return waba_no_memory(L);
}

/* call:authorize(token [, message]) -> boolean
 * The token for this request, where it comes from a function; what is no token ends the attempt
 * with an error of kind auth, and false says not to send. */
static int call_authorize(lua_State *L) {
  struct waba_call *call = waba_check_call(L, 1);
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
static int call_request(lua_State *L) {
  struct waba_call *call = waba_check_call(L, 1);
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
static int call_feed(lua_State *L) {
  struct waba_call *call = waba_check_call(L, 1);
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

/* call:lost(message [, kind [, sent]]): no reply came. kind: "network" (default), "timeout" or
 * "tls"; sent: whether the server may have the request (default true). */
static int call_lost(lua_State *L) {
  static const char *const names[] = {"network", "timeout", "tls", NULL};
  static const enum waba_kind kinds[] = {WABA_KIND_NETWORK, WABA_KIND_TIMEOUT, WABA_KIND_TLS};
  struct waba_call *call = waba_check_call(L, 1);
  size_t len;
  const char *message = luaL_optlstring(L, 2, "no reply", &len);
  enum waba_kind kind = kinds[luaL_checkoption(L, 3, "network", names)];
  bool sent = lua_isnoneornil(L, 4) || lua_toboolean(L, 4);
  if (call->state != WABA_SENDING) return luaL_error(L, "lost: no request is on its way");
  if (!waba_call_lost(call, kind, sent, (struct waba_str){message, len})) return waba_no_memory(L);
  return 0;
}

static void open_class(lua_State *L) {
  static const luaL_Reg methods[] = {{"authorize", call_authorize}, {"feed", call_feed},
                                     {"lost", call_lost},           {"request", call_request},
                                     {"step", call_step},           {NULL, NULL}};
  waba_json_instance(L);
  lua_getfield(L, -1, "decode"); /* upvalue 1 of the methods */
  lua_remove(L, -2);
  waba_make_class(L, WABA_CLASS_CALL, methods, call_gc, 1);
}

void waba_calls_push(lua_State *L) {
  open_class(L);
  lua_createtable(L, 0, (int)waba_op_count);
  for (size_t i = 0; i < waba_op_count; i++) {
    lua_pushinteger(L, (lua_Integer)i);
    lua_pushcclosure(L, new_call, 1);
    lua_setfield(L, -2, waba_ops[i].name);
  }
}
