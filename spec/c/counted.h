/* SPDX-License-Identifier: MIT */
/* Counted checks for the C programs here. A failed one is printed and the program goes on. */
#ifndef WABA_SPEC_COUNTED_H
#define WABA_SPEC_COUNTED_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static unsigned checks_passed, checks_failed;

__attribute__((format(printf, 2, 3))) static inline bool check(bool holds, const char *format,
                                                               ...) {
  va_list args;
  if (holds) {
    checks_passed++;
    return true;
  }
  checks_failed++;
  va_start(args, format);
  printf("FAILED: ");
  vprintf(format, args);
  printf("\n");
  va_end(args);
  return false;
}

/* The last line, and the exit status. */
static inline int check_end(void) {
  printf("%u passed, %u failed\n", checks_passed, checks_failed);
  return checks_failed > 0 || checks_passed == 0;
}

#endif
