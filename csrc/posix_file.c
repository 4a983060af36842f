/* SPDX-License-Identifier: MIT */
#include "posix_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static enum waba_file_trouble check(int fd) {
  struct stat facts;
  if (fstat(fd, &facts) != 0) return WABA_FILE_UNREADABLE;
  if (!S_ISREG(facts.st_mode)) return WABA_FILE_NOT_REGULAR;
  if (facts.st_uid != geteuid() && facts.st_uid != 0) return WABA_FILE_FOREIGN;
  if (facts.st_mode & (S_IRWXG | S_IRWXO)) return WABA_FILE_EXPOSED;
  return WABA_FILE_OK;
}

enum waba_file_trouble waba_file_read_private(const char *path, struct waba_buf *out) {
  char chunk[4096];
  ssize_t len = 0;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); /* a pipe would block */
  if (fd < 0) return WABA_FILE_UNREADABLE;
  enum waba_file_trouble trouble = check(fd);
  while (trouble == WABA_FILE_OK && (len = read(fd, chunk, sizeof chunk)) > 0)
    if (!waba_buf_add(out, chunk, (size_t)len)) trouble = WABA_FILE_TOO_LONG;
  if (len < 0) trouble = WABA_FILE_UNREADABLE;
  waba_wipe(chunk, sizeof chunk);
  close(fd);
  return trouble;
}
