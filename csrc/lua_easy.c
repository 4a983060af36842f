/* SPDX-License-Identifier: MIT */
#include "lua_easy.h"

#include "curl_easy.h"
#include "curl_process.h"
#include "lua_class.h"
#include "lua_util.h"

static const char class_name[] = "waba.easy";

static int easy_close(lua_State *L) {
  waba_easy_close(waba_check_self(L, class_name));
  return 0;
}

/* easy:exchange(call): performs the call's request and tells the call what came of it. */
static int easy_exchange(lua_State *L) {
  struct waba_easy *easy = waba_check_self(L, class_name);
  struct waba_call *call = waba_check_call(L, 2);
  if (!waba_call_may_send(L, call)) return 0;
  return waba_easy_exchange(easy, call) ? 0 : waba_no_memory(L);
}

static int new_easy(lua_State *L) {
  const struct waba_settings *settings = waba_check_settings(L, 1);
  if (!waba_curl_init()) return luaL_error(L, "libcurl could not be initialised");
  struct waba_easy *easy = waba_newholder(L, sizeof *easy, 1);
  waba_easy_init(easy, settings);
  luaL_getmetatable(L, class_name);
  lua_setmetatable(L, -2);
  return 1;
}

void waba_easy_open(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"close", easy_close}, {"exchange", easy_exchange}, {NULL, NULL}};
  waba_make_class(L, class_name, methods, easy_close, 0);
  lua_pushcfunction(L, new_easy);
}
