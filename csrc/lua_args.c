/* SPDX-License-Identifier: MIT */
#include "lua_args.h"

#include <string.h>

#include "check.h"
#include "lua_util.h"
#include "task.h"

const struct waba_str waba_not_shown = {NULL, 0};

bool waba_reject(lua_State *L, struct waba_call *call, const char *name, const char *must,
                 struct waba_str value) {
  if (!waba_call_reject(call, name, must, value)) waba_no_memory(L);
  return false;
}

/* `position` counts as the caller of the Lua method does. */
static int raise_type(lua_State *L, const struct waba_call *call, int position, const char *name,
                      const char *wanted, int index) {
  return waba_usage(L, "bad argument #%d to '%s' (%s must be %s, got %s)", position, call->op->name,
                    name, wanted, luaL_typename(L, index));
}

static bool read_id(lua_State *L, int index, int position, struct waba_call *call, const char *name,
                    struct waba_str *value) {
  if (lua_type(L, index) == LUA_TNUMBER)
    waba_usage(L,
               "bad argument #%d to '%s' (%s must be a string of digits: quote it, as in "
               "\"102290129340398\", for a Lua number can lose digits)",
               position, call->op->name, name);
  if (lua_type(L, index) != LUA_TSTRING)
    raise_type(L, call, position, name, "a string of digits", index);
  *value = waba_tostr(L, index);
  const char *must = waba_check(WABA_RULE_ID, *value);
  return !must || waba_reject(L, call, name, must, *value);
}

static bool add_task(lua_State *L, struct waba_call *call, struct waba_str task) {
  const char *must = waba_check(WABA_RULE_TASK, task);
  if (must) return waba_reject(L, call, "a task", must, task);
  switch (waba_tasks_add(&call->tasks, task)) {
  case WABA_TASK_ADDED:
    return true;
  case WABA_TASK_REPEATED:
    return waba_reject(L, call, "a task", "named once", task);
  case WABA_TASK_NO_MEMORY:
    break;
  }
  return waba_no_memory(L);
}

static bool read_task_list(lua_State *L, int index, int position, struct waba_call *call) {
  enum { MOST_TASKS = 64 };
  size_t count = waba_rawlen(L, index);
  if (count == 0 || count > MOST_TASKS)
    return waba_reject(L, call, "tasks", "a list of 1 to 64 task names, such as {\"MANAGE\"}",
                       waba_not_shown);
  for (size_t i = 1; i <= count; i++) {
    lua_rawgeti(L, index, (int)i);
    if (lua_type(L, -1) != LUA_TSTRING) raise_type(L, call, position, "every task", "a string", -1);
    bool added = add_task(L, call, waba_tostr(L, -1));
    lua_pop(L, 1);
    if (!added) return false;
  }
  return true;
}

static bool read_tasks(lua_State *L, int index, int position, struct waba_call *call,
                       struct waba_str *value) {
  bool sound = false;
  if (lua_type(L, index) == LUA_TSTRING) {
    sound = add_task(L, call, waba_tostr(L, index));
  } else if (lua_istable(L, index)) {
    sound = read_task_list(L, index, position, call);
  } else {
    raise_type(L, call, position, "tasks", "a list of strings, or one string", index);
  }
  if (sound && !waba_tasks_end(&call->tasks)) waba_no_memory(L);
  *value = waba_buf_str(&call->tasks);
  return sound;
}

void waba_join(lua_State *L, const char *name) {
  luaL_Buffer joined;
  int list = lua_gettop(L);
  size_t count = waba_rawlen(L, list);
  luaL_buffinit(L, &joined);
  for (size_t i = 1; i <= count; i++) {
    if (i > 1) luaL_addchar(&joined, ',');
    lua_rawgeti(L, list, (int)i);
    if (lua_type(L, -1) != LUA_TSTRING)
      waba_usage(L, "%s must be a string or a list of strings", name);
    luaL_addvalue(&joined);
  }
  luaL_pushresult(&joined);
  lua_replace(L, list);
}

/* ---- texts --------------------------------------------------------------------------------- */

static enum waba_rule rule_of(enum waba_type type) {
  switch (type) {
  case WABA_ROLE:
    return WABA_RULE_ROLE;
  case WABA_CURRENCY:
    return WABA_RULE_CURRENCY;
  case WABA_TOKEN:
    return WABA_RULE_TOKEN;
  default:
    return WABA_RULE_NAME;
  }
}

/* A token is not shown, and not said by anybody else from now on. */
static bool read_text(lua_State *L, int index, int position, struct waba_call *call,
                      const struct waba_param *param, struct waba_str *value) {
  bool secret = param->type == WABA_TOKEN;
  if (lua_type(L, index) != LUA_TSTRING)
    raise_type(L, call, position, param->name, "a string", index);
  *value = waba_tostr(L, index);
  const char *must = waba_check(rule_of(param->type), *value);
  if (must) return waba_reject(L, call, param->name, must, secret ? waba_not_shown : *value);
  return !secret || waba_call_hide(call, *value) || waba_no_memory(L);
}

/* Joins them in place: what is sent is borrowed from the argument's own slot. */
static bool read_scopes(lua_State *L, int index, int position, struct waba_call *call,
                        struct waba_str *value) {
  if (lua_istable(L, index)) {
    lua_pushvalue(L, index);
    waba_join(L, "scopes");
    lua_replace(L, index);
  }
  if (lua_type(L, index) != LUA_TSTRING)
    raise_type(L, call, position, "scopes", "a list of strings, or one string", index);
  *value = waba_tostr(L, index);
  const char *must = waba_check(WABA_RULE_SCOPES, *value);
  return !must || waba_reject(L, call, "scopes", must, *value);
}

static bool read_param(lua_State *L, int index, int position, struct waba_call *call,
                       const struct waba_param *param, struct waba_str *value) {
  switch (param->type) {
  case WABA_ID:
    return read_id(L, index, position, call, param->name, value);
  case WABA_TASKS:
    return read_tasks(L, index, position, call, value);
  case WABA_SCOPES:
    return read_scopes(L, index, position, call, value);
  default:
    return read_text(L, index, position, call, param, value);
  }
}

bool waba_read_args(lua_State *L, int first, struct waba_call *call, struct waba_args *args) {
  const struct waba_param *params = call->op->params;
  int passed = 0;
  *args = (struct waba_args){.limit = 0};
  for (size_t i = 0; params[i].name; i++) {
    if (!waba_type_is_passed(params[i].type)) continue;
    int index = first + passed++;
    if (!read_param(L, index, passed, call, &params[i], &args->values[i])) return false;
  }
  const char *lacking = waba_request_lacks(call->op, call->settings);
  if (lacking) return waba_reject(L, call, lacking, "given to waba.new for this", waba_not_shown);
  return waba_read_options(L, first + passed, call, args);
}
