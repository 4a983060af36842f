/* SPDX-License-Identifier: MIT */
/* Calls by path, for what has no row in op.c. */
#ifndef WABA_LUA_PATH_H
#define WABA_LUA_PATH_H

#include "lua_compat.h"

/* Pushes request(settings, method, path, pairs, options) -> call | nil, error, where method is
 * "get", "post" or "delete", and pairs a list of names and values by turns, all strings. */
void waba_path_push(lua_State *L);

#endif
