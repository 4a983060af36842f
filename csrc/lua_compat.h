/* SPDX-License-Identifier: MIT */
/* The few calls of Lua 5.2 and later that the binding uses, for 5.1 and LuaJIT.
 * Renamed rather than redefined: LuaJIT exports some of these symbols itself. */
#ifndef WABA_LUA_COMPAT_H
#define WABA_LUA_COMPAT_H

#include <lauxlib.h>
#include <lua.h>

#if LUA_VERSION_NUM < 502

#define waba_rawlen lua_objlen

static inline void waba_setfuncs(lua_State *L, const luaL_Reg *reg, int upvalues) {
  for (; reg->name; reg++) {
    for (int i = 0; i < upvalues; i++)
      lua_pushvalue(L, -upvalues);
    lua_pushcclosure(L, reg->func, upvalues);
    lua_setfield(L, -(upvalues + 2), reg->name);
  }
  lua_pop(L, upvalues);
}

#else

#define waba_rawlen   lua_rawlen
#define waba_setfuncs luaL_setfuncs

#endif

/* Ownership between userdata, kept by the collector rather than by registry references.
 *
 * waba_newowner   a new userdata that others may hold
 * waba_newholder  a new userdata that keeps the owner at stack index `owner` alive
 * waba_newkeeper  likewise, with a table to keep more in: places 1 to `room` are free
 * waba_getkept    pushes that table of the userdata at index
 *
 * Before 5.4 a userdata's slot (its environment) takes only a table: an owner's is {owner}. */
#if LUA_VERSION_NUM < 504

static inline void *waba_newowner(lua_State *L, size_t size) {
  void *object = lua_newuserdata(L, size);
  lua_createtable(L, 1, 0);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, 1);
  lua_setfenv(L, -2);
  return object;
}

static inline void *waba_newholder(lua_State *L, size_t size, int owner) {
  void *object = lua_newuserdata(L, size);
  lua_getfenv(L, owner);
  lua_setfenv(L, -2);
  return object;
}

#else

static inline void *waba_newowner(lua_State *L, size_t size) {
  return lua_newuserdatauv(L, size, 0);
}

static inline void *waba_newholder(lua_State *L, size_t size, int owner) {
  void *object = lua_newuserdatauv(L, size, 1);
  lua_pushvalue(L, owner);
  lua_setiuservalue(L, -2, 1);
  return object;
}

#endif

static inline void *waba_newkeeper(lua_State *L, size_t size, int owner, int room) {
#if LUA_VERSION_NUM < 504
  void *object = lua_newuserdata(L, size);
#else
  void *object = lua_newuserdatauv(L, size, 1);
#endif
  lua_createtable(L, room, 1);
  lua_pushvalue(L, owner);
  lua_setfield(L, -2, "owner");
#if LUA_VERSION_NUM < 504
  lua_setfenv(L, -2);
#else
  lua_setiuservalue(L, -2, 1);
#endif
  return object;
}

static inline void waba_getkept(lua_State *L, int index) {
#if LUA_VERSION_NUM < 504
  lua_getfenv(L, index);
#else
  lua_getiuservalue(L, index, 1);
#endif
}

#endif
