/* SPDX-License-Identifier: MIT */
#include "response.h"

#include <string.h>

#include "date.h"
#include "scan.h"

void waba_response_init(struct waba_response *response) {
  response->status = 0;
  response->header_lines = 0;
  waba_buf_init(&response->headers, WABA_MAX_HEADERS);
  waba_buf_init(&response->body, WABA_MAX_BODY);
}

void waba_response_clear(struct waba_response *response) {
  waba_buf_clear(&response->headers);
  waba_buf_clear(&response->body);
}

void waba_response_reset(struct waba_response *response) {
  response->status = 0;
  response->header_lines = 0;
  waba_buf_reset(&response->headers);
  waba_buf_reset(&response->body);
}

bool waba_response_add_header(struct waba_response *response, struct waba_str line) {
  if (++response->header_lines > WABA_MAX_HEADER_LINES) return false;
  while (line.len > 0 && (line.ptr[line.len - 1] == '\r' || line.ptr[line.len - 1] == '\n'))
    line.len--;
  return waba_buf_add_str(&response->headers, line) &&
         waba_buf_add_str(&response->headers, WABA_STR("\r\n"));
}

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_named(struct waba_str line, const char *name) {
  size_t len = strlen(name);
  if (line.len <= len || line.ptr[len] != ':') return false;
  for (size_t i = 0; i < len; i++)
    if (lower(line.ptr[i]) != name[i]) return false;
  return true;
}

static struct waba_str value_of(struct waba_str line, size_t name_len) {
  struct waba_str value = {line.ptr + name_len + 1, line.len - name_len - 1};
  while (value.len > 0 && strchr(" \t", value.ptr[0]))
    value = (struct waba_str){value.ptr + 1, value.len - 1};
  while (value.len > 0 && strchr(" \t", value.ptr[value.len - 1]))
    value.len--;
  return value;
}

struct waba_str waba_response_header(const struct waba_response *response, const char *name) {
  struct waba_str rest = waba_buf_str(&response->headers);
  struct waba_str found = {NULL, 0};
  while (rest.len > 0) {
    const char *end = memchr(rest.ptr, '\n', rest.len); /* every line has one: we wrote it */
    struct waba_str line = {rest.ptr, (size_t)(end - rest.ptr) - 1};
    if (is_named(line, name)) found = value_of(line, strlen(name));
    rest = (struct waba_str){end + 1, rest.len - line.len - 2};
  }
  return found;
}

/* A number of seconds; a fraction is not in the standard, yet clear. Negative: it is none. */
static double to_seconds(struct waba_str text) {
  double seconds = 0, place = 1;
  size_t whole = find(text, '.');
  if (!is_digit(text.ptr[0]) || whole + 1 == text.len) return -1;
  for (size_t i = 0; i < text.len; i++) {
    if (i == whole) continue;
    if (!is_digit(text.ptr[i])) return -1;
    seconds = i < whole ? seconds * 10 + (text.ptr[i] - '0')
                        : seconds + (place /= 10) * (text.ptr[i] - '0');
  }
  return seconds;
}

/* Seconds from the reply's own date to the one it names, whatever this machine takes for now. */
static double until(const struct waba_response *response, struct waba_str date) {
  double now = waba_date(waba_response_header(response, "date"));
  double then = waba_date(date);
  if (now < 0 || then < 0) return -1;
  return then > now ? then - now : 0;
}

double waba_response_retry_after(const struct waba_response *response) {
  static const double hour = 3600;
  struct waba_str value = waba_response_header(response, "retry-after");
  if (value.len == 0) return -1;
  double seconds = to_seconds(value);
  if (seconds < 0) seconds = until(response, value);
  return seconds < hour ? seconds : hour;
}
