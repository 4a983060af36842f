/* SPDX-License-Identifier: MIT */
/* The module waba.httpd: httpd_server.h as a Lua userdata.
 *
 *   httpd.listen { address =, port =, max_body = } -> server | nil, message
 *   server:accept(seconds) -> id, { method =, url =, headers =, body = } | nil [, message]
 *   server:respond(id, { status =, headers =, body =, wire =, interval =, location = })
 *     -> true | false, "gone"
 *   server:port() -> integer
 *   server:close()
 *
 * What can happen at run time is returned; a wrong call raises: wrong types, unknown options, an
 * id that is not open, a closed server. */
#include "httpd_server.h"
#include "lua_compat.h"

#include <string.h>

#define SERVER_TYPE      "waba.httpd"
#define DEFAULT_ADDRESS  "127.0.0.1"
#define DEFAULT_MAX_BODY 1048576
#define DEFAULT_INTERVAL 0.05
#define DEFAULT_LOCATION "http://127.0.0.2/"

struct server_box {
  struct waba_httpd *server; /* NULL: closed, or not yet open */
};

static struct waba_httpd *check_server(lua_State *L) {
  struct server_box *box = luaL_checkudata(L, 1, SERVER_TYPE);
  if (!box->server) luaL_error(L, "the server is closed");
  return box->server;
}

/* Whether a number within the range of int64_t has no fraction. */
static bool is_whole(lua_Number value) {
  return (lua_Number)(int64_t)value == value;
}

/* An integer option between low and high, or its default where it is nil. */
static lua_Integer option_integer(lua_State *L, int table, const char *name, lua_Integer low,
                                  lua_Integer high, lua_Integer missing) {
  lua_getfield(L, table, name);
  if (!lua_isnil(L, -1) && lua_type(L, -1) != LUA_TNUMBER)
    luaL_error(L, "%s must be a number", name);
  lua_Number value = lua_isnil(L, -1) ? (lua_Number)missing : lua_tonumber(L, -1);
  lua_pop(L, 1);
  if (!(value >= (lua_Number)low && value <= (lua_Number)high) || !is_whole(value))
    luaL_error(L, "%s must be an integer from %d to %d", name, (int)low, (int)high);
  return (lua_Integer)value;
}

/* A string option, or its default where it is nil; left on the stack, which keeps it alive. */
static struct waba_str option_string(lua_State *L, int table, const char *name,
                                     const char *missing) {
  struct waba_str value = {NULL, 0};
  lua_getfield(L, table, name);
  if (lua_isnil(L, -1)) return waba_str(missing);
  if (lua_type(L, -1) != LUA_TSTRING) luaL_error(L, "%s must be a string", name);
  value.ptr = lua_tolstring(L, -1, &value.len);
  return value;
}

/* The same, for what C takes as text. */
static const char *option_text(lua_State *L, int table, const char *name, const char *missing) {
  struct waba_str value = option_string(L, table, name, missing);
  if (memchr(value.ptr, '\0', value.len)) luaL_error(L, "%s must not hold a NUL", name);
  return value.ptr;
}

static void check_option_names(lua_State *L, int table) {
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : luaL_typename(L, -2);
    if (strcmp(name, "address") != 0 && strcmp(name, "port") != 0 && strcmp(name, "max_body") != 0)
      luaL_error(L, "unknown option '%s' (there are address, port, max_body)", name);
  }
}

static int httpd_listen(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  check_option_names(L, 1);
  struct waba_httpd_options options = {
      .address = option_text(L, 1, "address", DEFAULT_ADDRESS),
      .port = (uint16_t)option_integer(L, 1, "port", 0, 65535, 0),
      .max_body = (size_t)option_integer(L, 1, "max_body", 0, INT32_MAX, DEFAULT_MAX_BODY)};
  struct server_box *box = lua_newuserdata(L, sizeof *box);
  box->server = NULL; /* closed first: from here on the collector may see it */
  luaL_getmetatable(L, SERVER_TYPE);
  lua_setmetatable(L, -2);
  char message[WABA_HTTPD_MESSAGE_SIZE];
  if (waba_httpd_open(&box->server, &options, message)) return 1;
  lua_pushnil(L);
  lua_pushstring(L, message);
  return 2;
}

