/* SPDX-License-Identifier: MIT */
/* Methods of "waba.call" for whoever carries its request: a transport in Lua, a keeper of budgets.
 * Each is a lua_CFunction with the call at stack index 1; its Lua signature stands above it. */
#ifndef WABA_LUA_WIRE_H
#define WABA_LUA_WIRE_H

#include "lua_compat.h"

int waba_call_l_again(lua_State *L);
int waba_call_l_authorize(lua_State *L);
int waba_call_l_cut(lua_State *L);
int waba_call_l_expire(lua_State *L);
int waba_call_l_feed(lua_State *L);
int waba_call_l_hold(lua_State *L);
int waba_call_l_left(lua_State *L);
int waba_call_l_lost(lua_State *L);
int waba_call_l_request(lua_State *L);
int waba_call_l_stop(lua_State *L);

#endif
