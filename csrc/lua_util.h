/* SPDX-License-Identifier: MIT */
/* Small helpers of the binding. */
#ifndef WABA_LUA_UTIL_H
#define WABA_LUA_UTIL_H

#include "buf.h"
#include "error.h"
#include "lua_compat.h"

/* Raises "bad argument"-like errors for wrong types and wrong calls, blaming the line that called
 * the Lua method (level 2), not the method itself. Does not return. */
int waba_usage(lua_State *L, const char *format, ...);

/* Raises Lua's own memory error message. Does not return. */
int waba_no_memory(lua_State *L);

/* Raises: `what` (for example "bad option") names an unknown `name`; known names are suggested. */
int waba_unknown(lua_State *L, const char *what, const char *name, const char *const *known,
                 size_t count);

/* Borrows the string at index, which must be one. */
struct waba_str waba_tostr(lua_State *L, int index);
void waba_pushstr(lua_State *L, struct waba_str text);

/* Pushes a number, a whole one as an integer: 34, not 34.0, on Lua 5.4 too. */
void waba_push_number(lua_State *L, double value);

/* Pushes the error as a plain table. operation: the method's name, or NULL. */
void waba_push_error(lua_State *L, const struct waba_error *error, const char *operation);

#endif
