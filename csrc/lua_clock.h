/* SPDX-License-Identifier: MIT */
/* Time and chance, for drivers that have none of their own. */
#ifndef WABA_LUA_CLOCK_H
#define WABA_LUA_CLOCK_H

#include "lua_compat.h"

/* Pushes the table {now, sleep, random}:
 *   now() -> seconds on the monotonic clock
 *   sleep(seconds): blocks this thread
 *   random() -> a number, uniform in [0, 1), from a generator of its own: Lua's is everybody's, and
 *     before 5.4 starts alike in every process */
void waba_clock_push(lua_State *L);

#endif
