/* SPDX-License-Identifier: MIT */
/* The module waba.curl: the drivers over libcurl. Apart from waba.core, because loading libcurl and
 * the thirty libraries behind it takes several times as long as all else, and because whoever
 * brings a transport of their own needs none of it. */
#include <string.h>

#include "curl_process.h"
#include "lua_easy.h"
#include "lua_multi.h"
#include "settings.h"

__attribute__((visibility("default"))) int luaopen_waba_curl(lua_State *L);

/* Both modules look into the same structs. */
static void check_core(lua_State *L) {
  lua_getglobal(L, "require");
  lua_pushliteral(L, "waba.core");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "version");
  const char *version = lua_tostring(L, -1);
  if (!version || strcmp(version, WABA_VERSION) != 0)
    luaL_error(L, "waba.curl " WABA_VERSION " found waba.core %s: install them together",
               version ? version : "of no version");
  lua_pop(L, 2);
}

/* version() -> {version = "7.88.1", tls = "OpenSSL/3.0.17" or absent, http2 = true} */
static int version(lua_State *L) {
  struct waba_curl_facts facts;
  waba_curl_read_facts(&facts);
  lua_createtable(L, 0, 3);
  lua_pushstring(L, facts.version);
  lua_setfield(L, -2, "version");
  lua_pushstring(L, facts.tls); /* NULL pushes nil */
  lua_setfield(L, -2, "tls");
  lua_pushboolean(L, facts.http2);
  lua_setfield(L, -2, "http2");
  return 1;
}

int luaopen_waba_curl(lua_State *L) {
  check_core(L);
  lua_createtable(L, 0, 3);
  waba_easy_open(L); /* easy(settings) -> easy */
  lua_setfield(L, -2, "easy");
  waba_multi_open(L); /* multi(settings) -> multi */
  lua_setfield(L, -2, "multi");
  lua_pushcfunction(L, version);
  lua_setfield(L, -2, "version");
  return 1;
}
