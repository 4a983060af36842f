/* SPDX-License-Identifier: MIT */
/* What went wrong with a call: each of these makes call->error whole, from what is known to the
 * hint, and leaves the call's state to the caller. All answer false when out of memory. */
#ifndef WABA_TROUBLE_H
#define WABA_TROUBLE_H

#include "call.h"

/* A failure of this kind, told by a message. */
bool waba_trouble(struct waba_call *call, enum waba_kind kind, struct waba_str message);
/* A reply that is not what the operation hopes for. */
bool waba_trouble_reply(struct waba_call *call, const struct waba_reply *reply);
/* A list whose pages cannot be followed. */
bool waba_trouble_paging(struct waba_call *call, const struct waba_reply *reply,
                         const char *message);
/* An argument; as for waba_call_reject. */
bool waba_trouble_argument(struct waba_call *call, const char *name, const char *must,
                           struct waba_str value);

#endif
