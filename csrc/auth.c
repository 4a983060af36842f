/* SPDX-License-Identifier: MIT */
#include "auth.h"

#include "crypto_hmac.h"

void waba_auth_init(struct waba_auth *auth) {
  waba_buf_init(&auth->token, 4096);
  waba_buf_init(&auth->header, 8192);
  waba_buf_init(&auth->proof, WABA_HMAC_HEX_LEN);
}

void waba_auth_clear(struct waba_auth *auth) {
  waba_buf_clear(&auth->token);
  waba_buf_clear(&auth->header);
  waba_buf_clear(&auth->proof);
}

/* Meta: the key is the app secret, the message the access token, the digest in lower-case hex. */
static bool add_proof(struct waba_auth *auth, struct waba_str token, struct waba_str secret) {
  char hex[WABA_HMAC_HEX_LEN];
  bool sound = waba_hmac_sha256_hex(secret, token, hex) &&
               waba_buf_add(&auth->proof, hex, WABA_HMAC_HEX_LEN);
  waba_wipe(hex, sizeof hex);
  return sound;
}

bool waba_auth_set(struct waba_auth *auth, struct waba_str token, struct waba_str secret) {
  waba_auth_clear(auth);
  waba_buf_add_text(&auth->header, "Authorization: Bearer ");
  bool sound = waba_buf_add_str(&auth->header, token) && waba_buf_add_str(&auth->token, token) &&
               (secret.len == 0 || add_proof(auth, token, secret));
  if (!sound) waba_auth_clear(auth);
  return sound;
}
