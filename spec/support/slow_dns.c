/* SPDX-License-Identifier: MIT */
/* A name lookup that hangs: preloaded in front of the C library's. It leaves a file behind when it
 * comes back, so that a spec can tell who was first without looking at a clock. */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **result) {
  (void)node, (void)service, (void)hints, (void)result;
  sleep(5);
  FILE *mark = fopen(getenv("SLOW_DNS_MARK"), "w");
  if (mark) fclose(mark);
  return EAI_NONAME;
}
