/* SPDX-License-Identifier: MIT */
/* Userdata "waba.call": one API call on its way; and a constructor for every operation. */
#ifndef WABA_LUA_CALL_H
#define WABA_LUA_CALL_H

#include "call.h"
#include "lua_compat.h"

/* Registers the class and pushes a table of constructors, one for each row of the operation table:
 * name(settings, arguments..., options) -> call | nil, error */
void waba_calls_push(lua_State *L);
/* The call at stack index, or an error raised. */
struct waba_call *waba_check_call(lua_State *L, int index);
/* Raises unless the call is SENDING. If its client was closed meanwhile the call is told so, and
 * false says not to send. */
bool waba_call_may_send(lua_State *L, struct waba_call *call);

#endif
