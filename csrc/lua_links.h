/* SPDX-License-Identifier: MIT */
/* The links to other pages in what Graph answers: it puts the access token into them. */
#ifndef WABA_LUA_LINKS_H
#define WABA_LUA_LINKS_H

#include "lua_compat.h"

/* In the table at index, at any depth, `next` and `previous` of a table `paging` become true where
 * they are there: that there is a page is worth knowing, the link is not to be followed. With
 * `inner`, those of the table's own `paging` stay. */
void waba_clean_links(lua_State *L, int index, bool inner);

#endif
