/* SPDX-License-Identifier: MIT */
/* Small files, most of them nobody else's business. */
#ifndef WABA_LUA_FILE_H
#define WABA_LUA_FILE_H

#include "lua_compat.h"

/* Pushes the table {read, replace}:
 *   read(path, most) -> text | nil, message: a regular file that belongs to this user, that nobody
 *     else can write, and that has `most` bytes at most; a symbolic link is none
 *   replace(path, text [, shared]) -> true | nil, message: at once the new text, for this user only
 *     (0600), in place of a symbolic link too; `shared`: for those who may read the old file, at
 *     the end of any links, or a new one. Who reads meanwhile gets the old text or the new one,
 *     whole */
void waba_file_push(lua_State *L);

#endif
