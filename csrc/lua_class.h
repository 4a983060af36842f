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
 * that nobody can call a finaliser by hand. Pops `upvalues` values, which the methods share:
 * waba_class_upvalue(1) to (upvalues). */
void waba_make_class(lua_State *L, const char *name, const luaL_Reg *methods,
                     lua_CFunction finalise, int upvalues);
#define waba_class_upvalue(i) lua_upvalueindex(1 + (i))

/* The userdata that a method, or the finaliser, of its class was called on, or an error raised. As
 * luaL_checkudata(L, 1, name), but the metatable is not looked up by its name. */
void *waba_check_self(lua_State *L, const char *name);
struct waba_call *waba_self_call(lua_State *L);

/* The call, or the settings, at stack index, or an error raised. Settings may be closed. */
struct waba_call *waba_check_call(lua_State *L, int index);
struct waba_settings *waba_check_settings(lua_State *L, int index);

/* Raises unless the call is SENDING. Where it has no token, or its client was closed meanwhile, the
 * call is told so, and false says not to send. */
bool waba_call_may_send(lua_State *L, struct waba_call *call);

#endif
