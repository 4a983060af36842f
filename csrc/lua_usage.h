/* SPDX-License-Identifier: MIT */
/* What a reply's headers say about budgets, for whoever keeps them. */
#ifndef WABA_LUA_USAGE_H
#define WABA_LUA_USAGE_H

#include "lua_compat.h"

/* A method of "waba.call"; upvalue 1 is the decode function, as for its siblings. */
int waba_call_l_usage(lua_State *L);

#endif
