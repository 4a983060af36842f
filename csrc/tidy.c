/* SPDX-License-Identifier: MIT */
#include "tidy.h"

#include <string.h>

/* A string with its quotes ends before the returned place, or with the text. Not `plain`: an escape
 * may stand in it for a letter. */
static const char *skip_string(const char *at, const char *end, bool *plain) {
  for (at++; at < end && *at != '"'; at++) {
    if (*at != '\\') continue;
    if (end - at > 4 && memcmp(at, "\\u00", 4) == 0 && (at[4] == '6' || at[4] == '7'))
      *plain = false;
    at++;
  }
  return at < end ? at + 1 : end;
}

static bool is_paging(const char *at, const char *end) {
  static const char name[] = "\"paging\"";
  const size_t len = sizeof name - 1;
  return (size_t)(end - at) == len && memcmp(at, name, len) == 0;
}

bool waba_is_tidy(struct waba_str text) {
  const char *at = text.ptr, *end = text.ptr + text.len;
  bool tidy = true;
  int depth = 0;
  while (tidy && at < end) {
    const char *from = at;
    switch (*at++) {
    case '"':
      at = skip_string(from, end, &tidy);
      if (depth != 1 && is_paging(from, at)) tidy = false;
      break;
    case '{':
    case '[':
      depth++;
      break;
    case '}':
    case ']':
      depth--;
      break;
    case '-':
    case 'n':
      tidy = false;
      break;
    default:
      tidy = from[0] < '0' || from[0] > '9';
    }
  }
  return tidy;
}
