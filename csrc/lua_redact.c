/* SPDX-License-Identifier: MIT */
#include "lua_redact.h"

#include "lua_class.h"
#include "lua_util.h"
#include "redact.h"

enum { MOST_SECRETS = 8 };

static const char class_name[] = "waba.text";

static int text_gc(lua_State *L) {
  waba_buf_clear(luaL_checkudata(L, 1, class_name));
  return 0;
}

/* A buffer that is freed, and wiped, whatever is raised while it is in use. */
static struct waba_buf *new_text(lua_State *L, size_t max) {
  struct waba_buf *buf = waba_newowner(L, sizeof *buf);
  waba_buf_init(buf, max);
  luaL_getmetatable(L, class_name);
  lua_setmetatable(L, -2);
  return buf;
}

static int redact(lua_State *L) {
  struct waba_str secrets[MOST_SECRETS];
  size_t count = 0;
  luaL_checkstring(L, 1);
  struct waba_str text = waba_tostr(L, 1);
  for (int i = 2; i <= lua_gettop(L) && count < MOST_SECRETS; i++)
    if (lua_type(L, i) == LUA_TSTRING) secrets[count++] = waba_tostr(L, i);
  /* The shortest secret is a byte, and its stand-in has ten. */
  struct waba_buf *out = new_text(L, text.len * 10 + 1);
  if (!waba_redact(out, text, secrets, count)) return waba_no_memory(L);
  waba_pushstr(L, waba_buf_str(out));
  waba_buf_clear(out);
  return 1;
}

void waba_redact_push(lua_State *L) {
  static const luaL_Reg methods[] = {{NULL, NULL}};
  waba_make_class(L, class_name, methods, text_gc, 0);
  lua_pushcfunction(L, redact);
}
