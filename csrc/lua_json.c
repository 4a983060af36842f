/* SPDX-License-Identifier: MIT */
#include "lua_json.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lua_links.h"

/* Whole numbers up to 2^53 are exact in a double; beyond that a digit may already be lost. */
static const lua_Number exact_limit = 9007199254740992.0;

static bool is_null(lua_State *L, int index) {
  return lua_islightuserdata(L, index) && lua_touserdata(L, index) == NULL;
}

static bool is_id_key(lua_State *L, int index) {
  size_t len;
  const char *key = lua_tolstring(L, index, &len);
  return (len == 2 && memcmp(key, "id", 2) == 0) ||
         (len >= 3 && memcmp(key + len - 3, "_id", 3) == 0);
}

/* Replaces the number on top by its digits; false where they are no longer known. */
static bool number_to_digits(lua_State *L) {
  char digits[32];
#if LUA_VERSION_NUM >= 503
  if (lua_isinteger(L, -1)) {
    lua_Integer whole = lua_tointeger(L, -1);
    /* Where an integer does not fit, lua-cjson's newer fork answers the largest one there is. */
    if (whole == LUA_MAXINTEGER || whole == LUA_MININTEGER) return false;
    snprintf(digits, sizeof digits, LUA_INTEGER_FMT, whole);
    lua_pop(L, 1);
    lua_pushstring(L, digits);
    return true;
  }
#endif
  lua_Number value = lua_tonumber(L, -1);
  if (!(fabs(value) < exact_limit) || floor(value) != value) return false;
  snprintf(digits, sizeof digits, "%.0f", value);
  lua_pop(L, 1);
  lua_pushstring(L, digits);
  return true;
}

/* Debian's lua-cjson makes every number a float: 190 would print as 190.0. */
static void number_to_integer(lua_State *L) {
#if LUA_VERSION_NUM >= 503
  lua_Number value = lua_tonumber(L, -1);
  if (lua_isinteger(L, -1) || floor(value) != value || fabs(value) > exact_limit) return;
  lua_pop(L, 1);
  lua_pushinteger(L, (lua_Integer)value);
#else
  (void)L;
#endif
}

/* What a walk through a value has found. */
struct found {
  bool inexact; /* an id has lost digits */
  bool paging;  /* an object within the value has a field `paging` */
};

/* Answers whether the digits are known. Makes the scalar on top fit for callers: null goes, a
 * number becomes an integer, an id digits. */
static bool tidy_scalar(lua_State *L, bool is_id) {
  if (is_null(L, -1)) {
    lua_pop(L, 1);
    lua_pushnil(L);
  }
  if (lua_type(L, -1) != LUA_TNUMBER) return true;
  if (is_id) return number_to_digits(L);
  number_to_integer(L);
  return true;
}

static void tidy(lua_State *L, bool top, struct found *found);

static void tidy_value(lua_State *L, bool top, struct found *found) {
  if (lua_istable(L, -1)) {
    tidy(L, top, found);
  } else {
    tidy_scalar(L, false); /* no id, so its digits do not matter */
  }
}

static void tidy_array(lua_State *L, int count, struct found *found) {
  int kept = 0;
  for (int i = 1; i <= count; i++) {
    lua_rawgeti(L, -1, i);
    if (is_null(L, -1)) {
      lua_pop(L, 1);
      continue;
    }
    tidy_value(L, false, found);
    lua_rawseti(L, -2, ++kept);
  }
  for (int i = count; i > kept; i--) {
    lua_pushnil(L);
    lua_rawseti(L, -2, i);
  }
}

/* Assigning to fields that exist is allowed during a traversal, assigning nil included. Most values
 * stay what they are, and are not assigned: that would double the cost of the walk. */
static void tidy_object(lua_State *L, bool top, struct found *found) {
  for (lua_pushnil(L); lua_next(L, -2);) {
    int type = lua_type(L, -1);
    if (type == LUA_TTABLE) {
      if (!top && waba_is_paging(L, -2)) found->paging = true;
      tidy(L, false, found);
    }
    if (type != LUA_TNUMBER && type != LUA_TLIGHTUSERDATA) {
      lua_pop(L, 1);
      continue;
    }
    lua_pushvalue(L, -2); /* [table key value key] */
    lua_insert(L, -2);    /* [table key key value] */
    if (!tidy_scalar(L, is_id_key(L, -2))) found->inexact = true;
    lua_rawset(L, -4);
  }
}

