/* SPDX-License-Identifier: MIT */
/* Userdata "waba.multi": the libcurl driver for many calls at once. */
#ifndef WABA_LUA_MULTI_H
#define WABA_LUA_MULTI_H

#include "lua_compat.h"

/* Registers the class and pushes the constructor multi(settings) -> multi. */
void waba_multi_open(lua_State *L);

#endif
