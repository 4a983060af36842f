/* SPDX-License-Identifier: MIT */
#include "lua_settings.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lua_class.h"
#include "lua_util.h"

static const struct waba_option *find_option(const char *name) {
  for (size_t i = 0; i < waba_option_count; i++)
    if (strcmp(waba_options[i].name, name) == 0) return &waba_options[i];
  return NULL;
}

static int raise_unknown(lua_State *L, const char *name) {
  const char *names[32];
  size_t count = 0;
  while (count < waba_option_count && count < sizeof names / sizeof names[0]) {
    names[count] = waba_options[count].name;
    count++;
  }
  return waba_unknown(L, "unknown option", name, names, count);
}

static void check_names(lua_State *L, int options) {
  for (lua_pushnil(L); lua_next(L, options); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      waba_usage(L, "options must have names, got a %s as a key", luaL_typename(L, -2));
    if (!find_option(lua_tostring(L, -2))) raise_unknown(L, lua_tostring(L, -2));
  }
}

/* nil and a plain error table: the value is what may be wrong at run time, not the program. It is
 * not shown: an option may hold a secret, base_url included. */
static int reject(lua_State *L, const char *name, const char *format, ...) {
  va_list args;
  lua_pushnil(L);
  lua_createtable(L, 0, 5);
  lua_pushstring(L, waba_kinds[WABA_KIND_INVALID].name);
  lua_setfield(L, -2, "kind");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "retryable");
  lua_pushinteger(L, 0);
  lua_setfield(L, -2, "attempts");
  lua_pushfstring(L, "%s must be ", name);
  va_start(args, format);
  lua_pushvfstring(L, format, args);
  va_end(args);
  lua_concat(L, 2);
  lua_setfield(L, -2, "message");
  return 2;
}

/* The readers below take the option's value on top of the stack and answer 0, or 2 with nil and an
 * error pushed. Wrong types raise. */

static int read_text(lua_State *L, struct waba_settings *settings,
                     const struct waba_option *option) {
  if (lua_isnil(L, -1)) {
    if (option->preset_text &&
        !waba_settings_set_text(settings, option, waba_str(option->preset_text)))
      return waba_no_memory(L);
    return 0;
  }
  if (lua_type(L, -1) != LUA_TSTRING)
    return waba_usage(L, "option '%s' must be a string, got a %s", option->name,
                      luaL_typename(L, -1));
  struct waba_str value = waba_tostr(L, -1);
  bool is_url = option->rule == WABA_RULE_BASE_URL;
  if (is_url && value.len > 0 && value.ptr[value.len - 1] == '/') value.len--;
  const char *must = waba_check(option->rule, value);
  if (must) return reject(L, option->name, "%s", must);
  return waba_settings_set_text(settings, option, value) ? 0 : waba_no_memory(L);
}

static int reject_number(lua_State *L, const struct waba_option *option) {
  char range[64];
  snprintf(range, sizeof range, "%g to %g", option->min, option->max);
  const char *whole = option->type == WABA_OPTION_WHOLE ? "whole " : "";
  return reject(L, option->name, "a %snumber from %s", whole, range);
}

static int read_number(lua_State *L, struct waba_settings *settings,
                       const struct waba_option *option) {
  if (lua_isnil(L, -1)) {
    waba_settings_set_number(settings, option, option->preset_number);
    return 0;
  }
  if (lua_type(L, -1) != LUA_TNUMBER)
    return waba_usage(L, "option '%s' must be a number, got a %s", option->name,
                      luaL_typename(L, -1));
  double value = lua_tonumber(L, -1);
  bool broken = option->type == WABA_OPTION_WHOLE && floor(value) != value;
  if (!(value >= option->min && value <= option->max) || broken) return reject_number(L, option);
  waba_settings_set_number(settings, option, value);
  return 0;
}

static bool is_callable(lua_State *L, int index) {
  if (lua_isfunction(L, index)) return true;
  if (!luaL_getmetafield(L, index, "__call")) return false;
  lua_pop(L, 1);
  return true;
}

static int read_token(lua_State *L, struct waba_settings *settings) {
  if (lua_isnil(L, -1))
    return reject(L, "access_token", "given: a string, or a function that returns one");
  if (lua_type(L, -1) != LUA_TSTRING) {
    if (is_callable(L, -1)) return 0;
    return waba_usage(L, "option 'access_token' must be a string or a function, got a %s",
                      luaL_typename(L, -1));
  }
  const char *must = waba_check(WABA_RULE_TOKEN, waba_tostr(L, -1));
  if (must) return reject(L, "access_token", "%s", must);
  struct waba_str secret = waba_buf_str(&settings->app_secret);
  return waba_auth_set(&settings->auth, waba_tostr(L, -1), secret) ? 0 : waba_no_memory(L);
}

static void check_clock(lua_State *L) {
  static const char *const names[] = {"now", "random", "sleep"};
  if (!lua_istable(L, -1))
    waba_usage(L, "option 'clock' must be a table, got a %s", luaL_typename(L, -1));
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
    bool known = false;
    for (size_t i = 0; i < 3; i++)
      known = known || strcmp(name, names[i]) == 0;
    if (!known) waba_unknown(L, "unknown function of option 'clock'", name, names, 3);
    if (!is_callable(L, -1))
      waba_usage(L, "option 'clock': '%s' must be a function, got a %s", name,
                 luaL_typename(L, -1));
  }
}

