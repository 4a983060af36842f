/* SPDX-License-Identifier: MIT */
#include "call.h"

#include <string.h>

#include "classify.h"
#include "retry.h"
#include "seen.h"
#include "trouble.h"

enum {
  LONGEST_CURSOR = 16 * 1024,
  LONGEST_TASKS = 16 * 1024,
  LONGEST_HIDDEN = 64 * 1024,
  MOST_PAGES = 10000,
  MOST_BYTES = 256 * 1024 * 1024
};

static bool passes_waba_as_business(const struct waba_op *op, const struct waba_args *args) {
  for (size_t i = 1; op->params[i].name; i++)
    if (strcmp(op->params[i].name, "business") == 0)
      return waba_str_equal(args->values[0], args->values[i]);
  return false;
}

/* The account is what Graph keeps a budget for; an id has 20 digits at most. Of a path it is the
 * node: whether that is an account, nobody knows here. */
static void keep_account(struct waba_call *call, const struct waba_args *args) {
  struct waba_str id = args->values[0];
  if (args->path.ptr) {
    id = (struct waba_str){args->path.ptr, strcspn(args->path.ptr, "/")};
    if (waba_check(WABA_RULE_ID, id)) return;
  } else if (strcmp(call->op->params[0].name, "waba_id") != 0) {
    return;
  }
  memcpy(call->account, id.ptr, id.len);
}

void waba_call_init(struct waba_call *call, const struct waba_op *op,
                    struct waba_settings *settings) {
  *call = (struct waba_call){.op = op, .settings = settings, .state = WABA_ENDED};
  waba_request_init(&call->request);
  waba_response_init(&call->response);
  waba_error_init(&call->error);
  waba_auth_init(&call->auth);
  waba_buf_init(&call->hidden, LONGEST_HIDDEN);
  waba_buf_init(&call->tasks, LONGEST_TASKS);
  waba_buf_init(&call->after, 3 * LONGEST_CURSOR); /* escaped, for a moment */
  waba_buf_init(&call->seen, MOST_PAGES * WABA_SEEN_SIZE);
}

bool waba_call_begin(struct waba_call *call, const struct waba_args *args) {
  call->timeout = args->timeout > 0 ? args->timeout : call->settings->timeout;
  keep_account(call, args);
  call->business_is_waba = passes_waba_as_business(call->op, args);
  call->state = WABA_READY;
  return waba_request_build(&call->request, call->settings, call->op, args);
}

void waba_call_clear(struct waba_call *call) {
  waba_request_clear(&call->request);
  waba_response_clear(&call->response);
  waba_error_clear(&call->error);
  waba_auth_clear(&call->auth);
  waba_buf_clear(&call->hidden);
  waba_buf_clear(&call->tasks);
  waba_buf_clear(&call->after);
  waba_buf_clear(&call->seen);
  call->state = WABA_ENDED;
}

bool waba_call_reject(struct waba_call *call, const char *name, const char *must,
                      struct waba_str value) {
  return waba_trouble_argument(call, name, must, value); /* still ENDED, as it began */
}

bool waba_call_refuse(struct waba_call *call) {
  return waba_trouble(call, WABA_KIND_CLOSED, WABA_STR(""));
}

/* An attempt has failed; whether the call has, its next step decides. */
static bool troubled(struct waba_call *call, bool told) {
  if (told) call->state = WABA_TROUBLED;
  call->failed = told;
  return told;
}

bool waba_call_lost(struct waba_call *call, enum waba_kind kind, bool sent,
                    struct waba_str message) {
  call->lost = kind;
  call->sent = sent;
  if (sent && waba_op_writes(call->op)) kind = WABA_KIND_INDETERMINATE;
  return troubled(call, waba_trouble(call, kind, message));
}

bool waba_call_drop(struct waba_call *call, enum waba_kind kind, struct waba_str message) {
  call->attempts--;
  if (waba_call_lost(call, kind, false, message)) return true;
  call->attempts++;
  return false;
}

