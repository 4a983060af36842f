/* SPDX-License-Identifier: MIT */
/* Bytes: borrowed (waba_str) and growing (waba_buf).
 *
 * A waba_buf has a mandatory maximum and is sticky: after the first failed add every later add is
 * a no-op, so a builder appends line after line and asks once, at the end, whether all went well.
 * Buffers hold tokens (requests, but also replies: Graph puts the token into paging.next), so
 * memory is wiped before it is given back, always. */
#ifndef WABA_BUF_H
#define WABA_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that belong to somebody else; {NULL, 0} where there are none. */
struct waba_str {
  const char *ptr;
  size_t len;
};

enum waba_buf_state {
  WABA_BUF_OK,
  WABA_BUF_FULL,     /* an add would have passed max */
  WABA_BUF_NO_MEMORY /* an allocation failed */
};

struct waba_buf {
  char *ptr; /* NULL until the first add; afterwards always ended by a NUL not counted in len */
  size_t len;
  size_t cap;
  size_t max;
  enum waba_buf_state state;
};

#define WABA_STR(literal) ((struct waba_str){(literal), sizeof(literal) - 1})

struct waba_str waba_str(const char *text); /* borrows a C string; NULL gives {NULL, 0} */
bool waba_str_equal(struct waba_str a, struct waba_str b);
bool waba_str_contains(struct waba_str hay, const char *needle);
uint64_t waba_str_hash(struct waba_str text); /* FNV-1a */

/* An empty buffer that may never hold more than max bytes. Allocates nothing. */
void waba_buf_init(struct waba_buf *buf, size_t max);
/* Wipes and frees; the buffer is empty and usable again, its maximum kept. */
void waba_buf_clear(struct waba_buf *buf);
/* Wipes, keeps the memory; forgets a failure. */
void waba_buf_reset(struct waba_buf *buf);
/* Wipes what lies beyond len, which must not be more than buf->len. */
void waba_buf_truncate(struct waba_buf *buf, size_t len);

/* The adds answer whether the buffer is still sound; on failure its bytes are wiped and freed. */
bool waba_buf_add(struct waba_buf *buf, const void *ptr, size_t len);
bool waba_buf_add_str(struct waba_buf *buf, struct waba_str text);
bool waba_buf_add_text(struct waba_buf *buf, const char *text);
/* Percent-encodes all but RFC 3986's unreserved characters. */
bool waba_buf_add_escaped(struct waba_buf *buf, struct waba_str text);

/* The bytes so far; valid until the next add, reset or clear. Never a NULL ptr. */
struct waba_str waba_buf_str(const struct waba_buf *buf);

/* Overwrites memory in a way the compiler may not leave out. */
void waba_wipe(void *ptr, size_t len);

#endif
