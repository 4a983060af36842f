/* SPDX-License-Identifier: MIT */
#include "curl_multi.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "curl_process.h"
#include "curl_transfer.h"

enum { MOST_CONNECTIONS = 32, MOST_STREAMS = 100 };

enum slot_state {
  SLOT_FREE,
  SLOT_BUSY,  /* libcurl has it */
  SLOT_ENDED, /* libcurl is done with it; its call has not been told yet */
  SLOT_LOST   /* libcurl had it before a fork; nor has its call */
};

struct waba_multi_slot {
  enum slot_state state;
  CURLcode result;
  struct waba_transfer *transfer; /* kept between requests; NULL: none yet */
};

void waba_multi_init(struct waba_multi *multi, const struct waba_settings *settings) {
  *multi = (struct waba_multi){.settings = settings};
}

/* As in the blocking driver: what a fork inherited is let go without a word on its connections. The
 * requests in flight are the parent's; here their calls are to be told that they are lost. */
static void drop_inherited(struct waba_multi *multi) {
  if (!multi->handle || multi->owner == (long)getpid()) return;
  for (int i = 0; i < WABA_MULTI_MOST; i++) {
    struct waba_multi_slot *slot = &multi->slots[i];
    if (slot->state == SLOT_FREE) {
      slot->transfer = NULL;
    } else {
      slot->state = SLOT_LOST;
    }
  }
  multi->ended = multi->busy;
  multi->handle = NULL;
}

static void free_slots(struct waba_multi *multi) {
  for (int i = 0; multi->slots && i < WABA_MULTI_MOST; i++) {
    struct waba_multi_slot *slot = &multi->slots[i];
    if (slot->state == SLOT_BUSY) curl_multi_remove_handle(multi->handle, slot->transfer->handle);
    if (slot->state != SLOT_LOST) waba_transfer_free(slot->transfer);
  }
  free(multi->slots);
}

void waba_multi_close(struct waba_multi *multi) {
  struct waba_sigpipe guard;
  drop_inherited(multi);
  waba_sigpipe_block(&guard);
  free_slots(multi);
  curl_multi_cleanup(multi->handle);
  waba_sigpipe_restore(&guard);
  waba_multi_init(multi, multi->settings);
}

/* HTTP/2 carries many requests on one connection; HTTP/1.1 gets one for each request in flight,
 * within bounds. */
static bool ready(struct waba_multi *multi) {
  drop_inherited(multi);
  if (!multi->slots) multi->slots = calloc(WABA_MULTI_MOST, sizeof *multi->slots);
  if (multi->slots && !multi->handle) {
    multi->handle = curl_multi_init();
    if (!multi->handle) return false;
    multi->owner = (long)getpid();
    curl_multi_setopt(multi->handle, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    curl_multi_setopt(multi->handle, CURLMOPT_MAX_HOST_CONNECTIONS, (long)MOST_CONNECTIONS);
    curl_multi_setopt(multi->handle, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)MOST_CONNECTIONS);
    curl_multi_setopt(multi->handle, CURLMOPT_MAXCONNECTS, (long)MOST_CONNECTIONS);
    curl_multi_setopt(multi->handle, CURLMOPT_MAX_CONCURRENT_STREAMS, (long)MOST_STREAMS);
  }
  return multi->slots != NULL;
}

/* PIPEWAIT: a new request waits for a connection being made to show whether it can carry many. Over
 * plain HTTP none can, and the first reply may be long in coming. */
static CURLcode make_transfer(struct waba_multi *multi, struct waba_multi_slot *slot) {
  CURLcode code = CURLE_OK;
  if (slot->transfer) return code;
  bool tls = strncmp(multi->settings->base_url.ptr, "https:", 6) == 0;
  struct waba_transfer *transfer = waba_transfer_new(multi->settings, &code);
  if (code == CURLE_OK) code = curl_easy_setopt(transfer->handle, CURLOPT_PRIVATE, slot);
  if (code == CURLE_OK) code = curl_easy_setopt(transfer->handle, CURLOPT_PIPEWAIT, tls ? 1L : 0L);
  if (code == CURLE_OK) {
    slot->transfer = transfer;
  } else {
    waba_transfer_free(transfer);
  }
  return code;
}

