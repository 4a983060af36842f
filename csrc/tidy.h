/* SPDX-License-Identifier: MIT */
/* Whether JSON text surely decodes to what callers get as it is. Looking through the text is
 * several times cheaper than looking through the tables made of it. */
#ifndef WABA_TIDY_H
#define WABA_TIDY_H

#include "buf.h"

/* true: there is no null in it, no number, and no field `paging` below the outermost object. Of
 * what is not JSON it may say anything. */
bool waba_is_tidy(struct waba_str text);

#endif
