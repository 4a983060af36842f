/* SPDX-License-Identifier: MIT */
/* Looking at text: classes of characters, and where something stands. Locale does not matter. */
#ifndef WABA_SCAN_H
#define WABA_SCAN_H

#include <string.h>

#include "buf.h"

static inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static inline bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

static inline bool is_alnum(char c) {
  return is_digit(c) || is_upper(c) || (c >= 'a' && c <= 'z');
}

static inline bool is_graphic(char c) {
  return c > ' ' && c < 0x7f;
}

/* At least one character, at most max, all of them accepted. */
static inline bool all(struct waba_str s, size_t max, bool (*accepts)(char)) {
  if (s.len == 0 || s.len > max) return false;
  for (size_t i = 0; i < s.len; i++)
    if (!accepts(s.ptr[i])) return false;
  return true;
}

static inline struct waba_str skip(struct waba_str s, size_t count) {
  return (struct waba_str){s.ptr + count, s.len - count};
}

static inline bool starts(struct waba_str s, const char *prefix) {
  size_t len = strlen(prefix);
  return s.len >= len && memcmp(s.ptr, prefix, len) == 0;
}

/* Where c first stands, or s.len. */
static inline size_t find(struct waba_str s, char c) {
  const char *at = s.len > 0 ? memchr(s.ptr, c, s.len) : NULL;
  return at ? (size_t)(at - s.ptr) : s.len;
}

#endif
