/* SPDX-License-Identifier: MIT */
/* JSON, by lua-cjson: the one place that knows it. */
#ifndef WABA_LUA_JSON_H
#define WABA_LUA_JSON_H

#include <stdbool.h>

#include "lua_compat.h"

enum {
  WABA_JSON_MAX_DEPTH = 32, /* arrays and objects inside each other; Graph nests about six deep */
  WABA_JSON_MAX_BYTES = 4 * 1024 * 1024
};

/* Pushes a lua-cjson instance of our own, configured: nobody else's settings matter, and ours
 * matter to nobody. Raises where lua-cjson is missing. */
void waba_json_instance(lua_State *L);

/* Pushes the table {encode, decode}, for the Lua side. decode(text) -> value | nil, message, as
 * below. */
void waba_json_push(lua_State *L);

enum waba_json {
  WABA_JSON_SOUND,   /* the value was pushed */
  WABA_JSON_INEXACT, /* ditto, but an id in it is a number whose digits are lost */
  WABA_JSON_BROKEN   /* not JSON, or past a bound; nil and a message were pushed */
};

/* Decodes text with the function `decode` of an instance (at an upvalue index or an absolute stack
 * index). In the value, JSON null is absent (array elements close up), integral numbers are
 * integers where the VM has them, and ids are strings of digits, always. Where inner_paging is not
 * NULL, it is told whether a table within the value has a field `paging`. */
enum waba_json waba_json_decode(lua_State *L, int decode, const char *text, size_t len,
                                bool *inner_paging);

#endif
