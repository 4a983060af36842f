/* SPDX-License-Identifier: MIT */
/* From Lua arguments to struct waba_args, every value held against its rule. */
#ifndef WABA_LUA_ARGS_H
#define WABA_LUA_ARGS_H

#include "call.h"
#include "lua_compat.h"

/* Reads the arguments of call->op from stack index `first` on, the options table behind them.
 * true: args is ready for waba_call_begin; it borrows from the stack and call->tasks.
 * false: a value is not what it must be, and the call is rejected with an error that says so.
 * Wrong types and unknown options raise. */
bool waba_read_args(lua_State *L, int first, struct waba_call *call, struct waba_args *args);

#endif
