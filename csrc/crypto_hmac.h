/* SPDX-License-Identifier: MIT */
/* HMAC-SHA256 by OpenSSL's libcrypto. Only crypto_* files include its headers. */
#ifndef WABA_CRYPTO_HMAC_H
#define WABA_CRYPTO_HMAC_H

#include "buf.h"

enum { WABA_HMAC_HEX_LEN = 64 };

/* Writes the digest as 64 lower-case hexadecimal digits, without a NUL; false where libcrypto
 * could not (out of memory). */
bool waba_hmac_sha256_hex(struct waba_str key, struct waba_str message,
                          char hex[WABA_HMAC_HEX_LEN]);

/* Whether two blocks are the same, told in a time that depends on their length only. */
bool waba_same_bytes(const void *one, const void *other, size_t len);

#endif
