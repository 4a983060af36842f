/* SPDX-License-Identifier: MIT */
/* The one redactor. Every text that leaves for a person passes it: errors, events, logs. */
#ifndef WABA_REDACT_H
#define WABA_REDACT_H

#include "buf.h"

/* Appends text to out with secrets replaced by "[redacted]" and control characters by a space (a
 * hostile reply must not reach a terminal as escape sequences). Secrets are
 *   - the strings in `secrets` (`count` of them; empty ones are passed over), also with their
 *     `|` percent-encoded, as they stand in a URL;
 *   - what follows access_token, input_token, fb_exchange_token, revoke_token, client_secret or
 *     appsecret_proof, joined by = or : in whichever quotes, and "Bearer " and "OAuth ", in any
 * case;
 *   - EAA and at least 20 letters and digits more, the shape of Meta's access tokens.
 * false: out of memory, or out is full. */
bool waba_redact(struct waba_buf *out, struct waba_str text, const struct waba_str *secrets,
                 size_t count);

#endif
