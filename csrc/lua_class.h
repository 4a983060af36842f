/* SPDX-License-Identifier: MIT */
/* Userdata: how a class is made, and those that more than one module looks into. */
#ifndef WABA_LUA_CLASS_H
#define WABA_LUA_CLASS_H

#include "call.h"
#include "lua_compat.h"
#include "settings.h"

#define WABA_CLASS_CALL     "waba.call"     /* struct waba_call */
#define WABA_CLASS_SETTINGS "waba.settings" /* struct waba_settings */

/* Makes the metatable of a userdata: methods, __gc, __close, __name; hidden from Lua code, so
 * that nobody can call a finaliser by hand. Pops `upvalues` values, which the methods share. */
void waba_make_class(lua_State *L, const char *name, const luaL_Reg *methods,
                     lua_CFunction finalise, int upvalues);

/* The call, or the settings, at stack index, or an error raised. Settings may be closed. */
struct waba_call *waba_check_call(lua_State *L, int index);
struct waba_settings *waba_check_settings(lua_State *L, int index);

/* Raises unless the call is SENDING. Where it has no token, or its client was closed meanwhile, the
 * call is told so, and false says not to send. */
bool waba_call_may_send(lua_State *L, struct waba_call *call);

#endif
