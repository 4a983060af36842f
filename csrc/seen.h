/* SPDX-License-Identifier: MIT */
/* Which cursors a list has been through, by their hashes, to notice a loop. A collision, which
 * would be taken for one, is a matter of 2^-38 among 10,000 pages. */
#ifndef WABA_SEEN_H
#define WABA_SEEN_H

#include "buf.h"

enum { WABA_SEEN_SIZE = 8 }; /* bytes that one takes in the buffer */

bool waba_seen_has(const struct waba_buf *seen, struct waba_str cursor);
/* false: out of memory, or the buffer is full. */
bool waba_seen_add(struct waba_buf *seen, struct waba_str cursor);

#endif
