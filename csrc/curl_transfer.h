/* SPDX-License-Identifier: MIT */
/* A libcurl handle and the request that is on it: what is set for it, what its callbacks collect,
 * and what came of it in the call's own terms. Shared by every driver that uses libcurl. */
#ifndef WABA_CURL_TRANSFER_H
#define WABA_CURL_TRANSFER_H

#include <curl/curl.h>

#include "call.h"

struct waba_transfer {
  const struct waba_settings *settings; /* borrowed; outlive this */
  CURL *handle;
  CURLU *base;                                     /* the settings' base_url, taken apart */
  struct waba_call *call;                          /* whose request it is, or was */
  unsigned sends;                                  /* times libcurl began to send the request */
  struct curl_slist headers[WABA_REQUEST_HEADERS]; /* libcurl does not copy the list */
  char message[CURL_ERROR_SIZE];
};

/* A handle with all that does not change from request to request. NULL: *result says why. */
struct waba_transfer *waba_transfer_new(const struct waba_settings *settings, CURLcode *result);
/* NULL: nothing to do. */
void waba_transfer_free(struct waba_transfer *transfer);

/* Sets the handle up for the request of a call that is SENDING; the call must stay where it is
 * until waba_transfer_end. CURLE_OUT_OF_MEMORY where memory ran out. */
CURLcode waba_transfer_begin(struct waba_transfer *transfer, struct waba_call *call);

/* Instead of the below, the handle being out of use: forgets the request. May be called again. */
void waba_transfer_drop(struct waba_transfer *transfer);

/* Tells the call how it ended. false: out of memory, and the call is still SENDING. */
bool waba_transfer_end(struct waba_transfer *transfer, CURLcode result);

#endif
