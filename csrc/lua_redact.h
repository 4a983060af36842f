/* SPDX-License-Identifier: MIT */
/* The one redactor, for texts that the Lua side writes down. */
#ifndef WABA_LUA_REDACT_H
#define WABA_LUA_REDACT_H

#include "lua_compat.h"

/* Pushes redact(text, ...) -> text, as in redact.h; what follows the text are the secrets that are
 * known, where they are strings. */
void waba_redact_push(lua_State *L);

#endif
