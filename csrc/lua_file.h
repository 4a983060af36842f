/* SPDX-License-Identifier: MIT */
/* Small files, most of them nobody else's business. */
#ifndef WABA_LUA_FILE_H
#define WABA_LUA_FILE_H

#include "lua_compat.h"

/* Pushes the table {probe, read, replace, share}:
 *   probe(path) -> true | nil, message: whether `replace` finds a place there; nothing stays
 *   read(path, most) -> text | nil, message: a regular file that belongs to this user, that nobody
 *     else can write, and that has `most` bytes at most; a symbolic link is none
 *   replace(path, text) -> true | nil, message: at once the new text, for this user only (0600), in
 *     place of a symbolic link too. Who reads meanwhile gets the old text or the new one, whole
 *   share(path, text) -> true | nil, message: the same, for those whom the file is open to, at the
 *     end of any links; a new one is as any new file. Where it has another owner, other links or an
 *     ACL, or the folder takes no file, the text is written over the old one instead: who reads
 *     meanwhile may get a part */
void waba_file_push(lua_State *L);

#endif
