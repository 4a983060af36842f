/* SPDX-License-Identifier: MIT */
/* An exchange: a request that Lua made, carried by libcurl like that of any call, and its reply
 * handed out unread. What a transport over libcurl is made of. */
#ifndef WABA_LUA_EXCHANGE_H
#define WABA_LUA_EXCHANGE_H

#include "lua_compat.h"

/* Pushes exchange(settings, request, timeout) -> call
 * The call is SENDING from the start, and never stepped: a driver carries it, then outcome() is
 * asked. Of the request's headers the bearer token counts; the others are the settings' own. What
 * could take the token elsewhere than to the settings' base_url is raised. */
void waba_exchange_push(lua_State *L);

/* call:outcome() -> {status, headers, body} | nil, message, kind, sent: as a transport answers */
int waba_call_l_outcome(lua_State *L);

#endif
