/* SPDX-License-Identifier: MIT */
/* Shared by the fuzz targets. */
#ifndef WABA_SPEC_FUZZ_H
#define WABA_SPEC_FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An oracle: what never may happen. */
#define NEVER(condition)                                                                           \
  do {                                                                                             \
    if (condition) {                                                                               \
      fprintf(stderr, "%s:%d: never: %s\n", __FILE__, __LINE__, #condition);                       \
      abort();                                                                                     \
    }                                                                                              \
  } while (0)

static inline bool holds(const char *hay, size_t len, const char *needle, size_t needle_len) {
  for (size_t i = 0; needle_len > 0 && i + needle_len <= len; i++)
    if (memcmp(hay + i, needle, needle_len) == 0) return true;
  return false;
}

#endif
