/* SPDX-License-Identifier: MIT */
#include "lua_args.h"

#include <math.h>
#include <string.h>

#include "check.h"
#include "lua_util.h"
#include "task.h"

static const struct waba_str not_shown = {NULL, 0};

static bool reject(lua_State *L, struct waba_call *call, const char *name, const char *must,
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
  return !must || reject(L, call, name, must, *value);
}

static bool add_task(lua_State *L, struct waba_call *call, struct waba_str task) {
  const char *must = waba_check(WABA_RULE_TASK, task);
  if (must) return reject(L, call, "a task", must, task);
  switch (waba_tasks_add(&call->tasks, task)) {
  case WABA_TASK_ADDED:
    return true;
  case WABA_TASK_REPEATED:
    return reject(L, call, "a task", "named once", task);
  case WABA_TASK_NO_MEMORY:
    break;
  }
  return waba_no_memory(L);
}

static bool read_task_list(lua_State *L, int index, int position, struct waba_call *call) {
  enum { MOST_TASKS = 64 };
  size_t count = waba_rawlen(L, index);
  if (count == 0 || count > MOST_TASKS)
    return reject(L, call, "tasks", "a list of 1 to 64 task names, such as {\"MANAGE\"}",
                  not_shown);
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

/* ---- options ------------------------------------------------------------------------------- */

static const char *const list_options[] = {"fields", "limit", "summary", "timeout"};
static const char *const write_options[] = {"timeout"};

static void check_names(lua_State *L, int index, const struct waba_op *op) {
  bool list = op->shape == WABA_LIST;
  const char *const *known = list ? list_options : write_options;
  size_t count = list ? sizeof list_options / sizeof list_options[0] : 1;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : luaL_typename(L, -2);
    bool found = false;
    for (size_t i = 0; i < count; i++)
      found = found || strcmp(name, known[i]) == 0;
    if (!found) waba_unknown(L, "unknown option", name, known, count);
  }
}

/* Replaces the list on top by its elements, joined by commas. */
static void join_fields(lua_State *L) {
  luaL_Buffer joined;
  int list = lua_gettop(L);
  size_t count = waba_rawlen(L, list);
  luaL_buffinit(L, &joined);
  for (size_t i = 1; i <= count; i++) {
    if (i > 1) luaL_addchar(&joined, ',');
    lua_rawgeti(L, list, (int)i);
    if (lua_type(L, -1) != LUA_TSTRING)
      waba_usage(L, "option 'fields' must be a string or a list of strings");
    luaL_addvalue(&joined);
  }
  luaL_pushresult(&joined);
  lua_replace(L, list);
}

/* Leaves the text on the stack: args borrows it. */
static bool read_fields(lua_State *L, int options, struct waba_call *call, struct waba_args *args) {
  lua_getfield(L, options, "fields");
  if (lua_isnil(L, -1)) return true;
  if (lua_istable(L, -1)) join_fields(L);
  if (lua_type(L, -1) != LUA_TSTRING)
    waba_usage(L, "option 'fields' must be a string or a list of strings, got a %s",
               luaL_typename(L, -1));
  args->fields = waba_tostr(L, -1);
  const char *must = waba_check(WABA_RULE_FIELDS, args->fields);
  return !must || reject(L, call, "fields", must, args->fields);
}

/* *value stays as it is where the option is absent. */
static bool read_number(lua_State *L, int options, const char *name, double *value) {
  lua_getfield(L, options, name);
  bool given = !lua_isnil(L, -1);
  if (given && lua_type(L, -1) != LUA_TNUMBER)
    waba_usage(L, "option '%s' must be a number, got a %s", name, luaL_typename(L, -1));
  if (given) *value = lua_tonumber(L, -1);
  lua_pop(L, 1);
  return given;
}

static bool read_limit(lua_State *L, int options, struct waba_call *call, struct waba_args *args) {
  double limit = 0;
  if (!read_number(L, options, "limit", &limit)) return true;
  if (!(limit >= 1 && limit <= WABA_MAX_LIMIT) || floor(limit) != limit)
    return reject(L, call, "limit", "a whole number from 1 to 1000", not_shown);
  args->limit = (unsigned)limit;
  return true;
}

static bool read_timeout(lua_State *L, int options, struct waba_call *call,
                         struct waba_args *args) {
  if (!read_number(L, options, "timeout", &args->timeout)) return true;
  if (args->timeout >= 0.001 && args->timeout <= 86400) return true;
  return reject(L, call, "timeout", "a number of seconds from 0.001 to 86400", not_shown);
}

static void read_summary(lua_State *L, int options, struct waba_args *args) {
  lua_getfield(L, options, "summary");
  if (!lua_isnil(L, -1) && !lua_isboolean(L, -1))
    waba_usage(L, "option 'summary' must be a boolean, got a %s", luaL_typename(L, -1));
  args->summary = lua_toboolean(L, -1);
  lua_pop(L, 1);
}

static bool read_options(lua_State *L, int options, struct waba_call *call,
                         struct waba_args *args) {
  if (lua_isnoneornil(L, options)) return true;
  if (!lua_istable(L, options))
    waba_usage(L, "options of '%s' must be a table, got a %s", call->op->name,
               luaL_typename(L, options));
  check_names(L, options, call->op);
  if (!read_timeout(L, options, call, args)) return false;
  if (call->op->shape != WABA_LIST) return true;
  read_summary(L, options, args);
  return read_limit(L, options, call, args) && read_fields(L, options, call, args);
}

bool waba_read_args(lua_State *L, int first, struct waba_call *call, struct waba_args *args) {
  const struct waba_param *params = call->op->params;
  int i = 0;
  *args = (struct waba_args){.limit = 0};
  for (; params[i].name; i++) {
    struct waba_str *value = &args->values[i];
    bool sound = params[i].type == WABA_TASKS
                     ? read_tasks(L, first + i, i + 1, call, value)
                     : read_id(L, first + i, i + 1, call, params[i].name, value);
    if (!sound) return false;
  }
  return read_options(L, first + i, call, args);
}
