/* SPDX-License-Identifier: MIT */
/* What a reply's headers say about budgets, for whoever keeps them. */
#ifndef WABA_LUA_USAGE_H
#define WABA_LUA_USAGE_H

#include "call.h"
#include "lua_compat.h"

/* Seconds until a budget that this reply is about is open again; 0: it does not say. */
double waba_usage_regain(const struct waba_call *call);

/* Methods of "waba.call". */
int waba_call_l_usage(lua_State *L);
int waba_call_l_throttled(lua_State *L);

#endif
