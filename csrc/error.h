/* SPDX-License-Identifier: MIT */
/* Errors: the closed list of kinds, and one error on its way to the caller. */
#ifndef WABA_ERROR_H
#define WABA_ERROR_H

#include "buf.h"
#include "reply.h"

/* Sorted as a reader would ask: the caller's doing, Graph's word, the way there, the outcome. */
enum waba_kind {
  WABA_KIND_INVALID,
  WABA_KIND_AUTH,
  WABA_KIND_PERMISSION,
  WABA_KIND_NOT_FOUND,
  WABA_KIND_THROTTLED,
  WABA_KIND_TRANSIENT,
  WABA_KIND_REFUSED,
  WABA_KIND_PROTOCOL,
  WABA_KIND_NETWORK,
  WABA_KIND_TLS,
  WABA_KIND_TIMEOUT,
  WABA_KIND_INDETERMINATE,
  WABA_KIND_UNVERIFIED,
  WABA_KIND_BLOCKING,
  WABA_KIND_CLOSED,
  WABA_KIND_COUNT
};

struct waba_kind_info {
  const char *name;
  bool retryable; /* the same call, sent again later, may succeed and cannot do harm */
  const char *meaning;
  const char *example;
};

/* Indexed by enum waba_kind. */
extern const struct waba_kind_info waba_kinds[WABA_KIND_COUNT];

struct waba_error {
  enum waba_kind kind;
  int status;                             /* HTTP; 0 where no reply came */
  long long code;                         /* Graph's; WABA_NO_CODE where absent */
  long long subcode;                      /* ditto */
  double retry_after;                     /* seconds; negative where nobody said */
  unsigned attempts;                      /* requests sent for the page that failed */
  struct waba_buf texts[WABA_TEXT_COUNT]; /* redacted; empty where absent */
  struct waba_buf hint;                   /* one sentence; empty where there is none */
};

void waba_error_init(struct waba_error *error);
void waba_error_clear(struct waba_error *error);

/* Takes over a text: redacted, control characters gone, cut to 2,000 bytes (between characters of
 * UTF-8). An empty text leaves the old one. false: out of memory. */
bool waba_error_set_text(struct waba_error *error, enum waba_text which, struct waba_str text,
                         const struct waba_str *secrets, size_t secret_count);

#endif
