/* SPDX-License-Identifier: MIT */
#include "curl_easy.h"

#include <unistd.h>

#include "curl_process.h"
#include "curl_transfer.h"

void waba_easy_init(struct waba_easy *easy, const struct waba_settings *settings) {
  *easy = (struct waba_easy){.settings = settings};
}

/* After a fork both processes hold the same connection: the child must not say a word on it, not
 * even goodbye, so it lets the handle go without closing it. */
static void drop_inherited(struct waba_easy *easy) {
  if (easy->transfer && easy->owner != (long)getpid()) easy->transfer = NULL;
}

void waba_easy_close(struct waba_easy *easy) {
  drop_inherited(easy);
  if (!easy->transfer) return;
  struct waba_sigpipe guard;
  waba_sigpipe_block(&guard);
  waba_transfer_free(easy->transfer);
  waba_sigpipe_restore(&guard);
  easy->transfer = NULL;
}

static CURLcode ready(struct waba_easy *easy) {
  CURLcode result = CURLE_OK;
  drop_inherited(easy);
  if (easy->transfer) return result;
  easy->transfer = waba_transfer_new(easy->settings, &result);
  easy->owner = (long)getpid();
  return result;
}

bool waba_easy_exchange(struct waba_easy *easy, struct waba_call *call) {
  struct waba_sigpipe guard;
  CURLcode result = ready(easy);
  if (result == CURLE_OUT_OF_MEMORY) return false;
  if (result != CURLE_OK)
    return waba_call_lost(call, WABA_KIND_NETWORK, false, waba_str(curl_easy_strerror(result)));
  result = waba_transfer_begin(easy->transfer, call);
  if (result == CURLE_OUT_OF_MEMORY) return false;
  if (result == CURLE_OK) {
    waba_sigpipe_block(&guard);
    result = curl_easy_perform(easy->transfer->handle);
    waba_sigpipe_restore(&guard);
  }
  return waba_transfer_end(easy->transfer, result);
}