/* Out of memory it answers false, and may be called again with the same page: the cursor must not
 * have been noted by then. Those noted before it are lost, which only shortens the memory for
 * loops. */
static bool note_cursor(struct waba_call *call, struct waba_str cursor) {
  if (waba_seen_add(&call->seen, cursor)) return true;
  waba_buf_reset(&call->seen);
  return false;
}

static bool bad_page(struct waba_call *call, const struct waba_reply *reply, const char *message) {
  return troubled(call, waba_trouble_paging(call, reply, message));
}

static bool holds_token(const struct waba_call *call, struct waba_str text) {
  struct waba_str token = waba_buf_str(&waba_call_auth(call)->token);
  return token.len > 0 && waba_str_contains(text, token.ptr);
}

static bool read_page(struct waba_call *call, const struct waba_reply *reply) {
  call->more = reply->has_next;
  call->bytes += call->response.body.len;
  if (call->bytes > MOST_BYTES) return bad_page(call, reply, "more than 256 MiB of pages");
  if (reply->has_next) {
    if (reply->after.len == 0 || reply->after.len > LONGEST_CURSOR)
      return bad_page(call, reply, "a next page is announced without a usable cursor");
    if (waba_seen_has(&call->seen, reply->after))
      return bad_page(call, reply, "a page has a cursor that was followed before");
    if (call->seen.len == call->seen.max) return bad_page(call, reply, "more than 10,000 pages");
    waba_buf_reset(&call->after);
    if (!waba_buf_add_escaped(&call->after, reply->after)) return false;
    /* It goes into the next URL, as it is or escaped: "%3" before a token could make one anew. */
    if (holds_token(call, reply->after) || holds_token(call, waba_buf_str(&call->after)))
      return bad_page(call, reply, "a page has a cursor with the access token in it");
    waba_buf_reset(&call->after);
    if (!waba_buf_add_str(&call->after, reply->after) || !note_cursor(call, reply->after))
      return false;
  }
  call->state = WABA_PAGED;
  return true;
}

bool waba_call_read(struct waba_call *call, const struct waba_reply *reply) {
  if (!waba_reply_succeeded(call->op, reply))
    return troubled(call, waba_trouble_reply(call, reply));
  if (call->op->shape != WABA_LIST) {
    call->state = WABA_FINISHED;
  } else if (!read_page(call, reply)) {
    return false;
  }
  waba_quota_give(&call->settings->quota, call->taken);
  call->taken = 0;
  return true;
}

static enum waba_step fail(struct waba_call *call, enum waba_kind kind, const char *message) {
  if (!waba_trouble(call, kind, waba_str(message))) return WABA_NO_MEMORY;
  call->state = WABA_ENDED;
  return WABA_FAILED;
}

/* No further request goes out. What is known of the attempt before says more than why. */
static enum waba_step give_up(struct waba_call *call, enum waba_kind kind, const char *message) {
  if (!call->failed) return fail(call, kind, message);
  call->state = WABA_ENDED;
  return WABA_FAILED;
}

static enum waba_step step_ready(struct waba_call *call, double now) {
  double left = call->deadline - now;
  if (!(left > 0))
    return give_up(call, WABA_KIND_TIMEOUT, "the call's timeout passed before its next request");
  double attempt = call->settings->attempt_timeout;
  call->attempt_timeout = attempt < left ? attempt : left;
  call->attempt = ++call->attempts;
  call->failed = false;
  call->gated = false;
  call->state = WABA_SENDING;
  return WABA_SEND;
}