static int free_slot(const struct waba_multi *multi) {
  for (int i = 0; i < WABA_MULTI_MOST; i++)
    if (multi->slots[i].state == SLOT_FREE) return i;
  return WABA_MULTI_FULL;
}

static int refuse(struct waba_multi_slot *slot, struct waba_call *call, CURLcode code) {
  if (slot->transfer) waba_transfer_drop(slot->transfer);
  struct waba_str message = waba_str(curl_easy_strerror(code));
  bool told =
      code != CURLE_OUT_OF_MEMORY && waba_call_lost(call, WABA_KIND_NETWORK, false, message);
  return told ? WABA_MULTI_NONE : WABA_MULTI_NO_MEMORY;
}

int waba_multi_add(struct waba_multi *multi, struct waba_call *call) {
  if (!ready(multi)) return WABA_MULTI_NO_MEMORY;
  int id = free_slot(multi);
  if (id < 0) return id;
  struct waba_multi_slot *slot = &multi->slots[id];
  CURLcode code = make_transfer(multi, slot);
  if (code == CURLE_OK) code = waba_transfer_begin(slot->transfer, call);
  if (code == CURLE_OK && curl_multi_add_handle(multi->handle, slot->transfer->handle) != CURLM_OK)
    code = CURLE_OUT_OF_MEMORY;
  if (code != CURLE_OK) return refuse(slot, call, code);
  slot->state = SLOT_BUSY;
  multi->busy++;
  return id;
}

/* Takes from libcurl the transfers that have ended. */
static void collect(struct waba_multi *multi) {
  int left;
  CURLMsg *message;
  while ((message = curl_multi_info_read(multi->handle, &left))) {
    struct waba_multi_slot *slot = NULL;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&slot);
    slot->result = message->data.result; /* the message dies with the removal */
    slot->state = SLOT_ENDED;
    multi->ended++;
    curl_multi_remove_handle(multi->handle, slot->transfer->handle);
  }
}

static bool tell(struct waba_multi_slot *slot) {
  if (slot->state == SLOT_ENDED) return waba_transfer_end(slot->transfer, slot->result);
  struct waba_str message = WABA_STR("the process was forked while it waited for the reply");
  if (!waba_call_lost(slot->transfer->call, WABA_KIND_NETWORK, true, message)) return false;
  slot->transfer = NULL;
  return true;
}

/* Tells the call of a slot that has ended, or was lost, and frees the slot. */
static int finish(struct waba_multi *multi) {
  for (int i = 0; multi->ended > 0 && i < WABA_MULTI_MOST; i++) {
    struct waba_multi_slot *slot = &multi->slots[i];
    if (slot->state != SLOT_ENDED && slot->state != SLOT_LOST) continue;
    if (!tell(slot)) return WABA_MULTI_NO_MEMORY;
    slot->state = SLOT_FREE;
    multi->ended--;
    multi->busy--;
    return i;
  }
  return WABA_MULTI_NONE;
}

static void advance(struct waba_multi *multi) {
  int running;
  curl_multi_perform(multi->handle, &running);
  collect(multi);
}

int waba_multi_poll(struct waba_multi *multi, double seconds) {
  struct waba_sigpipe guard;
  int ended = finish(multi);
  if (ended != WABA_MULTI_NONE || !multi->handle || seconds < 0) return ended;
  drop_inherited(multi);
  if (!multi->handle) return finish(multi);
  waba_sigpipe_block(&guard);
  advance(multi);
  ended = finish(multi);
  if (ended == WABA_MULTI_NONE && seconds > 0) {
    curl_multi_poll(multi->handle, NULL, 0, (int)(seconds * 1000 + 0.999), NULL);
    advance(multi);
    ended = finish(multi);
  }
  waba_sigpipe_restore(&guard);
  return ended;
}
