/* SPDX-License-Identifier: MIT */
/* The core's tables, as Lua tables: for documentation, specs and users. */
#ifndef WABA_LUA_TABLES_H
#define WABA_LUA_TABLES_H

#include "lua_compat.h"

/* Each pushes one table.
 * operations: a list of {name, method, path, effect, shape, key, fields, fixed, doubt, params =
 * {{name, type, place, passed}...}}, sorted by name; what each is stands in op.h tasks: name ->
 * {meaning, sources = {"guide", "openapi", "sdk", "reference"}} kinds: a list of {name, retryable,
 * meaning, example} options: a list of names, sorted */
void waba_operations_push(lua_State *L);
void waba_tasks_push(lua_State *L);
void waba_kinds_push(lua_State *L);
void waba_options_push(lua_State *L);

#endif
