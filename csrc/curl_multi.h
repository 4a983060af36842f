/* SPDX-License-Identifier: MIT */
/* The driver for many: performs the requests of many calls at once on one libcurl multi handle,
 * over few connections (HTTP/2 where the server has it). One thread at a time. After a fork the
 * parent's go on, and the child's next polls tell those that were in flight that they are lost. */
#ifndef WABA_CURL_MULTI_H
#define WABA_CURL_MULTI_H

#include "call.h"

enum { WABA_MULTI_MOST = 256 }; /* requests in flight */

struct waba_multi_slot;

struct waba_multi {
  void *handle;                         /* CURLM *; NULL: none yet, or closed */
  long owner;                           /* the process it was made in */
  const struct waba_settings *settings; /* borrowed; outlives this */
  struct waba_multi_slot *slots;        /* WABA_MULTI_MOST of them, or NULL */
  int busy;                             /* slots that are not free */
  int ended;                            /* of them, those whose call has not been told yet */
};

void waba_multi_init(struct waba_multi *multi, const struct waba_settings *settings);
/* Breaks off what is in flight, without a word to its calls, and ends the connections. May be
 * called again; a later add would begin anew. */
void waba_multi_close(struct waba_multi *multi);

/* Answers of add and poll that are no slot. */
enum {
  WABA_MULTI_NONE = -1,     /* nothing ended in time; or, of add, nothing is in flight for the call:
                               libcurl would not begin, and the call has been told */
  WABA_MULTI_FULL = -2,     /* every slot is taken */
  WABA_MULTI_NO_MEMORY = -3 /* nothing changed: the same again may work later */
};

/* Starts the request of a call that is SENDING. The call must stay where it is until poll answers
 * its slot, or the multi is closed. Answers the slot, 0 to WABA_MULTI_MOST - 1, or one of the
 * above. */
int waba_multi_add(struct waba_multi *multi, struct waba_call *call);

/* Lets the transfers go on, waiting up to `seconds` for one to end. Answers the slot of one that
 * did, now free, its call RECEIVED or TROUBLED; or one of the above. Negative seconds: none goes
 * on, and the answer is one that had ended already. */
int waba_multi_poll(struct waba_multi *multi, double seconds);

#endif
