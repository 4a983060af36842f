/* SPDX-License-Identifier: MIT */
/* A very small HTTP server on a free port of 127.0.0.1, in a thread of its own, for programs that
 * look at connections: every reply is an empty list, after which the connection is kept. */
#ifndef WABA_SPEC_LOOPBACK_H
#define WABA_SPEC_LOOPBACK_H

#include <pthread.h>

enum { LOOPBACK_LOG = 4096 };

struct loopback {
  int listener, port;
  pthread_t thread;
  /* A line for every request: which connection, and the account asked for. */
  pthread_mutex_t lock;
  unsigned count;
  int connection[LOOPBACK_LOG];
  char account[LOOPBACK_LOG][24];
};

bool loopback_start(struct loopback *server);
/* Empties the log. */
void loopback_forget(struct loopback *server);
unsigned loopback_count(struct loopback *server);
void loopback_stop(struct loopback *server);

#endif