static void push_str(lua_State *L, struct waba_str text) {
  lua_pushlstring(L, text.ptr, text.len);
}

/* Pushes packed header fields as a table; values of a repeated name are joined by ", ". */
static void push_headers(lua_State *L, struct waba_str packed) {
  const char *end = packed.ptr + packed.len;
  lua_newtable(L);
  for (const char *name = packed.ptr; name < end;) {
    const char *value = name + strlen(name) + 1;
    lua_getfield(L, -1, name);
    if (lua_isnil(L, -1))
      lua_pushstring(L, value);
    else
      lua_pushfstring(L, "%s, %s", lua_tostring(L, -1), value);
    lua_setfield(L, -3, name);
    lua_pop(L, 1); /* what was there before */
    name = value + strlen(value) + 1;
  }
}

static void push_request(lua_State *L, const struct waba_httpd_request *request) {
  lua_createtable(L, 0, 4);
  push_str(L, request->method);
  lua_setfield(L, -2, "method");
  push_str(L, request->url);
  lua_setfield(L, -2, "url");
  push_headers(L, request->headers);
  lua_setfield(L, -2, "headers");
  push_str(L, request->body);
  lua_setfield(L, -2, "body");
}

static int push_failure(lua_State *L, const struct waba_httpd *server) {
  char message[WABA_HTTPD_MESSAGE_SIZE]; /* a copy, for the reason below */
  memcpy(message, waba_httpd_message(server), sizeof message);
  lua_pushnil(L);
  lua_pushstring(L, message);
  return 2;
}

/* Whatever allocates may run a finaliser, which may close the server or take the request itself.
 * So what is pushed is a copy, and the server is looked up each time: where one did, none came. */
static int server_accept(lua_State *L) {
  struct waba_httpd *server = check_server(L);
  const struct server_box *box = lua_touserdata(L, 1);
  lua_Number seconds = luaL_checknumber(L, 2);
  luaL_argcheck(L, seconds >= 0, 2, "seconds must not be negative");
  if (waba_httpd_wait(server, seconds) < 0) return push_failure(L, server);
  struct waba_httpd_request request;
  size_t size = 0;
  uint64_t id = waba_httpd_front(server, &size);
  char *bytes = id != 0 ? lua_newuserdata(L, size) : NULL;
  if (bytes && box->server && waba_httpd_copy(box->server, id, bytes, &request)) {
    lua_pushinteger(L, (lua_Integer)id);
    push_request(L, &request);
    if (box->server && waba_httpd_take(box->server, id)) return 2; /* taken last: none is lost */
  }
  lua_pushnil(L);
  return 1;
}

/* The header field on top of the stack (name, value), checked. */
static void read_header(lua_State *L, struct waba_str *name, struct waba_str *value) {
  if (lua_type(L, -2) != LUA_TSTRING) luaL_error(L, "header names must be strings");
  name->ptr = lua_tolstring(L, -2, &name->len);
  value->ptr = lua_tolstring(L, -1, &value->len); /* a number, too: it is lua_next's copy */
  if (!value->ptr) luaL_error(L, "header '%s' must be a string", name->ptr);
  const char *fault = waba_httpd_header_fault(*name, *value);
  if (fault) luaL_error(L, "header '%s' %s", name->ptr, fault);
}

/* Packs the table on top of the stack into a userdata that takes its place: if anything raises
 * half-way, the collector has it. Twice through the table: to measure, to copy; in between, a
 * finaliser may have changed it. */
static struct waba_str pack_headers(lua_State *L) {
  struct waba_str name, value;
  size_t room = 0, used = 0;
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    read_header(L, &name, &value);
    room += name.len + value.len + 2;
  }
  char *out = lua_newuserdata(L, room);
  lua_insert(L, -2);
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    read_header(L, &name, &value);
    if (name.len + value.len + 2 > room - used) luaL_error(L, "headers changed meanwhile");
    memcpy(out + used, name.ptr, name.len + 1);
    memcpy(out + used + name.len + 1, value.ptr, value.len + 1);
    used += name.len + value.len + 2;
  }
  lua_pop(L, 1); /* the table */
  return (struct waba_str){out, used};
}

