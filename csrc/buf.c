/* SPDX-License-Identifier: MIT */
#include "buf.h"

#include <stdlib.h>
#include <string.h>

enum { SMALLEST = 128 };

struct waba_str waba_str(const char *text) {
  return (struct waba_str){text, text ? strlen(text) : 0};
}

bool waba_str_equal(struct waba_str a, struct waba_str b) {
  return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

uint64_t waba_str_hash(struct waba_str text) {
  uint64_t value = 14695981039346656037u;
  for (size_t i = 0; i < text.len; i++)
    value = (value ^ (unsigned char)text.ptr[i]) * 1099511628211u;
  return value;
}

bool waba_str_contains(struct waba_str hay, const char *needle) {
  size_t len = strlen(needle);
  for (size_t i = 0; i + len <= hay.len; i++)
    if (memcmp(hay.ptr + i, needle, len) == 0) return true;
  return false;
}

void waba_wipe(void *ptr, size_t len) {
  /* Called through a volatile pointer: the compiler cannot know it is memset and drop it. */
  static void *(*const volatile wipe)(void *, int, size_t) = memset;
  if (len > 0) wipe(ptr, 0, len);
}

void waba_buf_init(struct waba_buf *buf, size_t max) {
  *buf = (struct waba_buf){.max = max};
}

void waba_buf_clear(struct waba_buf *buf) {
  waba_wipe(buf->ptr, buf->len);
  free(buf->ptr);
  waba_buf_init(buf, buf->max);
}

void waba_buf_reset(struct waba_buf *buf) {
  waba_buf_truncate(buf, 0);
  buf->state = WABA_BUF_OK;
}

void waba_buf_truncate(struct waba_buf *buf, size_t len) {
  if (!buf->ptr) return;
  waba_wipe(buf->ptr + len, buf->len - len);
  buf->len = len;
}

static bool fail(struct waba_buf *buf, enum waba_buf_state state) {
  waba_buf_clear(buf);
  buf->state = state;
  return false;
}

/* Moves to a larger block by hand: realloc would leave the old bytes behind unwiped. */
static bool grow(struct waba_buf *buf, size_t need) {
  size_t cap = buf->cap ? buf->cap : SMALLEST;
  while (cap < need)
    cap *= 2;
  char *ptr = malloc(cap);
  if (!ptr) return fail(buf, WABA_BUF_NO_MEMORY);
  if (buf->len > 0) memcpy(ptr, buf->ptr, buf->len);
  waba_wipe(buf->ptr, buf->len);
  free(buf->ptr);
  buf->ptr = ptr;
  buf->cap = cap;
  return true;
}

bool waba_buf_add(struct waba_buf *buf, const void *ptr, size_t len) {
  if (buf->state != WABA_BUF_OK) return false;
  if (len > buf->max - buf->len) return fail(buf, WABA_BUF_FULL);
  if (buf->len + len + 1 > buf->cap && !grow(buf, buf->len + len + 1)) return false;
  if (len > 0) memcpy(buf->ptr + buf->len, ptr, len);
  buf->len += len;
  buf->ptr[buf->len] = '\0';
  return true;
}

bool waba_buf_add_str(struct waba_buf *buf, struct waba_str text) {
  return waba_buf_add(buf, text.ptr, text.len);
}

bool waba_buf_add_text(struct waba_buf *buf, const char *text) {
  return waba_buf_add(buf, text, strlen(text));
}

static bool is_unreserved(unsigned char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

bool waba_buf_add_escaped(struct waba_buf *buf, struct waba_str text) {
  static const char hex[] = "0123456789ABCDEF";
  size_t plain = 0; /* start of the run of characters that need no escape */
  for (size_t i = 0; i < text.len; i++) {
    unsigned char c = (unsigned char)text.ptr[i];
    if (is_unreserved(c)) continue;
    char escape[3] = {'%', hex[c >> 4], hex[c & 15]};
    waba_buf_add(buf, text.ptr + plain, i - plain);
    waba_buf_add(buf, escape, sizeof escape);
    plain = i + 1;
  }
  return waba_buf_add(buf, text.ptr + plain, text.len - plain);
}

struct waba_str waba_buf_str(const struct waba_buf *buf) {
  return (struct waba_str){buf->ptr ? buf->ptr : "", buf->len};
}