/* The table on top. Its depth is bounded by decode_max_depth, so the recursion is too. */
static void tidy(lua_State *L, bool top, struct found *found) {
  luaL_checkstack(L, 5, "JSON nested too deep");
  int count = (int)waba_rawlen(L, -1);
  if (count > 0) {
    tidy_array(L, count, found);
  } else {
    tidy_object(L, top, found);
  }
}

enum waba_json waba_json_decode(lua_State *L, int decode, const char *text, size_t len,
                                bool *inner_paging) {
  struct found found = {false, false};
  if (len > WABA_JSON_MAX_BYTES) {
    lua_pushnil(L);
    lua_pushliteral(L, "JSON text larger than 4 MiB");
    return WABA_JSON_BROKEN;
  }
  if (memchr(text, '\0', len)) { /* lua-cjson would take it for the end */
    lua_pushnil(L);
    lua_pushliteral(L, "JSON text with a NUL in it");
    return WABA_JSON_BROKEN;
  }
  lua_pushvalue(L, decode);
  lua_pushlstring(L, text, len);
  lua_call(L, 1, 2); /* cjson.safe: value | nil, message */
  if (lua_isnil(L, -2)) return WABA_JSON_BROKEN;
  lua_pop(L, 1);
  tidy_value(L, true, &found);
  if (inner_paging) *inner_paging = found.paging;
  return found.inexact ? WABA_JSON_INEXACT : WABA_JSON_SOUND;
}

static int json_decode(lua_State *L) {
  size_t len;
  const char *text = luaL_checklstring(L, 1, &len);
  switch (waba_json_decode(L, lua_upvalueindex(1), text, len, NULL)) {
  case WABA_JSON_SOUND:
    return 1;
  case WABA_JSON_BROKEN:
    return 2;
  case WABA_JSON_INEXACT:
    break;
  }
  lua_pushnil(L);
  lua_pushliteral(L, "an id was sent as a number too large to be read exactly");
  return 2;
}

/* items(text) -> list | nil, message: the value as it is, but for false in place of a null that is
 * an item: its place counts. For lists whose items are looked at one by one, a batch's reply. */
static int json_items(lua_State *L) {
  size_t len;
  const char *text = luaL_checklstring(L, 1, &len);
  bool usable = len <= WABA_JSON_MAX_BYTES && !memchr(text, '\0', len);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, 1);
  if (usable) lua_call(L, 1, 1); /* cjson.safe */
  if (!lua_istable(L, -1)) {
    lua_pushnil(L);
    lua_pushliteral(L, "not a list in JSON, or one larger than 4 MiB");
    return 2;
  }
  int count = (int)waba_rawlen(L, -1);
  for (int i = 1; i <= count; i++) {
    lua_rawgeti(L, -1, i);
    if (is_null(L, -1)) {
      lua_pushboolean(L, 0);
      lua_rawseti(L, -3, i);
    }
    lua_pop(L, 1);
  }
  return 1;
}

/* Calls instance[name](argument on top); drops the argument and what came back. */
static void configure(lua_State *L, const char *name) {
  lua_getfield(L, -2, name);
  lua_insert(L, -2);
  lua_call(L, 1, 0);
}

void waba_json_instance(lua_State *L) {
  lua_getglobal(L, "require");
  lua_pushliteral(L, "cjson.safe");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "new");
  lua_call(L, 0, 1);
  lua_remove(L, -2);
  lua_pushinteger(L, WABA_JSON_MAX_DEPTH);
  configure(L, "decode_max_depth");
  lua_pushboolean(L, 0); /* NaN, Infinity and hexadecimal are not JSON */
  configure(L, "decode_invalid_numbers");
}

void waba_json_push(lua_State *L) {
  lua_createtable(L, 0, 2);
  waba_json_instance(L); /* [json instance] */
  lua_getfield(L, -1, "encode");
  lua_setfield(L, -3, "encode");
  lua_getfield(L, -1, "decode");
  lua_pushcclosure(L, json_decode, 1);
  lua_setfield(L, -3, "decode");
  lua_getfield(L, -1, "decode");
  lua_pushcclosure(L, json_items, 1);
  lua_setfield(L, -3, "items");
  lua_pop(L, 1);
}
