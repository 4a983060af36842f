/* SPDX-License-Identifier: MIT */
#include "lua_multi.h"

#include "curl_multi.h"
#include "curl_process.h"
#include "lua_class.h"
#include "lua_util.h"

static const char class_name[] = "waba.multi";

static struct waba_multi *check_multi(lua_State *L) {
  return waba_check_self(L, class_name);
}

/* The multi's table holds its settings, and under slot + 1 each call in flight: libcurl writes into
 * them, so they must not be collected before. */
static int multi_close(lua_State *L) {
  waba_multi_close(check_multi(L));
  return 0;
}

/* multi:add(call) -> slot | nil: the call knows already (its client was closed, or libcurl would
 * not begin) | false: every slot is taken */
static int multi_add(lua_State *L) {
  struct waba_multi *multi = check_multi(L);
  struct waba_call *call = waba_check_call(L, 2);
  if (!waba_call_may_send(L, call)) return 0;
  waba_getkept(L, 1);
  int slot = waba_multi_add(multi, call);
  if (slot == WABA_MULTI_NO_MEMORY) return waba_no_memory(L);
  if (slot == WABA_MULTI_NONE) return 0;
  lua_pushboolean(L, 0);
  if (slot == WABA_MULTI_FULL) return 1;
  lua_pushvalue(L, 2);
  lua_rawseti(L, -3, slot + 1);
  lua_pushinteger(L, slot + 1);
  return 1;
}

/* multi:poll([seconds]) -> call, slot: one that has been answered | nil: none was in time; without
 * seconds, none had been already */
static int multi_poll(lua_State *L) {
  struct waba_multi *multi = check_multi(L);
  int slot = waba_multi_poll(multi, luaL_optnumber(L, 2, -1));
  if (slot == WABA_MULTI_NO_MEMORY) return waba_no_memory(L);
  if (slot == WABA_MULTI_NONE) return 0;
  waba_getkept(L, 1);
  lua_rawgeti(L, -1, slot + 1);
  lua_pushboolean(L, 0); /* false rather than nil keeps the place: nothing to allocate next time */
  lua_rawseti(L, -3, slot + 1);
  lua_pushinteger(L, slot + 1);
  return 2;
}

static int new_multi(lua_State *L) {
  const struct waba_settings *settings = waba_check_settings(L, 1);
  if (!waba_curl_init()) return luaL_error(L, "libcurl could not be initialised");
  struct waba_multi *multi = waba_newkeeper(L, sizeof *multi, 1, WABA_MULTI_MOST);
  waba_multi_init(multi, settings);
  luaL_getmetatable(L, class_name);
  lua_setmetatable(L, -2);
  return 1;
}

void waba_multi_open(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"add", multi_add}, {"close", multi_close}, {"poll", multi_poll}, {NULL, NULL}};
  waba_make_class(L, class_name, methods, multi_close, 0);
  lua_pushcfunction(L, new_multi);
}
