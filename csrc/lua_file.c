/* SPDX-License-Identifier: MIT */
#include "lua_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "lua_class.h"

static const char class_name[] = "waba.file";

/* A file that is closed whatever is raised while it is open: -1 where it is not. */
static int *new_descriptor(lua_State *L) {
  int *fd = waba_newowner(L, sizeof *fd);
  *fd = -1;
  luaL_getmetatable(L, class_name);
  lua_setmetatable(L, -2);
  return fd;
}

static void close_descriptor(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

static int descriptor_gc(lua_State *L) {
  close_descriptor(waba_check_self(L, class_name));
  return 0;
}

/* nil and a message: what `why` says, or the system where it is NULL. */
static int refuse(lua_State *L, const char *path, const char *why, int error) {
  lua_pushnil(L);
  lua_pushfstring(L, "%s: %s", path, why ? why : strerror(error));
  return 2;
}

/* Why the file is not to be trusted, or NULL. Its size where it is. */
static const char *examine(int fd, size_t most, size_t *size) {
  struct stat told;
  if (fstat(fd, &told) != 0) return "cannot be examined";
  if (!S_ISREG(told.st_mode)) return "is not a regular file";
  if (told.st_uid != geteuid()) return "belongs to another user";
  if (told.st_mode & (S_IWGRP | S_IWOTH)) return "can be written by others";
  if (told.st_size < 0 || (unsigned long long)told.st_size > most) return "is too large";
  *size = (size_t)told.st_size;
  return NULL;
}

/* Reads until `size` bytes, or the end. Bytes read, or -1. */
static ssize_t read_all(int fd, char *into, size_t size) {
  size_t len = 0;
  while (len < size) {
    ssize_t got = read(fd, into + len, size - len);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    len += (size_t)got;
  }
  return (ssize_t)len;
}

static bool write_all(int fd, const char *text, size_t len) {
  while (len > 0) {
    ssize_t put = write(fd, text, len);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    text += put;
    len -= (size_t)put;
  }
  return true;
}

static int file_read(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  size_t most = (size_t)luaL_checkinteger(L, 2), size = 0;
  int *fd = new_descriptor(L);
  *fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (*fd < 0) return refuse(L, path, NULL, errno);
  const char *why = examine(*fd, most, &size);
  if (why) {
    close_descriptor(fd);
    return refuse(L, path, why, 0);
  }
  char *text = lua_newuserdata(L, size + 1);
  ssize_t len = read_all(*fd, text, size);
  int error = errno;
  close_descriptor(fd);
  if (len < 0) return refuse(L, path, NULL, error);
  lua_pushlstring(L, text, (size_t)len);
  return 1;
}

static bool has_acl(int fd) {
  return fgetxattr(fd, "system.posix_acl_access", NULL, 0) > 0;
}

/* Makes the new file open to those whom the old one is open to. false: not in our power. */
static bool share(int fd, int old) {
  struct stat told;
  if (fstat(old, &told) != 0 || told.st_nlink > 1 || has_acl(old) || has_acl(fd)) return false;
  return fchown(fd, told.st_uid, told.st_gid) == 0 && fchmod(fd, told.st_mode & 0777) == 0;
}

/* 0, or the error, EPERM where the new file could not be like the old one, if one is given (else
 * -1); nothing is left behind then. */
static int replace(const char *path, char *beside, int old, struct waba_str text) {
  int fd = mkstemp(beside); /* 0600 */
  if (fd < 0) return errno;
  int error = old < 0 || share(fd, old) ? 0 : EPERM;
  if (error == 0 && !write_all(fd, text.ptr, text.len)) error = errno;
  if (close(fd) != 0 && error == 0) error = errno;
  if (error == 0 && rename(beside, path) != 0) error = errno;
  if (error != 0) unlink(beside);
  return error;
}

/* 0, or the error. */
static int overwrite(int fd, struct waba_str text) {
  return ftruncate(fd, 0) == 0 && write_all(fd, text.ptr, text.len) && fsync(fd) == 0 ? 0 : errno;
}

/* Pushes the name that mkstemp makes its own of. */
static char *push_beside(lua_State *L, const char *path) {
  size_t len = strlen(path);
  char *beside = lua_newuserdata(L, len + sizeof ".XXXXXX");
  memcpy(beside, path, len);
  memcpy(beside + len, ".XXXXXX", sizeof ".XXXXXX");
  return beside;
}

static int answer(lua_State *L, const char *path, int error) {
  if (error != 0) return refuse(L, path, NULL, error);
  lua_pushboolean(L, 1);
  return 1;
}

static int file_replace(lua_State *L) {
  size_t len;
  const char *path = luaL_checkstring(L, 1), *text = luaL_checklstring(L, 2, &len);
  struct waba_str all = {text, len};
  return answer(L, path, replace(path, push_beside(L, path), -1, all));
}

static int file_share(lua_State *L) {
  size_t len;
  const char *path = luaL_checkstring(L, 1), *text = luaL_checklstring(L, 2, &len);
  struct waba_str all = {text, len};
  char real[PATH_MAX];
  int *old = new_descriptor(L);
  /* Whether it may be written, and where it is, is for the system to say. */
  *old = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
  bool made = *old < 0 && errno == ENOENT;
  if (made) *old = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (*old < 0 || !realpath(path, real)) return refuse(L, path, NULL, errno);
  int error = replace(real, push_beside(L, real), *old, all);
  if (error == EACCES || error == EPERM) error = overwrite(*old, all);
  if (error != 0 && made) unlink(real);
  close_descriptor(old);
  return answer(L, path, error);
}

static int file_probe(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  char *beside = push_beside(L, path);
  int fd = mkstemp(beside);
  if (fd < 0) return refuse(L, path, NULL, errno);
  unlink(beside);
  close(fd);
  return answer(L, path, 0);
}

void waba_file_push(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"probe", file_probe}, {"read", file_read}, {"replace", file_replace},
      {"share", file_share}, {NULL, NULL},
  };
  static const luaL_Reg methods[] = {{NULL, NULL}};
  waba_make_class(L, class_name, methods, descriptor_gc, 0);
  lua_createtable(L, 0, 4);
  waba_setfuncs(L, functions, 0);
}
