/* SPDX-License-Identifier: MIT */
/* One HTTP response as a driver received it, within bounds. */
#ifndef WABA_RESPONSE_H
#define WABA_RESPONSE_H

#include "buf.h"

enum {
  WABA_MAX_BODY = 4 * 1024 * 1024, /* bytes as delivered: what a gzip bomb unpacks to counts */
  WABA_MAX_HEADERS = 256 * 1024,   /* bytes */
  WABA_MAX_HEADER_LINES = 200
};

struct waba_response {
  int status;
  unsigned header_lines;
  struct waba_buf headers; /* "Name: value\r\n", one after the other */
  struct waba_buf body;
};

void waba_response_init(struct waba_response *response);
void waba_response_clear(struct waba_response *response);
void waba_response_reset(struct waba_response *response);

/* Adds one line, with or without its line end. false: past a bound, or out of memory. */
bool waba_response_add_header(struct waba_response *response, struct waba_str line);

/* The value of the last header of that name (given in lower case; the reply's may be in any), or
 * {NULL, 0}. Borrowed from the response. */
struct waba_str waba_response_header(const struct waba_response *response, const char *name);

/* Retry-After in seconds, clamped to an hour so that a wrong server cannot park us for ever;
 * negative where it is absent or neither a number of seconds nor an HTTP date, which is measured
 * against the reply's own Date. */
double waba_response_retry_after(const struct waba_response *response);

#endif
