/* SPDX-License-Identifier: MIT */
/* When to send again, and how long to wait before. */
#ifndef WABA_RETRY_H
#define WABA_RETRY_H

#include "error.h"
#include "op.h"

/* Requests for one page, the first included, unless the caller says otherwise. */
enum { WABA_ATTEMPTS_READ = 4, WABA_ATTEMPTS_WRITE = 3 };

/* Whether a failure of this kind may be answered by sending the same request again: the kind is
 * retryable, the operation does no harm twice or was surely not done once (refused before it began,
 * or never sent), and attempts (sent so far) leave room within max_attempts (0: the above). */
bool waba_retry_allowed(const struct waba_op *op, enum waba_kind kind, unsigned attempts,
                        unsigned max_attempts);

/* The last of these conditions alone. */
bool waba_retry_room(const struct waba_op *op, unsigned attempts, unsigned max_attempts);

/* Seconds to wait after the attempts-th attempt (1 is the first): uniform in [0, c), where c
 * doubles from 0.5 s (from 1 s when throttled) up to 20 s; `random` is uniform in [0, 1). Full
 * jitter, so that many callers who failed together do not come back together. At least
 * retry_after, where the server gave one (negative: it did not). */
double waba_retry_wait(enum waba_kind kind, unsigned attempts, double retry_after, double random);

#endif
