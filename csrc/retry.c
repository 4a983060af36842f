/* SPDX-License-Identifier: MIT */
#include "retry.h"

static const double longest_wait = 20;

bool waba_retry_room(const struct waba_op *op, unsigned attempts, unsigned max_attempts) {
  unsigned most = waba_op_writes(op) ? WABA_ATTEMPTS_WRITE : WABA_ATTEMPTS_READ;
  return attempts < (max_attempts > 0 ? max_attempts : most);
}

bool waba_retry_allowed(const struct waba_op *op, enum waba_kind kind, unsigned attempts,
                        unsigned max_attempts) {
  bool harmless = op->effect != WABA_CREATES || kind != WABA_KIND_TRANSIENT;
  return waba_kinds[kind].retryable && harmless && waba_retry_room(op, attempts, max_attempts);
}

double waba_retry_wait(enum waba_kind kind, unsigned attempts, double retry_after, double random) {
  double ceiling = kind == WABA_KIND_THROTTLED ? 1.0 : 0.5;
  for (unsigned i = 1; i < attempts && ceiling < longest_wait; i++)
    ceiling *= 2;
  if (ceiling > longest_wait) ceiling = longest_wait;
  if (!(random >= 0 && random <= 1)) random = 1; /* somebody's clock.random may be anything */
  double wait = ceiling * random;
  return wait > retry_after ? wait : retry_after;
}
