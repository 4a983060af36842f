/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "check.h"
#include "lua_args.h"
#include "lua_util.h"

enum { MOST_OPTIONS = 5 };

static bool makes_token(const struct waba_op *op) {
  for (size_t i = 0; op->params[i].name; i++)
    if (op->params[i].type == WABA_EXPIRES) return true;
  return false;
}

/* The names of the options that the operation takes, in alphabetical order. */
static size_t known_options(const struct waba_op *op, const char *known[MOST_OPTIONS]) {
  size_t count = 0;
  if (makes_token(op)) known[count++] = "expires";
  if (op->fields) known[count++] = "fields";
  if (op->shape == WABA_LIST) known[count++] = "limit";
  if (op->remembered) known[count++] = "refresh";
  if (op->shape == WABA_LIST) known[count++] = "summary";
  known[count++] = "timeout";
  return count;
}

static void check_names(lua_State *L, int index, const struct waba_op *op) {
  const char *known[MOST_OPTIONS];
  size_t count = known_options(op, known);
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : luaL_typename(L, -2);
    bool found = false;
    for (size_t i = 0; i < count; i++)
      found = found || strcmp(name, known[i]) == 0;
    if (!found) waba_unknown(L, "unknown option", name, known, count);
  }
}

/* Leaves the text on the stack: args borrows it. */
static bool read_fields(lua_State *L, int options, struct waba_call *call, struct waba_args *args) {
  lua_getfield(L, options, "fields");
  if (lua_isnil(L, -1)) return true;
  if (lua_istable(L, -1)) waba_join(L, "option 'fields'");
  if (lua_type(L, -1) != LUA_TSTRING)
    waba_usage(L, "option 'fields' must be a string or a list of strings, got a %s",
               luaL_typename(L, -1));
  args->fields = waba_tostr(L, -1);
  const char *must = waba_check(WABA_RULE_FIELDS, args->fields);
  return !must || waba_reject(L, call, "fields", must, args->fields);
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
    return waba_reject(L, call, "limit", "a whole number from 1 to 1000", waba_not_shown);
  args->limit = (unsigned)limit;
  return true;
}

static bool read_timeout(lua_State *L, int options, struct waba_call *call,
                         struct waba_args *args) {
  if (!read_number(L, options, "timeout", &args->timeout)) return true;
  if (args->timeout >= 0.001 && args->timeout <= 86400) return true;
  return waba_reject(L, call, "timeout", "a number of seconds from 0.001 to 86400", waba_not_shown);
}

static bool read_flag(lua_State *L, int options, const char *name) {
  lua_getfield(L, options, name);
  if (!lua_isnil(L, -1) && !lua_isboolean(L, -1))
    waba_usage(L, "option '%s' must be a boolean, got a %s", name, luaL_typename(L, -1));
  bool value = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return value;
}

bool waba_read_options(lua_State *L, int options, struct waba_call *call, struct waba_args *args) {
  if (lua_isnoneornil(L, options)) return true;
  if (!lua_istable(L, options))
    waba_usage(L, "options of '%s' must be a table, got a %s", call->op->name,
               luaL_typename(L, options));
  check_names(L, options, call->op);
  if (!read_timeout(L, options, call, args)) return false;
  read_flag(L, options, "refresh"); /* what it is for is decided in Lua */
  args->expires = read_flag(L, options, "expires");
  args->summary = read_flag(L, options, "summary");
  return read_limit(L, options, call, args) && read_fields(L, options, call, args);
}
