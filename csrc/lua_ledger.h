/* SPDX-License-Identifier: MIT */
/* The budgets of one client, in memory: what lua/waba/shared.lua is over a store of the user's. */
#ifndef WABA_LUA_LEDGER_H
#define WABA_LUA_LEDGER_H

#include "lua_compat.h"

/* Pushes ledger(busy, calm) -> a ledger for so many budgets that are busy, and that are not. */
void waba_ledger_push(lua_State *L);

#endif
