/* SPDX-License-Identifier: MIT */
/* Buffers that the collector owns. */
#ifndef WABA_LUA_TEXT_H
#define WABA_LUA_TEXT_H

#include "buf.h"
#include "lua_compat.h"

/* Once for a Lua state, before the first waba_newtext. */
void waba_text_open(lua_State *L);

/* Pushes a buffer that is freed, and wiped, whatever is raised while it is in use. */
struct waba_buf *waba_newtext(lua_State *L, size_t max);

#endif
