/* SPDX-License-Identifier: MIT */
#include "lua_reply.h"

#include <string.h>

#include "lua_json.h"
#include "lua_util.h"

/* Field readers: the table is at index; a field of another type reads as absent. */

static struct waba_str get_text(lua_State *L, int index, const char *key) {
  struct waba_str text = {NULL, 0};
  lua_getfield(L, index, key);
  if (lua_type(L, -1) == LUA_TSTRING) text = waba_tostr(L, -1);
  lua_pop(L, 1); /* the table still holds it */
  return text;
}

/* A number, or digits in a string. */
static long long get_code(lua_State *L, int index, const char *key) {
  long long code = WABA_NO_CODE;
  lua_getfield(L, index, key);
  lua_Number number = lua_tonumber(L, -1);
  if (lua_isnumber(L, -1) && number >= 0 && number < 1e15) code = (long long)number;
  lua_pop(L, 1);
  return code;
}

/* true, false, or one of them as a string, as Graph answers in places. */
static enum waba_answer to_answer(lua_State *L, int index) {
  if (lua_isboolean(L, index)) return lua_toboolean(L, index) ? WABA_YES : WABA_NO;
  if (lua_type(L, index) != LUA_TSTRING) return WABA_UNSAID;
  struct waba_str text = waba_tostr(L, index);
  if (waba_str_equal(text, WABA_STR("true"))) return WABA_YES;
  return waba_str_equal(text, WABA_STR("false")) ? WABA_NO : WABA_UNSAID;
}

static enum waba_answer get_answer(lua_State *L, int index, const char *key) {
  lua_getfield(L, index, key);
  enum waba_answer answer = to_answer(L, -1);
  lua_pop(L, 1);
  return answer;
}

/* The first of the names that holds a text. */
static struct waba_str first_text(lua_State *L, int index, const char *const *keys) {
  struct waba_str text = {NULL, 0};
  for (; *keys && text.len == 0; keys++)
    text = get_text(L, index, *keys);
  return text;
}

/* error_data comes as an object, as JSON in a string, or as plain words; what a person should read
 * is its `details`. Leaves one or two values on the stack, which the text is borrowed from. */
static struct waba_str read_details(lua_State *L, int index, int decode) {
  struct waba_str details = {NULL, 0};
  lua_getfield(L, index, "error_data");
  if (lua_type(L, -1) == LUA_TSTRING) {
    details = waba_tostr(L, -1);
    if (details.len == 0 || details.ptr[0] != '{') return details;
    if (waba_json_decode(L, decode, details.ptr, details.len, NULL) == WABA_JSON_BROKEN)
      lua_pop(L, 1);
    if (!lua_istable(L, -1)) return details; /* not JSON after all */
  }
  if (lua_istable(L, -1)) details = get_text(L, lua_gettop(L), "details");
  return details;
}

static void read_error(lua_State *L, int error, int decode, struct waba_reply *reply) {
  static const char *const messages[] = {"message",   "error_message", "error_description",
                                         "error_msg", "details",       NULL};
  static const char *const types[] = {"type", "error_type", NULL};
  reply->has_error = true;
  reply->code = get_code(L, error, "code");
  if (reply->code == WABA_NO_CODE) reply->code = get_code(L, error, "error_code");
  reply->subcode = get_code(L, error, "error_subcode");
  reply->transient = get_answer(L, error, "is_transient");
  reply->texts[WABA_TEXT_MESSAGE] = first_text(L, error, messages);
  reply->texts[WABA_TEXT_TYPE] = first_text(L, error, types);
  reply->texts[WABA_TEXT_TITLE] = get_text(L, error, "error_user_title");
  reply->texts[WABA_TEXT_USER_MESSAGE] = get_text(L, error, "error_user_msg");
  reply->texts[WABA_TEXT_FBTRACE_ID] = get_text(L, error, "fbtrace_id");
  struct waba_str details = read_details(L, error, decode);
  if (reply->texts[WABA_TEXT_USER_MESSAGE].len == 0) reply->texts[WABA_TEXT_USER_MESSAGE] = details;
}

static bool has_field(lua_State *L, int index, const char *key) {
  lua_getfield(L, index, key);
  bool present = !lua_isnil(L, -1);
  lua_pop(L, 1);
  return present;
}

