/* SPDX-License-Identifier: MIT */
#include "seen.h"

#include <string.h>

bool waba_seen_has(const struct waba_buf *seen, struct waba_str cursor) {
  uint64_t value = waba_str_hash(cursor);
  for (size_t at = 0; at < seen->len; at += sizeof value)
    if (memcmp(seen->ptr + at, &value, sizeof value) == 0) return true;
  return false;
}

bool waba_seen_add(struct waba_buf *seen, struct waba_str cursor) {
  uint64_t value = waba_str_hash(cursor);
  return waba_buf_add(seen, &value, sizeof value);
}