static struct waba_str option_headers(lua_State *L, int table) {
  lua_getfield(L, table, "headers");
  if (lua_isnil(L, -1)) return (struct waba_str){NULL, 0};
  if (!lua_istable(L, -1)) luaL_error(L, "headers must be a table");
  return pack_headers(L);
}

static double option_interval(lua_State *L, int table) {
  lua_getfield(L, table, "interval");
  if (lua_isnil(L, -1)) return DEFAULT_INTERVAL;
  double seconds = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : -1;
  if (!(seconds >= 0)) luaL_error(L, "interval must be a number of seconds");
  return seconds;
}

/* Reads a reply; all it borrows stays on the stack. */
static struct waba_httpd_reply check_reply(lua_State *L, int table) {
  luaL_checktype(L, table, LUA_TTABLE);
  struct waba_httpd_reply reply = {
      .status = (unsigned int)option_integer(L, table, "status", 200, 599, 200)};
  reply.headers = option_headers(L, table);
  reply.body = option_string(L, table, "body", "");
  const char *wire = option_text(L, table, "wire", "");
  reply.wire = waba_httpd_wire(wire);
  if (!reply.wire) luaL_error(L, "there is no wire fault '%s'", wire);
  reply.interval = option_interval(L, table);
  reply.location = option_text(L, table, "location", DEFAULT_LOCATION);
  const char *fault = waba_httpd_header_fault(WABA_STR("Location"), waba_str(reply.location));
  if (fault) luaL_error(L, "location %s", fault);
  return reply;
}

static int server_respond(lua_State *L) {
  check_server(L);
  lua_Number id = luaL_checknumber(L, 2);
  luaL_argcheck(L, id >= 1 && id < 0x1p53 && is_whole(id), 2, "not an id");
  struct waba_httpd_reply reply = check_reply(L, 3);
  /* The server anew: reading the reply may have run what closed it. */
  switch (waba_httpd_respond(check_server(L), (uint64_t)id, &reply)) {
  case WABA_HTTPD_OK:
    lua_pushboolean(L, 1);
    return 1;
  case WABA_HTTPD_GONE:
    lua_pushboolean(L, 0);
    lua_pushliteral(L, "gone");
    return 2;
  case WABA_HTTPD_UNKNOWN:
    return luaL_argerror(L, 2, "no request with this id is open");
  default:
    return luaL_error(L, "not enough memory or file descriptors");
  }
}

static int server_port(lua_State *L) {
  lua_pushinteger(L, waba_httpd_port(check_server(L)));
  return 1;
}

/* close, __gc and __close: any number of times. */
static int server_close(lua_State *L) {
  struct server_box *box = luaL_checkudata(L, 1, SERVER_TYPE);
  struct waba_httpd *server = box->server;
  box->server = NULL;
  waba_httpd_close(server);
  return 0;
}

static int server_tostring(lua_State *L) {
  struct server_box *box = luaL_checkudata(L, 1, SERVER_TYPE);
  if (box->server)
    lua_pushfstring(L, SERVER_TYPE " (port %d)", (int)waba_httpd_port(box->server));
  else
    lua_pushliteral(L, SERVER_TYPE " (closed)");
  return 1;
}

static const luaL_Reg methods[] = {{"accept", server_accept},
                                   {"close", server_close},
                                   {"port", server_port},
                                   {"respond", server_respond},
                                   {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__close", server_close},
                                       {"__gc", server_close},
                                       {"__tostring", server_tostring},
                                       {NULL, NULL}};

static void create_metatable(lua_State *L) {
  luaL_newmetatable(L, SERVER_TYPE);
  waba_setfuncs(L, metamethods, 0);
  lua_newtable(L);
  waba_setfuncs(L, methods, 0);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, SERVER_TYPE);
  lua_setfield(L, -2, "__name"); /* 5.1 does not set it */
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}

LUALIB_API int luaopen_waba_httpd(lua_State *L);

__attribute__((visibility("default"))) int luaopen_waba_httpd(lua_State *L) {
  create_metatable(L);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, httpd_listen);
  lua_setfield(L, -2, "listen");
  return 1;
}
