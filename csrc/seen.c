/* SPDX-License-Identifier: MIT */
#include "seen.h"

#include <stdint.h>
#include <string.h>

/* FNV-1a. A collision, which would be taken for a loop, is a matter of 2^-38 among 10,000 pages. */
static uint64_t hash(struct waba_str text) {
  uint64_t value = 14695981039346656037u;
  for (size_t i = 0; i < text.len; i++)
    value = (value ^ (unsigned char)text.ptr[i]) * 1099511628211u;
  return value;
}

bool waba_seen_has(const struct waba_buf *seen, struct waba_str cursor) {
  uint64_t value = hash(cursor);
  for (size_t at = 0; at < seen->len; at += sizeof value)
    if (memcmp(seen->ptr + at, &value, sizeof value) == 0) return true;
  return false;
}

bool waba_seen_add(struct waba_buf *seen, struct waba_str cursor) {
  uint64_t value = hash(cursor);
  return waba_buf_add(seen, &value, sizeof value);
}
