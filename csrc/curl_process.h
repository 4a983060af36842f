/* SPDX-License-Identifier: MIT */
/* What libcurl needs of the process, and what it must not do to it. */
#ifndef WABA_CURL_PROCESS_H
#define WABA_CURL_PROCESS_H

#include <signal.h>
#include <stdbool.h>

/* Makes libcurl ready, once in a process and safely from any thread; never undone. */
bool waba_curl_init(void);

/* Which libcurl this process runs with. The texts are libcurl's own and last; tls is NULL where it
 * was built without. */
struct waba_curl_facts {
  const char *version, *tls;
  bool http2;
};
void waba_curl_read_facts(struct waba_curl_facts *facts);

/* With CURLOPT_NOSIGNAL libcurl leaves SIGPIPE alone, and OpenSSL writes in a way that raises it.
 * Between these two it is blocked in this thread, and one that came of it is taken away again. */
struct waba_sigpipe {
  sigset_t before;
  bool pending; /* one was waiting already, and is not ours to take */
};
void waba_sigpipe_block(struct waba_sigpipe *guard);
void waba_sigpipe_restore(const struct waba_sigpipe *guard);

#endif
