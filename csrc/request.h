/* SPDX-License-Identifier: MIT */
/* From an operation and its arguments to one HTTP request. */
#ifndef WABA_REQUEST_H
#define WABA_REQUEST_H

#include "auth.h"
#include "op.h"
#include "settings.h"

enum { WABA_DEFAULT_LIMIT = 100, WABA_MAX_LIMIT = 1000, WABA_REQUEST_HEADERS = 4 };

/* A parameter by name. Both end with a NUL. */
struct waba_pair {
  struct waba_str name, value;
};

/* What the caller passed, every value already held against its rule. Borrowed. */
struct waba_args {
  struct waba_str values[WABA_MAX_PARAMS]; /* in the order of op->params; tasks as JSON array */
  struct waba_str path;                    /* instead of the operation's, where it has none */
  const struct waba_pair *pairs;           /* the parameters, likewise */
  size_t pair_count;
  struct waba_str fields; /* {NULL, 0}: the operation's own */
  unsigned limit;         /* items a page of a list; 0: WABA_DEFAULT_LIMIT */
  bool summary;           /* also ask how many there are in all */
  bool expires;           /* of a token that is to be made */
  double timeout;         /* seconds, whole call; 0: the settings' */
};

struct waba_request {
  enum waba_method method;
  size_t target; /* where in url its path begins; 0: nobody here has taken it apart */
  size_t base;   /* length of url without cursor and proof */
  struct waba_buf url;
  struct waba_buf body;    /* empty: no body */
  struct waba_buf headers; /* lines "Name: value", each ended by a NUL */
};

void waba_request_init(struct waba_request *request);
void waba_request_clear(struct waba_request *request);

/* The option that the operation needs and the settings do not have, or NULL. */
const char *waba_request_lacks(const struct waba_op *op, const struct waba_settings *settings);

/* Builds all but the cursor and the proof. false: out of memory. */
bool waba_request_build(struct waba_request *request, const struct waba_settings *settings,
                        const struct waba_op *op, const struct waba_args *args);

/* Completes the request for one page: the cursor to go on after ({NULL, 0} for the first page), the
 * proof and the header lines. All of it is the request's own copy: the client may be closed while a
 * driver has it. May be called again. false: out of memory. */
bool waba_request_complete(struct waba_request *request, const struct waba_settings *settings,
                           const struct waba_auth *auth, struct waba_str after);

/* The header lines, each also ended by a NUL; answers how many. Borrowed from the request. */
size_t waba_request_headers(const struct waba_request *request,
                            struct waba_str lines[WABA_REQUEST_HEADERS]);

#endif
