/* SPDX-License-Identifier: MIT */
/* The links to other pages in what Graph answers: it puts the access token into them. */
#ifndef WABA_LUA_LINKS_H
#define WABA_LUA_LINKS_H

#include <stdbool.h>

#include "lua_compat.h"

/* Whether the value at index is the name of the field that holds them. */
bool waba_is_paging(lua_State *L, int index);

/* `next` and `previous` become true where they are there: that there is a page is worth knowing,
 * the link is not to be followed. Both look at the table at index: at its own `paging`; at those of
 * the tables within, at any depth. */
void waba_clean_own_links(lua_State *L, int index);
void waba_clean_inner_links(lua_State *L, int index);

#endif
