/* SPDX-License-Identifier: MIT */
#include "lua_class.h"

#include "lua_util.h"

void waba_make_class(lua_State *L, const char *name, const luaL_Reg *methods,
                     lua_CFunction finalise, int upvalues) {
  luaL_newmetatable(L, name);
  lua_insert(L, -1 - upvalues);
  lua_createtable(L, 0, 8);
  lua_insert(L, -1 - upvalues); /* [metatable methods upvalues...] */
  waba_setfuncs(L, methods, upvalues);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, finalise);
  lua_setfield(L, -2, "__gc");
  lua_pushcfunction(L, finalise);
  lua_setfield(L, -2, "__close");
  lua_pushstring(L, name);
  lua_setfield(L, -2, "__name");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
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