/* "error" is an object today; older and other parts of Graph put the same things at the top. */
static void find_error(lua_State *L, int index, int decode, struct waba_reply *reply) {
  lua_getfield(L, index, "error"); /* stays: its texts are borrowed */
  if (lua_istable(L, -1)) {
    read_error(L, lua_gettop(L), decode, reply);
  } else if (!lua_isnil(L, -1) || has_field(L, index, "error_code") ||
             has_field(L, index, "error_type") || has_field(L, index, "error_msg")) {
    read_error(L, index, decode, reply);
    if (reply->texts[WABA_TEXT_MESSAGE].len == 0)
      reply->texts[WABA_TEXT_MESSAGE] = get_text(L, index, "error");
  }
}

/* An array of objects, or empty: lua-cjson decodes {} and [] alike. */
static bool is_object_list(lua_State *L, int index) {
  size_t count = waba_rawlen(L, index);
  if (count == 0) {
    lua_pushnil(L);
    if (lua_next(L, index) == 0) return true;
    lua_pop(L, 2);
    return false;
  }
  bool objects = true;
  for (size_t i = 1; objects && i <= count; i++) {
    lua_rawgeti(L, index, (int)i);
    objects = lua_istable(L, -1) && waba_rawlen(L, -1) == 0;
    lua_pop(L, 1);
  }
  return objects;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Pushes the text with its percent escapes decoded; what is no escape stays. */
static void push_unescaped(lua_State *L, struct waba_str text) {
  luaL_Buffer out;
  luaL_buffinit(L, &out);
  for (size_t i = 0; i < text.len; i++) {
    bool room = text.ptr[i] == '%' && text.len - i > 2;
    int high = room ? hex_digit(text.ptr[i + 1]) : -1;
    int low = room ? hex_digit(text.ptr[i + 2]) : -1;
    if (high < 0 || low < 0) {
      luaL_addchar(&out, text.ptr[i]);
      continue;
    }
    luaL_addchar(&out, (char)(high * 16 + low));
    i += 2;
  }
  luaL_pushresult(&out);
}

/* Where `cursors` is missing, the `after` of the URL, and no more of it: it holds the token. */
static struct waba_str after_of_url(lua_State *L, struct waba_str url) {
  static const char key[] = "after=";
  const size_t len = sizeof key - 1;
  for (size_t i = 1; i + len <= url.len; i++) {
    bool starts = url.ptr[i - 1] == '?' || url.ptr[i - 1] == '&';
    if (!starts || memcmp(url.ptr + i, key, len) != 0) continue;
    struct waba_str value = {url.ptr + i + len, 0};
    while (i + len + value.len < url.len && !strchr("&#", value.ptr[value.len]))
      value.len++;
    push_unescaped(L, value);
    return waba_tostr(L, -1);
  }
  return (struct waba_str){NULL, 0};
}

/* Leaves on the stack what the cursor is borrowed from. */
static void read_paging(lua_State *L, int index, struct waba_reply *reply) {
  lua_getfield(L, index, "paging");
  if (!lua_istable(L, -1)) return;
  int paging = lua_gettop(L);
  reply->has_next = has_field(L, paging, "next");
  if (!reply->has_next) return;
  struct waba_str url = get_text(L, paging, "next");
  lua_getfield(L, paging, "cursors");
  if (lua_istable(L, -1)) reply->after = get_text(L, lua_gettop(L), "after");
  lua_pop(L, 1);
  if (reply->after.len == 0) reply->after = after_of_url(L, url);
}

/* Whether the object at index has the field by which the operation's success is known. */
static bool has_key(lua_State *L, int index, const struct waba_op *op) {
  return op->key && get_text(L, index, op->key).len > 0;
}

static bool has_data(lua_State *L, int index, bool list) {
  lua_getfield(L, index, "data");
  int data = lua_gettop(L);
  bool found = lua_istable(L, data) && (list ? is_object_list(L, data) : waba_rawlen(L, data) == 0);
  lua_pop(L, 1);
  return found;
}

static bool fits(lua_State *L, int index, const struct waba_op *op) {
  switch (op->shape) {
  case WABA_LIST:
  case WABA_DATA:
    return has_data(L, index, op->shape == WABA_LIST);
  case WABA_SUCCESS:
  case WABA_OBJECT:
    return has_key(L, index, op);
  case WABA_ANY:
    break;
  }
  return true;
}

void waba_read_reply(lua_State *L, int decode, const struct waba_op *op, struct waba_reply *reply) {
  int value = lua_gettop(L);
  if (!lua_istable(L, value)) {
    reply->success = to_answer(L, value);
    reply->fits = op->shape == WABA_ANY && reply->success == WABA_YES;
    return;
  }
  reply->success = get_answer(L, value, "success");
  find_error(L, value, decode, reply);
  if (reply->has_error) return;
  read_paging(L, value, reply);
  reply->fits = fits(L, value, op);
}
