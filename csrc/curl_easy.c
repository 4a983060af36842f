/* SPDX-License-Identifier: MIT */
#include "curl_easy.h"

#include <curl/curl.h>
#include <unistd.h>

#include "curl_options.h"
#include "curl_process.h"
#include "curl_transfer.h"

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
  struct waba_sigpipe guard;
  waba_sigpipe_block(&guard);
  curl_easy_cleanup(easy->handle);
  waba_sigpipe_restore(&guard);
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
  struct waba_sigpipe guard;
  CURLcode result = ready(easy);
  if (result == CURLE_OUT_OF_MEMORY) return false;
  if (result != CURLE_OK)
    return waba_call_lost(call, WABA_KIND_NETWORK, false, waba_str(curl_easy_strerror(result)));
  result = waba_transfer_begin(&transfer, easy->handle, call);
  if (result == CURLE_OUT_OF_MEMORY) return false;
  if (result == CURLE_OK) {
    waba_sigpipe_block(&guard);
    result = curl_easy_perform(easy->handle);
    waba_sigpipe_restore(&guard);
  }
  return waba_transfer_end(&transfer, easy->handle, result);
}
