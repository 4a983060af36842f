/* SPDX-License-Identifier: MIT */
/* What went wrong with a call: most of these make call->error whole, from what is known to the
 * hint, and leave the call's state to the caller. All of them answer false when out of memory. */
#ifndef WABA_TROUBLE_H
#define WABA_TROUBLE_H

#include "call.h"

enum { WABA_CALL_SECRETS = 20 };

/* What no text about this call may show; answers how many. Borrowed. A closed client has forgotten
 * its own, so that nothing tells them from other text any more. */
size_t waba_call_secrets(const struct waba_call *call, struct waba_str secrets[WABA_CALL_SECRETS]);

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
