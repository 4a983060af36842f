/* SPDX-License-Identifier: MIT */
/* Userdata "waba.easy": the blocking libcurl driver. */
#ifndef WABA_LUA_EASY_H
#define WABA_LUA_EASY_H

#include "lua_compat.h"

/* Registers the class and pushes the constructor easy(settings) -> easy. */
void waba_easy_open(lua_State *L);

#endif
