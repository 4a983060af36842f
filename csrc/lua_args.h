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

/* The last of these: the table of options at stack index `options`, or nothing there. Ditto. */
bool waba_read_options(lua_State *L, int options, struct waba_call *call, struct waba_args *args);

/* Rejects the call, as waba_call_reject; always false. */
extern const struct waba_str waba_not_shown;
bool waba_reject(lua_State *L, struct waba_call *call, const char *name, const char *must,
                 struct waba_str value);

/* Replaces the list of strings on top of the stack by its elements, joined by commas. Another
 * element raises, with `name` in the message. */
void waba_join(lua_State *L, const char *name);

#endif
