/* SPDX-License-Identifier: MIT */
/* What a reply's headers say about budgets, for whoever keeps them. */
#ifndef WABA_LUA_USAGE_H
#define WABA_LUA_USAGE_H

#include "lua_compat.h"

/* Methods of "waba.call". */
int waba_call_l_usage(lua_State *L);
int waba_call_l_throttled(lua_State *L);

#endif
