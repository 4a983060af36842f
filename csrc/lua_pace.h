/* SPDX-License-Identifier: MIT */
/* The pacing rule of pace.h, for the Lua side that keeps the budgets. */
#ifndef WABA_LUA_PACE_H
#define WABA_LUA_PACE_H

#include "lua_compat.h"

/* Pushes the table of its functions and of what it takes for granted. */
void waba_pace_push(lua_State *L);

#endif
