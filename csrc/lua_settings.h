/* SPDX-License-Identifier: MIT */
/* Userdata "waba.settings": a client's checked options and its token, out of Lua's sight. */
#ifndef WABA_LUA_SETTINGS_H
#define WABA_LUA_SETTINGS_H

#include "lua_compat.h"

/* Registers the class and pushes the constructor settings(options) -> settings | nil, error. */
void waba_settings_open(lua_State *L);
#endif
