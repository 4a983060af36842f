/* SPDX-License-Identifier: MIT */
#include "lua_util.h"

#include <math.h>
#include <stdarg.h>

#include "nearest.h"

int waba_usage(lua_State *L, const char *format, ...) {
  va_list args;
  va_start(args, format);
  luaL_where(L, 2);
  lua_pushvfstring(L, format, args);
  va_end(args);
  lua_concat(L, 2);
  return lua_error(L);
}

int waba_no_memory(lua_State *L) {
  return luaL_error(L, "not enough memory");
}

int waba_unknown(lua_State *L, const char *what, const char *name, const char *const *known,
                 size_t count) {
  const char *nearest = waba_nearest(waba_str(name), known, count);
  if (nearest) return waba_usage(L, "%s '%s'; did you mean '%s'?", what, name, nearest);
  luaL_Buffer list;
  luaL_buffinit(L, &list);
  for (size_t i = 0; i < count; i++) {
    if (i > 0) luaL_addstring(&list, ", ");
    luaL_addstring(&list, known[i]);
  }
  luaL_pushresult(&list);
  return waba_usage(L, "%s '%s'; there are: %s", what, name, lua_tostring(L, -1));
}

struct waba_str waba_tostr(lua_State *L, int index) {
  struct waba_str text;
  text.ptr = lua_tolstring(L, index, &text.len);
  return text;
}

void waba_pushstr(lua_State *L, struct waba_str text) {
  lua_pushlstring(L, text.len > 0 ? text.ptr : "", text.len);
}

void waba_push_number(lua_State *L, double value) {
  if (floor(value) == value && fabs(value) < 1e15) {
    lua_pushinteger(L, (lua_Integer)value);
  } else {
    lua_pushnumber(L, value);
  }
}

static void set_text(lua_State *L, const char *key, const struct waba_buf *text) {
  if (text->len == 0) return;
  waba_pushstr(L, waba_buf_str(text));
  lua_setfield(L, -2, key);
}

static void set_integer(lua_State *L, const char *key, long long value, long long absent) {
  if (value == absent) return;
  lua_pushinteger(L, (lua_Integer)value);
  lua_setfield(L, -2, key);
}

void waba_push_error(lua_State *L, const struct waba_error *error, const char *operation) {
  static const char *const text_keys[WABA_TEXT_COUNT] = {
      [WABA_TEXT_MESSAGE] = "message",       [WABA_TEXT_TYPE] = "type",
      [WABA_TEXT_TITLE] = "title",           [WABA_TEXT_USER_MESSAGE] = "user_message",
      [WABA_TEXT_FBTRACE_ID] = "fbtrace_id",
  };
  lua_createtable(L, 0, 14);
  lua_pushstring(L, waba_kinds[error->kind].name);
  lua_setfield(L, -2, "kind");
  lua_pushboolean(L, waba_kinds[error->kind].retryable);
  lua_setfield(L, -2, "retryable");
  lua_pushinteger(L, (lua_Integer)error->attempts);
  lua_setfield(L, -2, "attempts");
  for (int i = 0; i < WABA_TEXT_COUNT; i++)
    set_text(L, text_keys[i], &error->texts[i]);
  set_text(L, "hint", &error->hint);
  set_integer(L, "status", error->status, 0);
  set_integer(L, "code", error->code, WABA_NO_CODE);
  set_integer(L, "subcode", error->subcode, WABA_NO_CODE);
  if (error->retry_after >= 0) {
    waba_push_number(L, error->retry_after);
    lua_setfield(L, -2, "retry_after");
  }
  if (operation) {
    lua_pushstring(L, operation);
    lua_setfield(L, -2, "operation");
  }
}
