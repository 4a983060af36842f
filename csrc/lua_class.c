/* SPDX-License-Identifier: MIT */
#include "lua_class.h"

#include "lua_util.h"

void waba_make_class(lua_State *L, const char *name, const luaL_Reg *methods,
                     lua_CFunction finalise, int upvalues) {
  luaL_newmetatable(L, name);
  lua_insert(L, -1 - upvalues);
  lua_createtable(L, 0, 8);
  lua_insert(L, -1 - upvalues);
  lua_pushvalue(L, -2 - upvalues); /* every method's first upvalue: see waba_check_self */
  lua_insert(L, -1 - upvalues);    /* [metatable methods metatable upvalues...] */
  waba_setfuncs(L, methods, 1 + upvalues);
  lua_setfield(L, -2, "__index");
  lua_pushvalue(L, -1);
  lua_pushcclosure(L, finalise, 1);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "__gc");
  lua_setfield(L, -2, "__close");
  lua_pushstring(L, name);
  lua_setfield(L, -2, "__name");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}

void *waba_check_self(lua_State *L, const char *name) {
  void *object = lua_touserdata(L, 1);
  if (object && lua_getmetatable(L, 1)) {
    bool ours = lua_rawequal(L, -1, lua_upvalueindex(1));
    lua_pop(L, 1);
    if (ours) return object;
  }
  return luaL_checkudata(L, 1, name);
}

struct waba_call *waba_self_call(lua_State *L) {
  return waba_check_self(L, WABA_CLASS_CALL);
}

struct waba_call *waba_check_call(lua_State *L, int index) {
  return luaL_checkudata(L, index, WABA_CLASS_CALL);
}

struct waba_settings *waba_check_settings(lua_State *L, int index) {
  return luaL_checkudata(L, index, WABA_CLASS_SETTINGS);
}

bool waba_call_may_send(lua_State *L, struct waba_call *call) {
  if (call->state != WABA_SENDING) luaL_error(L, "the call has no request to send now");
  bool closed = call->settings->closed;
  if (!closed && waba_call_auth(call)->token.len > 0) return true;
  enum waba_kind kind = closed ? WABA_KIND_CLOSED : WABA_KIND_AUTH;
  if (!waba_call_drop(call, kind, WABA_STR(""))) waba_no_memory(L);
  return false;
}
