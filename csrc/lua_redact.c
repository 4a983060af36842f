/* SPDX-License-Identifier: MIT */
#include "lua_redact.h"

#include "lua_text.h"
#include "lua_util.h"
#include "redact.h"

enum { MOST_SECRETS = 8 };

static int redact(lua_State *L) {
  struct waba_str secrets[MOST_SECRETS];
  size_t count = 0;
  luaL_checkstring(L, 1);
  struct waba_str text = waba_tostr(L, 1);
  for (int i = 2; i <= lua_gettop(L) && count < MOST_SECRETS; i++)
    if (lua_type(L, i) == LUA_TSTRING) secrets[count++] = waba_tostr(L, i);
  /* The shortest secret is a byte, and its stand-in has ten. */
  struct waba_buf *out = waba_newtext(L, text.len * 10 + 1);
  if (!waba_redact(out, text, secrets, count)) return waba_no_memory(L);
  waba_pushstr(L, waba_buf_str(out));
  waba_buf_clear(out);
  return 1;
}

void waba_redact_push(lua_State *L) {
  waba_text_open(L);
  lua_pushcfunction(L, redact);
}
