/* SPDX-License-Identifier: MIT */
/* From a decoded JSON value to struct waba_reply. */
#ifndef WABA_LUA_REPLY_H
#define WABA_LUA_REPLY_H

#include "lua_compat.h"
#include "op.h"
#include "reply.h"

/* Reads the facts from the value on top of the stack; everything is checked, nothing assumed.
 * Whether it fits is asked of the operation.
 * Texts are borrowed from values that stay on the stack: the value, and up to
 * WABA_READ_REPLY_SLOTS more pushed here. `decode` as for waba_json_decode. */
enum { WABA_READ_REPLY_SLOTS = 4 };
void waba_read_reply(lua_State *L, int decode, const struct waba_op *op, struct waba_reply *reply);

#endif
