/* SPDX-License-Identifier: MIT */
#include "lua_call.h"

#include <math.h>
#include <string.h>

#include "classify.h"
#include "lua_args.h"
#include "lua_class.h"
#include "lua_exchange.h"
#include "lua_json.h"
#include "lua_links.h"
#include "lua_reply.h"
#include "lua_text.h"
#include "lua_usage.h"
#include "lua_util.h"
#include "lua_wire.h"
#include "redact.h"
#include "scan.h"
#include "trouble.h"

static int call_gc(lua_State *L) {
  waba_call_clear(waba_self_call(L));
  return 0;
}

/* Upvalue 1: the index of the operation's row. */
static int new_call(lua_State *L) {
  const struct waba_op *op = &waba_ops[lua_tointeger(L, lua_upvalueindex(1))];
  struct waba_settings *settings = waba_check_settings(L, 1);
  int params = 0;
  for (size_t i = 0; op->params[i].name; i++)
    params += waba_type_is_passed(op->params[i].type);
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

/* Pushes what the caller gets of the reply at stack index value: two values. */
static void push_answer(lua_State *L, enum waba_shape shape, int value, bool inner_paging) {
  bool object = lua_istable(L, value) && shape != WABA_SUCCESS;
  if (object && shape != WABA_LIST) waba_clean_own_links(L, value);
  if (object && inner_paging) waba_clean_inner_links(L, value);
  if (object && (shape == WABA_LIST || shape == WABA_DATA)) {
    lua_getfield(L, value, "data");
  } else if (object) {
    lua_pushvalue(L, value);
  } else {
    lua_pushboolean(L, 1);
  }
  if (object && shape == WABA_LIST) {
    lua_getfield(L, value, "summary");
  } else {
    lua_pushnil(L);
  }
}

/* What the headers add to the facts of a reply that did not succeed. */
static void read_error_headers(const struct waba_call *call, struct waba_reply *reply) {
  const struct waba_response *response = &call->response;
  struct waba_str *trace = &reply->texts[WABA_TEXT_FBTRACE_ID];
  if (trace->len == 0) *trace = waba_response_header(response, "x-fb-trace-id");
  reply->retry_after = waba_response_retry_after(response);
  reply->regain = waba_usage_regain(call);
}

/* Tells the call what its response says. Leaves the answer, two values, at the returned index: they
 * are there before the call moves on, so that nothing is lost where memory is out. */
static int read_response(lua_State *L, struct waba_call *call) {
  struct waba_reply reply = {
      .status = call->response.status, .code = WABA_NO_CODE, .subcode = WABA_NO_CODE};
  struct waba_str body = waba_buf_str(&call->response.body);
  bool inner_paging = false;
  enum waba_json json =
      waba_json_decode(L, waba_class_upvalue(1), body.ptr, body.len, &inner_paging);
  reply.is_json = json != WABA_JSON_BROKEN;
  if (json == WABA_JSON_BROKEN) lua_pop(L, 1); /* the message; nil stays */
  int value = lua_gettop(L);
  luaL_checkstack(L, WABA_READ_REPLY_SLOTS + 8, "reply");
  waba_read_reply(L, waba_class_upvalue(1), call->op, &reply);
  if (json == WABA_JSON_INEXACT) reply.fits = false; /* no answer with an id nobody has */
  if (!waba_reply_succeeded(call->op, &reply)) read_error_headers(call, &reply);
  push_answer(L, call->op->shape, value, inner_paging);
  int answer = lua_gettop(L) - 1;
  if (!waba_call_read(call, &reply)) waba_no_memory(L);
  return answer;
}

/* call:step(now, random) -> "send" | "wait", seconds, held | "page", items, summary, last | "done",
 * answer | "failed", error. What each asks for is said in call.h. A list is done without an answer:
 * its pages were it. */
static int call_step(lua_State *L) {
  struct waba_call *call = waba_self_call(L);
  double now = luaL_checknumber(L, 2), random = luaL_checknumber(L, 3);
  if (call->state == WABA_SENDING) return luaL_error(L, "step: the request is still on its way");
  int answer = call->state == WABA_RECEIVED ? read_response(L, call) : 0;
  switch (waba_call_step(call, now, random)) {
  case WABA_SEND:
    lua_pushliteral(L, "send");
    return 1;
  case WABA_WAIT:
    lua_pushliteral(L, "wait");
    lua_pushnumber(L, call->wait);
    lua_pushboolean(L, call->held);
    return 3;
  case WABA_PAGE:
    lua_rawgeti(L, waba_class_upvalue(2), WABA_PAGE);
    lua_pushvalue(L, answer);
    lua_pushvalue(L, answer + 1);
    lua_pushboolean(L, call->state == WABA_FINISHED);
    return 4;
  case WABA_DONE:
    lua_rawgeti(L, waba_class_upvalue(2), WABA_DONE);
    if (answer == 0) return 1;
    lua_pushvalue(L, answer);
    return 2;
  case WABA_FAILED:
    lua_pushliteral(L, "failed");
    waba_push_error(L, &call->error, call->op->name);
    return 2;
  case WABA_NO_MEMORY:
    break;
  }
  return waba_no_memory(L);
}

/* call:account() -> id | nil, writes: whose budget the call draws on, and whether it changes it */
static int call_account(lua_State *L) {
  const struct waba_call *call = waba_self_call(L);
  if (call->account[0] != '\0') {
    lua_pushstring(L, call->account);
  } else {
    lua_pushnil(L);
  }
  lua_pushboolean(L, waba_op_writes(call->op));
  return 2;
}

static void set_text(lua_State *L, const char *key, const char *value) {
  if (value[0] == '\0') return;
  lua_pushstring(L, value);
  lua_setfield(L, -2, key);
}

/* Sets the field path: what of the URL is before the query, redacted; not once the client has
 * forgotten what to redact. */
static void set_path(lua_State *L, const struct waba_call *call) {
  struct waba_str secrets[WABA_CALL_SECRETS], url = waba_buf_str(&call->request.url);
  url = skip(url, call->request.target);
  struct waba_str path = {url.ptr, find(url, '?')};
  struct waba_buf *out = waba_newtext(L, path.len * 10 + 1); /* may collect, and close the client */
  size_t count = waba_call_secrets(call, secrets);
  if (!call->settings->closed) {
    if (!waba_redact(out, path, secrets, count)) waba_no_memory(L);
    waba_pushstr(L, waba_buf_str(out));
    lua_setfield(L, -3, "path");
  }
  lua_pop(L, 1);
}

/* call:facts() -> {operation, method, path, account, attempt, status, kind}: what events tell.
 * status and kind are of the latest attempt, absent where no reply came and where it did not
 * fail. */
static int call_facts(lua_State *L) {
  const struct waba_call *call = waba_self_call(L);
  lua_createtable(L, 0, 10);
  set_text(L, "operation", call->op->name);
  set_text(L, "method", waba_method_name(call->op->method));
  set_path(L, call);
  set_text(L, "account", call->account);
  lua_pushinteger(L, (lua_Integer)call->attempt);
  lua_setfield(L, -2, "attempt");
  if (call->response.status > 0) {
    lua_pushinteger(L, call->response.status);
    lua_setfield(L, -2, "status");
  }
  if (call->failed) set_text(L, "kind", waba_kinds[call->error.kind].name);
  return 1;
}

/* call:kind() -> kind of the latest attempt's failure | nil: it did not fail */
static int call_kind(lua_State *L) {
  const struct waba_call *call = waba_self_call(L);
  if (!call->failed) return 0;
  lua_pushstring(L, waba_kinds[call->error.kind].name);
  return 1;
}

/* call:sent() -> boolean: whether the server may have the latest attempt's request */
static int call_sent(lua_State *L) {
  const struct waba_call *call = waba_self_call(L);
  lua_pushboolean(L, call->response.status > 0 || call->sent);
  return 1;
}

static void open_class(lua_State *L) {
  static const luaL_Reg methods[] = {{"account", call_account},
                                     {"facts", call_facts},
                                     {"again", waba_call_l_again},
                                     {"authorize", waba_call_l_authorize},
                                     {"cut", waba_call_l_cut},
                                     {"expire", waba_call_l_expire},
                                     {"feed", waba_call_l_feed},
                                     {"hold", waba_call_l_hold},
                                     {"kind", call_kind},
                                     {"left", waba_call_l_left},
                                     {"lost", waba_call_l_lost},
                                     {"outcome", waba_call_l_outcome},
                                     {"request", waba_call_l_request},
                                     {"sent", call_sent},
                                     {"step", call_step},
                                     {"stop", waba_call_l_stop},
                                     {"throttled", waba_call_l_throttled},
                                     {"usage", waba_call_l_usage},
                                     {NULL, NULL}};
  waba_json_instance(L);
  lua_getfield(L, -1, "decode"); /* waba_class_upvalue(1) */
  lua_remove(L, -2);
  lua_createtable(L, WABA_DONE, 0); /* 2: words that are to be had without memory */
  lua_pushliteral(L, "page");
  lua_rawseti(L, -2, WABA_PAGE);
  lua_pushliteral(L, "done");
  lua_rawseti(L, -2, WABA_DONE);
  waba_make_class(L, WABA_CLASS_CALL, methods, call_gc, 2);
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
