/* SPDX-License-Identifier: MIT */
/* The module waba.posix: what the command needs of the system and Lua does not have. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lua_text.h"
#include "posix_command.h"
#include "posix_file.h"

__attribute__((visibility("default"))) int luaopen_waba_posix(lua_State *L);

enum { MOST_TEXT = 64 * 1024, MOST_WORDS = 64 };

static int fail(lua_State *L, const char *message) {
  lua_pushnil(L);
  lua_pushstring(L, message);
  return 2;
}

/* isatty(fd) -> boolean */
static int is_a_tty(lua_State *L) {
  lua_pushboolean(L, isatty((int)luaL_checkinteger(L, 1)));
  return 1;
}

/* columns(fd) -> of the terminal, or nil */
static int columns(lua_State *L) {
  struct winsize size = {0};
  if (ioctl((int)luaL_checkinteger(L, 1), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 0;
  lua_pushinteger(L, size.ws_col);
  return 1;
}

/* wait(fd, seconds) -> whether there is something to read; a signal ends it early, with false. */
static int wait_for(lua_State *L) {
  struct pollfd ready = {.fd = (int)luaL_checkinteger(L, 1), .events = POLLIN};
  lua_pushboolean(L, poll(&ready, 1, (int)(luaL_checknumber(L, 2) * 1000)) > 0);
  return 1;
}

/* make_folder(path) -> whether it has been made, for this user only */
static int make_folder(lua_State *L) {
  lua_pushboolean(L, mkdir(luaL_checkstring(L, 1), S_IRWXU) == 0);
  return 1;
}

/* is_special(path) -> whether something is there, at the end of any links, and no regular file */
static int is_special(lua_State *L) {
  struct stat facts;
  lua_pushboolean(L, stat(luaL_checkstring(L, 1), &facts) == 0 && !S_ISREG(facts.st_mode));
  return 1;
}

/* ignore_broken_pipes(): writing to one is an error from now on, and not the end. */
static int ignore_broken_pipes(lua_State *L) {
  (void)L;
  signal(SIGPIPE, SIG_IGN);
  return 0;
}

/* Pushes what the buffer holds, and wipes it. */
static int push_text(lua_State *L, struct waba_buf *buf) {
  struct waba_str text = waba_buf_str(buf);
  lua_pushlstring(L, text.ptr, text.len);
  waba_buf_clear(buf);
  return 1;
}

/* read_private(path) -> text | nil, message */
static int read_private(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  struct waba_buf *out = waba_newtext(L, MOST_TEXT);
  switch (waba_file_read_private(path, out)) {
  case WABA_FILE_OK:
    return push_text(L, out);
  case WABA_FILE_UNREADABLE:
    return fail(L, strerror(errno));
  case WABA_FILE_NOT_REGULAR:
    return fail(L, "it is not a regular file");
  case WABA_FILE_FOREIGN:
    return fail(L, "it belongs to another user");
  case WABA_FILE_EXPOSED:
    return fail(L, "others than its owner have access to it");
  default:
    return fail(L, "it is longer than 64 KiB");
  }
}

static int told(lua_State *L, enum waba_command_end end, int detail) {
  switch (end) {
  case WABA_COMMAND_NOT_STARTED:
    return fail(L, strerror(detail));
  case WABA_COMMAND_TIMEOUT:
    return fail(L, "it took too long, and was ended");
  case WABA_COMMAND_TOO_LONG:
    return fail(L, "it printed more than 64 KiB");
  case WABA_COMMAND_INTERRUPTED:
    return fail(L, "it was interrupted");
  default:
    lua_pushnil(L);
    lua_pushfstring(L, "it ended with %s %d", end == WABA_COMMAND_STATUS ? "status" : "signal",
                    detail);
    return 2;
  }
}

/* run(words, seconds) -> text | nil, message. `words` are the program and its arguments. */
static int run(lua_State *L) {
  static const char *const hidden[] = {"WABA_ACCESS_TOKEN", "WABA_APP_SECRET", NULL};
  char *argv[MOST_WORDS + 1];
  lua_Number seconds = luaL_checknumber(L, 2);
  int count = (int)waba_rawlen(L, 1), detail = 0;
  luaL_argcheck(L, count >= 1 && count <= MOST_WORDS, 1, "1 to 64 words");
  luaL_checkstack(L, count + 4, NULL);
  for (int i = 0; i < count; i++) {
    lua_rawgeti(L, 1, i + 1);
    argv[i] = (char *)luaL_checkstring(L, -1);
  }
  argv[count] = NULL;
  struct waba_buf *out = waba_newtext(L, MOST_TEXT);
  enum waba_command_end end = waba_command_run(argv, hidden, seconds, out, &detail);
  if (end == WABA_COMMAND_DONE) return push_text(L, out);
  waba_buf_clear(out);
  return told(L, end, detail);
}

int luaopen_waba_posix(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"columns", columns},
      {"ignore_broken_pipes", ignore_broken_pipes},
      {"is_special", is_special},
      {"isatty", is_a_tty},
      {"make_folder", make_folder},
      {"read_private", read_private},
      {"run", run},
      {"wait", wait_for},
      {NULL, NULL},
  };
  waba_text_open(L);
  lua_createtable(L, 0, 8);
  waba_setfuncs(L, functions, 0);
  return 1;
}