static enum waba_step step_troubled(struct waba_call *call, double now, double random) {
  const struct waba_error *error = &call->error;
  call->state = WABA_ENDED;
  if (call->stopped) return WABA_FAILED;
  if (call->settings->closed && waba_kinds[error->kind].retryable)
    return fail(call, WABA_KIND_CLOSED, "");
  if (!waba_retry_allowed(call->op, error->kind, call->attempts,
                          (unsigned)call->settings->max_attempts))
    return WABA_FAILED;
  call->wait = waba_retry_wait(error->kind, call->attempts, error->retry_after, random);
  if (now + call->wait >= call->deadline) return WABA_FAILED;
  if (!call->gated) { /* else everybody waits for the same minute, and there can be no storm */
    call->taken = waba_quota_take(&call->settings->quota, error->kind);
    if (call->taken == 0) return WABA_FAILED;
  }
  call->held = false;
  call->doubtful = call->doubtful || error->kind == WABA_KIND_TRANSIENT;
  call->state = WABA_READY;
  return WABA_WAIT;
}

static enum waba_step step_held(struct waba_call *call, double now) {
  if (now + call->wait < call->deadline) {
    call->held = true;
    call->state = WABA_READY;
    return WABA_WAIT;
  }
  enum waba_step step = give_up(call, WABA_KIND_THROTTLED,
                                "the budget leaves no room for this call before its timeout");
  call->error.retry_after = call->wait;
  return step;
}

enum waba_step waba_call_step(struct waba_call *call, double now, double random) {
  if (!call->started) {
    call->started = true;
    call->deadline = now + call->timeout;
  }
  bool going_on =
      call->state == WABA_READY || call->state == WABA_PAGED || call->state == WABA_HELD;
  if (going_on && call->settings->closed) return fail(call, WABA_KIND_CLOSED, "");
  if (going_on && call->stopped && call->state != WABA_PAGED)
    return give_up(call, WABA_KIND_CLOSED, "the map was broken off before this request was sent");
  switch (call->state) {
  case WABA_READY:
    return step_ready(call, now);
  case WABA_PAGED:
    call->state = call->more ? WABA_READY : WABA_FINISHED;
    call->attempts = 0; /* of the next page */
    return WABA_PAGE;
  case WABA_HELD:
    return step_held(call, now);
  case WABA_TROUBLED:
    return step_troubled(call, now, random);
  case WABA_FINISHED:
    return WABA_DONE;
  case WABA_SENDING:
  case WABA_RECEIVED:
  case WABA_ENDED:
    break;
  }
  return WABA_FAILED;
}

const struct waba_auth *waba_call_auth(const struct waba_call *call) {
  return call->auth.token.len > 0 ? &call->auth : &call->settings->auth;
}

bool waba_call_hide(struct waba_call *call, struct waba_str secret) {
  waba_buf_add_str(&call->hidden, secret);
  waba_buf_add(&call->hidden, "", 1);
  return call->hidden.state != WABA_BUF_NO_MEMORY;
}

bool waba_call_authorize(struct waba_call *call, struct waba_str token) {
  struct waba_str before = waba_buf_str(&call->auth.token);
  if (waba_str_equal(before, token)) return true;
  if (before.len > 0 && !waba_call_hide(call, before)) return false;
  return waba_auth_set(&call->auth, token, waba_buf_str(&call->settings->app_secret));
}

const struct waba_request *waba_call_request(struct waba_call *call) {
  struct waba_str after = {NULL, 0};
  if (call->after.len > 0) after = waba_buf_str(&call->after);
  waba_response_reset(&call->response);
  if (!waba_request_complete(&call->request, call->settings, waba_call_auth(call), after))
    return NULL;
  return &call->request;
}

size_t waba_call_headers(const struct waba_call *call,
                         struct waba_str lines[WABA_REQUEST_HEADERS]) {
  return waba_request_headers(&call->request, lines);
}

bool waba_call_again(struct waba_call *call) {
  enum waba_kind kind = call->error.kind;
  if (call->state != WABA_ENDED || kind != WABA_KIND_INDETERMINATE) return false;
  if (call->settings->closed ||
      !waba_retry_room(call->op, call->attempts, (unsigned)call->settings->max_attempts))
    return false;
  call->taken = waba_quota_take(&call->settings->quota, kind);
  if (call->taken == 0) return false;
  call->doubtful = true;
  call->state = WABA_READY;
  return true;
}

void waba_call_received(struct waba_call *call) {
  call->state = WABA_RECEIVED;
}
