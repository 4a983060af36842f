/* SPDX-License-Identifier: MIT */
/* From the facts of a reply to success or a kind of error. */
#ifndef WABA_CLASSIFY_H
#define WABA_CLASSIFY_H

#include "error.h"
#include "op.h"
#include "reply.h"

/* Whether Graph positively said what the operation's shape asks for. */
bool waba_reply_succeeded(const struct waba_op *op, const struct waba_reply *reply);

/* The kind of a reply that did not succeed. Decided by code, subcode and is_transient where there
 * is an envelope, by the HTTP status where there is none; never by `type` (Graph reports throttling
 * as OAuthException) and never by message text. doubtful: an earlier request of the same write may
 * have been carried out; "there is nothing to do" may then be its doing, or not. */
enum waba_kind waba_classify(const struct waba_op *op, const struct waba_reply *reply,
                             bool doubtful);

#endif
