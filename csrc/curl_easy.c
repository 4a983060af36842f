/* SPDX-License-Identifier: MIT */
#include "curl_easy.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "curl_options.h"
#include "curl_transfer.h"

static CURLcode global_result;

static void init_once(void) {
  global_result = curl_global_init(CURL_GLOBAL_ALL);
}

bool waba_curl_init(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, init_once);
  return global_result == CURLE_OK;
}

/* ---- SIGPIPE ------------------------------------------------------------------------------- */

/* With CURLOPT_NOSIGNAL libcurl leaves SIGPIPE alone, and OpenSSL writes in a way that raises it.
 * It is blocked in this thread for the while, and one that we caused is taken away again. */
struct sigpipe {
  sigset_t before;
  bool pending; /* one was waiting already, and is not ours to take */
};

static sigset_t only_sigpipe(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  return set;
}

static void sigpipe_block(struct sigpipe *guard) {
  sigset_t set = only_sigpipe(), waiting;
  sigpending(&waiting);
  guard->pending = sigismember(&waiting, SIGPIPE) == 1;
  pthread_sigmask(SIG_BLOCK, &set, &guard->before);
}

static void sigpipe_restore(const struct sigpipe *guard) {
  static const struct timespec at_once = {0, 0};
  sigset_t set = only_sigpipe();
  if (!guard->pending)
    while (sigtimedwait(&set, NULL, &at_once) < 0 && errno == EINTR)
      continue;
  pthread_sigmask(SIG_SETMASK, &guard->before, NULL);
}

/* ---- the handle ---------------------------------------------------------------------------- */

void waba_easy_init(struct waba_easy *easy, const struct waba_settings *settings) {
  *easy = (struct waba_easy){.settings = settings};
}

/* After a fork both processes hold the same connection: the child must not say a word on it, not
 * even goodbye, so it lets the handle go without closing it. */
static void drop_inherited(struct waba_easy *easy) {
  if (easy->handle && easy->owner != (long)getpid()) easy->handle = NULL;
}

void waba_easy_close(struct waba_easy *easy) {
  drop_inherited(easy);
  if (!easy->handle) return;
  struct sigpipe guard;
  sigpipe_block(&guard);
  curl_easy_cleanup(easy->handle);
  sigpipe_restore(&guard);
  easy->handle = NULL;
}

static CURLcode ready(struct waba_easy *easy) {
  drop_inherited(easy);
  if (easy->handle) return CURLE_OK;
  CURL *handle = curl_easy_init();
  if (!handle) return CURLE_OUT_OF_MEMORY;
  CURLcode code = waba_curl_configure(handle, easy->settings);
  if (code != CURLE_OK) {
    curl_easy_cleanup(handle);
    return code;
  }
  easy->handle = handle;
  easy->owner = (long)getpid();
  return CURLE_OK;
}

bool waba_easy_exchange(struct waba_easy *easy, struct waba_call *call) {
  struct waba_transfer transfer;
  struct sigpipe guard;
  CURLcode result = ready(easy);
  if (result == CURLE_OUT_OF_MEMORY) return false;
  if (result != CURLE_OK)
    return waba_call_lost(call, WABA_KIND_NETWORK, false, waba_str(curl_easy_strerror(result)));
  result = waba_transfer_begin(&transfer, easy->handle, call);
  if (result == CURLE_OUT_OF_MEMORY) return false;
  if (result == CURLE_OK) {
    sigpipe_block(&guard);
    result = curl_easy_perform(easy->handle);
    sigpipe_restore(&guard);
  }
  return waba_transfer_end(&transfer, easy->handle, result);
}
