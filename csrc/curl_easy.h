/* SPDX-License-Identifier: MIT */
/* The blocking driver: performs one request at a time on one libcurl handle, which keeps its
 * connection between requests. Not to be used from two threads at once. */
#ifndef WABA_CURL_EASY_H
#define WABA_CURL_EASY_H

#include "call.h"

struct waba_transfer;

struct waba_easy {
  struct waba_transfer *transfer;       /* NULL: none yet, or closed */
  long owner;                           /* the process it was made in */
  const struct waba_settings *settings; /* borrowed; outlives this */
};

void waba_easy_init(struct waba_easy *easy, const struct waba_settings *settings);
/* Ends the connection. May be called again; a later exchange would begin anew. */
void waba_easy_close(struct waba_easy *easy);

/* Performs the request of a call that is SENDING and tells it what came of it: afterwards the call
 * is RECEIVED or TROUBLED. Takes call->attempt_timeout at most. false: out of memory, and the call
 * is still SENDING. */
bool waba_easy_exchange(struct waba_easy *easy, struct waba_call *call);

#endif
