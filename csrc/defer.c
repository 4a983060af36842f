/* SPDX-License-Identifier: MIT */
/* Calls that have to wait for others: what call.h says of the budget, of the turn in a line, and of
 * the end of a map. */
#include <math.h>

#include "call.h"

/* The request has not gone: what is known is what the attempt before told, where there was one. */
static void take_back(struct waba_call *call) {
  call->attempts--;
  call->failed = call->attempts > 0;
  call->sent = false;
}

void waba_call_hold(struct waba_call *call, double seconds) {
  take_back(call);
  call->wait = seconds;
  call->state = WABA_HELD;
}

double waba_call_left(const struct waba_call *call, double now) {
  return call->started ? call->deadline - now : call->timeout;
}

void waba_call_cut(struct waba_call *call, double seconds) {
  if (seconds < call->attempt_timeout) call->attempt_timeout = seconds;
}

void waba_call_expire(struct waba_call *call) {
  take_back(call);
  call->deadline = -HUGE_VAL;
  call->state = WABA_READY;
}

void waba_call_stop(struct waba_call *call) {
  call->stopped = true;
}
