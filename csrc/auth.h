/* SPDX-License-Identifier: MIT */
/* What proves who is calling: the access token, and the proof made of it with the app secret. */
#ifndef WABA_AUTH_H
#define WABA_AUTH_H

#include "buf.h"

struct waba_auth {
  struct waba_buf token;
  struct waba_buf header; /* the whole line: "Authorization: Bearer <token>" */
  struct waba_buf proof;  /* appsecret_proof, 64 hexadecimal digits; empty without a secret */
};

void waba_auth_init(struct waba_auth *auth);
void waba_auth_clear(struct waba_auth *auth);
/* Takes a token that keeps WABA_RULE_TOKEN, and the app secret or an empty string.
 * false: out of memory, and auth is clear. */
bool waba_auth_set(struct waba_auth *auth, struct waba_str token, struct waba_str secret);

#endif
