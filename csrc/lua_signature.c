/* SPDX-License-Identifier: MIT */
#include "lua_signature.h"

#include <string.h>

#include "crypto_hmac.h"
#include "lua_util.h"

#define PREFIX "sha256="

enum { PREFIX_LEN = sizeof PREFIX - 1, LEN = PREFIX_LEN + WABA_HMAC_HEX_LEN };

/* The signature of the body at 2 under the secret at 1. With an empty secret anybody could sign. */
static void sign(lua_State *L, char text[LEN]) {
  luaL_checkstring(L, 1);
  luaL_checkstring(L, 2);
  struct waba_str secret = waba_tostr(L, 1);
  luaL_argcheck(L, secret.len > 0, 1, "the app secret is empty");
  memcpy(text, PREFIX, PREFIX_LEN);
  if (!waba_hmac_sha256_hex(secret, waba_tostr(L, 2), text + PREFIX_LEN)) waba_no_memory(L);
}

static int signature_sign(lua_State *L) {
  char text[LEN];
  sign(L, text);
  lua_pushlstring(L, text, sizeof text);
  return 1;
}

static int signature_verify(lua_State *L) {
  char text[LEN];
  sign(L, text);
  if (!lua_isnoneornil(L, 3)) luaL_checktype(L, 3, LUA_TSTRING);
  struct waba_str header = waba_tostr(L, 3);
  lua_pushboolean(L, header.len == sizeof text && waba_same_bytes(header.ptr, text, sizeof text));
  return 1;
}

void waba_signature_push(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"sign", signature_sign}, {"verify", signature_verify}, {NULL, NULL}};
  lua_createtable(L, 0, 2);
  waba_setfuncs(L, functions, 0);
}
