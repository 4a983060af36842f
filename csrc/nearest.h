/* SPDX-License-Identifier: MIT */
/* "Did you mean": the known name that an unknown one was meant to be. */
#ifndef WABA_NEAREST_H
#define WABA_NEAREST_H

#include "buf.h"

/* The candidate closest to word by edit distance, or NULL where none is close enough to be what
 * was meant (a third of the word's length, at least one edit). `count` candidates. */
const char *waba_nearest(struct waba_str word, const char *const *candidates, size_t count);

#endif
