/* SPDX-License-Identifier: MIT */
#include "curl_process.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <time.h>

static CURLcode global_result;

static void init_once(void) {
  global_result = curl_global_init(CURL_GLOBAL_ALL);
}

bool waba_curl_init(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, init_once);
  return global_result == CURLE_OK;
}

void waba_curl_read_facts(struct waba_curl_facts *facts) {
  const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
  facts->version = info->version;
  facts->tls = info->ssl_version;
  facts->http2 = (info->features & CURL_VERSION_HTTP2) != 0;
}

static sigset_t only_sigpipe(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  return set;
}

void waba_sigpipe_block(struct waba_sigpipe *guard) {
  sigset_t set = only_sigpipe(), waiting;
  sigpending(&waiting);
  guard->pending = sigismember(&waiting, SIGPIPE) == 1;
  pthread_sigmask(SIG_BLOCK, &set, &guard->before);
}

void waba_sigpipe_restore(const struct waba_sigpipe *guard) {
  static const struct timespec at_once = {0, 0};
  sigset_t set = only_sigpipe();
  if (!guard->pending)
    while (sigtimedwait(&set, NULL, &at_once) < 0 && errno == EINTR)
      continue;
  pthread_sigmask(SIG_SETMASK, &guard->before, NULL);
}
