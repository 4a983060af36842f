/* SPDX-License-Identifier: MIT */
/* Files whose content is a secret. */
#ifndef WABA_POSIX_FILE_H
#define WABA_POSIX_FILE_H

#include "buf.h"

enum waba_file_trouble {
  WABA_FILE_OK,
  WABA_FILE_UNREADABLE,  /* errno says why */
  WABA_FILE_NOT_REGULAR, /* a folder, a pipe, a device */
  WABA_FILE_FOREIGN,     /* belongs to neither this user nor root */
  WABA_FILE_EXPOSED,     /* its group or others may read or write it */
  WABA_FILE_TOO_LONG     /* more than the buffer may hold */
};

/* Reads a file that only its owner can read. What is checked is what is read: the opened file, at
 * the end of any symbolic links. */
enum waba_file_trouble waba_file_read_private(const char *path, struct waba_buf *out);

#endif
