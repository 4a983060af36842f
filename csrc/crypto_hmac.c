/* SPDX-License-Identifier: MIT */
#include "crypto_hmac.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

bool waba_hmac_sha256_hex(struct waba_str key, struct waba_str message,
                          char hex[WABA_HMAC_HEX_LEN]) {
  static const char digits[] = "0123456789abcdef";
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int len = 0;
  if (!HMAC(EVP_sha256(), key.ptr, (int)key.len, (const unsigned char *)message.ptr, message.len,
            digest, &len))
    return false;
  for (unsigned int i = 0; i < len; i++) {
    hex[2 * i] = digits[digest[i] >> 4];
    hex[2 * i + 1] = digits[digest[i] & 15];
  }
  return true;
}

bool waba_same_bytes(const void *one, const void *other, size_t len) {
  return CRYPTO_memcmp(one, other, len) == 0;
}