/* What keeps budgets, or a cache: it has the first `count` of these methods of ngx.shared.DICT. */
static void check_store(lua_State *L, const char *option, size_t count) {
  static const char *const names[] = {"get", "set", "incr"};
  bool indexed = luaL_getmetafield(L, -1, "__index") != 0;
  if (indexed) lua_pop(L, 1);
  if (!lua_istable(L, -1) && !(lua_isuserdata(L, -1) && indexed))
    waba_usage(L, "option '%s' must be a store, got a %s", option, luaL_typename(L, -1));
  for (size_t i = 0; i < count; i++) {
    lua_getfield(L, -1, names[i]);
    if (!is_callable(L, -1))
      waba_usage(L, "option '%s': '%s' must be a function, got a %s", option, names[i],
                 luaL_typename(L, -1));
    lua_pop(L, 1);
  }
}

static int read_lua(lua_State *L, struct waba_settings *settings,
                    const struct waba_option *option) {
  if (strcmp(option->name, "access_token") == 0) return read_token(L, settings);
  if (lua_isnil(L, -1)) return 0;
  if (strcmp(option->name, "clock") == 0) {
    check_clock(L);
  } else if (strcmp(option->name, "budget") == 0) {
    check_store(L, option->name, 3);
  } else if (strcmp(option->name, "cache") == 0) {
    check_store(L, option->name, 2);
  } else if (strcmp(option->name, "allow_blocking") == 0) {
    if (!lua_isboolean(L, -1))
      return waba_usage(L, "option 'allow_blocking' must be a boolean, got a %s",
                        luaL_typename(L, -1));
  } else if (!is_callable(L, -1)) {
    waba_usage(L, "option '%s' must be a function, got a %s", option->name, luaL_typename(L, -1));
  }
  return 0;
}

static int read_option(lua_State *L, struct waba_settings *settings,
                       const struct waba_option *option) {
  switch (option->type) {
  case WABA_OPTION_TEXT:
    return read_text(L, settings, option);
  case WABA_OPTION_NUMBER:
  case WABA_OPTION_WHOLE:
    return read_number(L, settings, option);
  case WABA_OPTION_LUA:
    break;
  }
  return read_lua(L, settings, option);
}

/* access_token is read last: its proof takes the app secret. */
static int read_options(lua_State *L, struct waba_settings *settings) {
  for (int token = 0; token <= 1; token++) {
    for (size_t i = 0; i < waba_option_count; i++) {
      const struct waba_option *option = &waba_options[i];
      if ((strcmp(option->name, "access_token") == 0) != token) continue;
      lua_getfield(L, 1, option->name);
      int results = read_option(L, settings, option);
      if (results > 0) return results;
      lua_pop(L, 1);
    }
  }
  return 0;
}

/* Over plain http a proxy sees the token, so it must not be on another machine either. */
static int check_proxy(lua_State *L, const struct waba_settings *settings) {
  bool plain = settings->base_url.len > 4 && settings->base_url.ptr[4] == ':';
  if (!plain || settings->proxy.len == 0) return 0;
  if (waba_proxy_is_local(waba_buf_str(&settings->proxy))) return 0;
  return reject(L, "proxy", "on a loopback address where base_url is http://");
}

static int new_settings(lua_State *L) {
  if (!lua_istable(L, 1))
    return waba_usage(L, "options must be a table, got a %s", luaL_typename(L, 1));
  lua_settop(L, 1);
  check_names(L, 1);
  struct waba_settings *settings = waba_newowner(L, sizeof *settings);
  waba_settings_init(settings);
  luaL_getmetatable(L, WABA_CLASS_SETTINGS);
  lua_setmetatable(L, -2);
  int results = read_options(L, settings);
  if (results == 0) results = check_proxy(L, settings);
  if (results > 0) return results;
  lua_settop(L, 2);
  return 1;
}

static struct waba_settings *self_settings(lua_State *L) {
  return waba_check_self(L, WABA_CLASS_SETTINGS);
}

static int settings_close(lua_State *L) {
  waba_settings_close(self_settings(L));
  return 0;
}

/* settings:closed() -> boolean */
static int settings_closed(lua_State *L) {
  lua_pushboolean(L, self_settings(L)->closed);
  return 1;
}

/* settings:describe() -> "https://graph.facebook.com/v26.0" | "closed" */
static int settings_describe(lua_State *L) {
  const struct waba_settings *settings = self_settings(L);
  if (settings->closed) {
    lua_pushliteral(L, "closed");
    return 1;
  }
  char text[512]; /* copied first: making a Lua string may run a finaliser that closes the client */
  snprintf(text, sizeof text, "%s/%s", settings->base_url.ptr, settings->api_version.ptr);
  lua_pushstring(L, text);
  return 1;
}

/* settings:timeout() -> seconds, of a whole call */
static int settings_timeout(lua_State *L) {
  lua_pushnumber(L, self_settings(L)->timeout);
  return 1;
}

void waba_settings_open(lua_State *L) {
  static const luaL_Reg methods[] = {{"close", settings_close},
                                     {"closed", settings_closed},
                                     {"describe", settings_describe},
                                     {"timeout", settings_timeout},
                                     {NULL, NULL}};
  waba_make_class(L, WABA_CLASS_SETTINGS, methods, settings_close, 0);
  lua_pushcfunction(L, new_settings);
}
