/* SPDX-License-Identifier: MIT */
/* The signature that Meta puts on what it sends to a webhook. */
#ifndef WABA_LUA_SIGNATURE_H
#define WABA_LUA_SIGNATURE_H

#include "lua_compat.h"

/* Pushes the table {sign, verify}:
 *   sign(app_secret, body) -> "sha256=" and 64 hexadecimal digits
 *   verify(app_secret, body, header) -> boolean: whether the header, which may be nil, is what sign
 *     answers; told in a time that does not depend on how much of it is right */
void waba_signature_push(lua_State *L);

#endif
