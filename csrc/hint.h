/* SPDX-License-Identifier: MIT */
/* What to do about an error, in one sentence: the traps of this API and their ways out. */
#ifndef WABA_HINT_H
#define WABA_HINT_H

#include "error.h"
#include "op.h"

/* What a hint is chosen by, beside the error itself. */
struct waba_hint_context {
  const struct waba_op *op;
  struct waba_str message; /* Graph's own, before redaction */
  struct waba_str tasks;   /* JSON array text; empty where the operation has none */
  bool business_is_waba;   /* the account's id was passed as the business */
};

/* Puts the hint that fits into error->hint, or leaves it empty. false: out of memory. */
bool waba_hint(struct waba_error *error, const struct waba_hint_context *context);

#endif
