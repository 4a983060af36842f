/* SPDX-License-Identifier: MIT */
/* Userdata "waba.call": one API call on its way; and a constructor for every operation. */
#ifndef WABA_LUA_CALL_H
#define WABA_LUA_CALL_H

#include "lua_compat.h"

/* Registers the class and pushes a table of constructors, one for each row of the operation table:
 * name(settings, arguments..., options) -> call | nil, error */
void waba_calls_push(lua_State *L);
#endif
