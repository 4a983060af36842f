/* SPDX-License-Identifier: MIT */
#include "call.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "classify.h"
#include "hint.h"
#include "retry.h"
#include "task.h"

enum {
  LONGEST_CURSOR = 16 * 1024,
  LONGEST_TASKS = 16 * 1024,
  LONGEST_MESSAGE = 4096,
  LONGEST_SHOWN_VALUE = 256,
  MOST_PAGES = 1000000
};

static bool passes_waba_as_business(const struct waba_op *op, const struct waba_args *args) {
  for (size_t i = 1; op->params[i].name; i++)
    if (strcmp(op->params[i].name, "business") == 0)
      return waba_str_equal(args->values[0], args->values[i]);
  return false;
}

void waba_call_init(struct waba_call *call, const struct waba_op *op,
                    const struct waba_settings *settings) {
  *call = (struct waba_call){.op = op, .settings = settings, .state = WABA_ENDED};
  waba_request_init(&call->request);
  waba_response_init(&call->response);
  waba_error_init(&call->error);
  waba_auth_init(&call->auth);
  waba_buf_init(&call->tasks, LONGEST_TASKS);
  waba_buf_init(&call->after, LONGEST_CURSOR);
  waba_buf_init(&call->seen, MOST_PAGES * sizeof(uint64_t));
}

bool waba_call_begin(struct waba_call *call, const struct waba_args *args) {
  call->timeout = args->timeout > 0 ? args->timeout : call->settings->timeout;
  call->business_is_waba = passes_waba_as_business(call->op, args);
  call->state = WABA_READY;
  return waba_request_build(&call->request, call->settings, call->op, args);
}

void waba_call_clear(struct waba_call *call) {
  waba_request_clear(&call->request);
  waba_response_clear(&call->response);
  waba_error_clear(&call->error);
  waba_auth_clear(&call->auth);
  waba_buf_clear(&call->tasks);
  waba_buf_clear(&call->after);
  waba_buf_clear(&call->seen);
  call->state = WABA_ENDED;
}

static const struct waba_auth *auth_of(const struct waba_call *call) {
  return call->auth.token.len > 0 ? &call->auth : &call->settings->auth;
}

/* ---- trouble ----------------------------------------------------------------------------------
 */

static bool set_text(struct waba_call *call, enum waba_text which, struct waba_str text) {
  const struct waba_auth *auth = auth_of(call);
  struct waba_str secrets[] = {waba_buf_str(&auth->token),
                               waba_buf_str(&call->settings->app_secret),
                               waba_buf_str(&auth->proof)};
  return waba_error_set_text(&call->error, which, text, secrets,
                             sizeof secrets / sizeof secrets[0]);
}

/* The last thing to be done about an error: everything it holds is there for the hint to look at.
 * `message` is what the other side said, before redaction. */
static bool set_hint(struct waba_call *call, struct waba_str message) {
  struct waba_hint_context context = {.op = call->op,
                                      .message = message,
                                      .tasks = waba_buf_str(&call->tasks),
                                      .business_is_waba = call->business_is_waba};
  return waba_hint(&call->error, &context);
}

/* A new error of this kind, with its message; the caller adds what else is known. */
static bool begin_error(struct waba_call *call, enum waba_kind kind, struct waba_str message) {
  waba_error_clear(&call->error);
  waba_error_init(&call->error);
  call->error.kind = kind;
  call->error.attempts = call->attempts;
  return set_text(call, WABA_TEXT_MESSAGE, message);
}

static bool fail(struct waba_call *call, enum waba_kind kind, const char *message) {
  if (!begin_error(call, kind, waba_str(message)) || !set_hint(call, waba_str(message)))
    return false;
  call->state = WABA_ENDED;
  return true;
}

static bool is_task_rule(const char *must) {
  return must == waba_check(WABA_RULE_TASK, WABA_STR(""));
}

/* A long value is counted rather than cut: a cut could leave half a token unrecognised. */
static bool describe_value(struct waba_buf *message, struct waba_str value) {
  char size[32];
  snprintf(size, sizeof size, ", got %zu bytes", value.len);
  if (value.len > LONGEST_SHOWN_VALUE) return waba_buf_add_text(message, size);
  waba_buf_add_text(message, ", got \"");
  waba_buf_add_str(message, value);
  return waba_buf_add_text(message, "\"");
}

static bool hint_task(struct waba_buf *hint, struct waba_str task) {
  const char *nearest = waba_task_nearest(task);
  if (!nearest) return true;
  waba_buf_add_text(hint, "did you mean ");
  waba_buf_add_text(hint, nearest);
  return waba_buf_add_text(hint, "?");
}

bool waba_call_reject(struct waba_call *call, const char *name, const char *must,
                      struct waba_str value) {
  struct waba_buf message;
  waba_buf_init(&message, LONGEST_MESSAGE);
  waba_buf_add_text(&message, name);
  waba_buf_add_text(&message, " must be ");
  waba_buf_add_text(&message, must);
  bool sound = (!value.ptr || describe_value(&message, value)) &&
               begin_error(call, WABA_KIND_INVALID, waba_buf_str(&message));
  waba_buf_clear(&message);
  return sound && (!is_task_rule(must) || hint_task(&call->error.hint, value));
}

bool waba_call_lost(struct waba_call *call, enum waba_kind kind, bool sent,
                    struct waba_str message) {
  if (sent && waba_op_writes(call->op)) kind = WABA_KIND_INDETERMINATE;
  if (!begin_error(call, kind, message) || !set_hint(call, message)) return false;
  call->state = WABA_TROUBLED;
  return true;
}

/* What to say where Graph itself said nothing. */
static const char *describe(const struct waba_reply *reply, char *text, size_t size) {
  const char *what = "without a Graph error";
  if (reply->success == WABA_NO) {
    what = "and the word that it did not succeed";
  } else if (reply->status < 300) {
    what = reply->is_json ? "with JSON that is not what this call answers" : "without JSON";
  }
  snprintf(text, size, "HTTP %d %s", reply->status, what);
  return text;
}

static bool read_trouble(struct waba_call *call, const struct waba_reply *reply) {
  char description[80];
  struct waba_str message = reply->texts[WABA_TEXT_MESSAGE];
  if (message.len == 0) message = waba_str(describe(reply, description, sizeof description));
  if (!begin_error(call, waba_classify(call->op, reply), message)) return false;
  call->error.status = reply->status;
  call->error.code = reply->code;
  call->error.subcode = reply->subcode;
  call->error.retry_after = reply->retry_after;
  for (int i = WABA_TEXT_MESSAGE + 1; i < WABA_TEXT_COUNT; i++)
    if (!set_text(call, (enum waba_text)i, reply->texts[i])) return false;
  if (!set_hint(call, message)) return false;
  call->state = WABA_TROUBLED;
  return true;
}

static bool read_broken_paging(struct waba_call *call, const struct waba_reply *reply,
                               const char *message) {
  if (!begin_error(call, WABA_KIND_PROTOCOL, waba_str(message))) return false;
  call->error.status = reply->status;
  call->state = WABA_TROUBLED;
  return true;
}

/* ---- reading ----------------------------------------------------------------------------------
 */

/* FNV-1a. A collision would be taken for a loop: two pages among a million by chance, 2^-24. */
static uint64_t hash(struct waba_str text) {
  uint64_t value = 14695981039346656037u;
  for (size_t i = 0; i < text.len; i++)
    value = (value ^ (unsigned char)text.ptr[i]) * 1099511628211u;
  return value;
}

static bool was_seen(const struct waba_buf *seen, uint64_t value) {
  for (size_t at = 0; at < seen->len; at += sizeof value)
    if (memcmp(seen->ptr + at, &value, sizeof value) == 0) return true;
  return false;
}

/* Out of memory it answers false, and may be called again with the same page: the cursor must not
 * have been noted by then. Those noted before it are lost, which only shortens the memory for
 * loops. */
static bool note_cursor(struct waba_call *call, uint64_t cursor) {
  if (waba_buf_add(&call->seen, &cursor, sizeof cursor)) return true;
  if (call->seen.state == WABA_BUF_NO_MEMORY) waba_buf_reset(&call->seen);
  return false;
}

static bool read_page(struct waba_call *call, const struct waba_reply *reply) {
  call->more = reply->has_next;
  if (reply->has_next) {
    if (reply->after.len == 0 || reply->after.len > LONGEST_CURSOR)
      return read_broken_paging(call, reply, "a next page is announced without a usable cursor");
    uint64_t cursor = hash(reply->after);
    if (was_seen(&call->seen, cursor))
      return read_broken_paging(call, reply, "a page has a cursor that was followed before");
    waba_buf_reset(&call->after);
    if (!waba_buf_add_str(&call->after, reply->after)) return false;
    if (!note_cursor(call, cursor))
      return call->seen.state == WABA_BUF_FULL &&
             read_broken_paging(call, reply, "more than 1,000,000 pages");
  }
  call->attempts = 0;
  call->state = WABA_PAGED;
  return true;
}

bool waba_call_read(struct waba_call *call, const struct waba_reply *reply) {
  if (!waba_reply_succeeded(call->op, reply)) return read_trouble(call, reply);
  if (call->op->shape == WABA_LIST) return read_page(call, reply);
  call->state = WABA_FINISHED;
  return true;
}

/* ---- stepping ---------------------------------------------------------------------------------
 */

static enum waba_step step_ready(struct waba_call *call, double now) {
  double left = call->deadline - now;
  if (!(left > 0))
    return fail(call, WABA_KIND_TIMEOUT, "the call's timeout passed before its next request")
               ? WABA_FAILED
               : WABA_NO_MEMORY;
  double attempt = call->settings->attempt_timeout;
  call->attempt_timeout = attempt < left ? attempt : left;
  call->attempts++;
  call->state = WABA_SENDING;
  return WABA_SEND;
}

static enum waba_step step_troubled(struct waba_call *call, double now, double random) {
  const struct waba_error *error = &call->error;
  call->state = WABA_ENDED;
  if (!waba_retry_allowed(call->op, error->kind, call->attempts,
                          (unsigned)call->settings->max_attempts))
    return WABA_FAILED;
  call->wait = waba_retry_wait(error->kind, call->attempts, error->retry_after, random);
  if (now + call->wait >= call->deadline) return WABA_FAILED;
  call->state = WABA_READY;
  return WABA_WAIT;
}

enum waba_step waba_call_step(struct waba_call *call, double now, double random) {
  if (!call->started) {
    call->started = true;
    call->deadline = now + call->timeout;
  }
  bool over = call->state == WABA_FINISHED || call->state == WABA_ENDED;
  if (call->settings->closed && !over)
    return fail(call, WABA_KIND_CLOSED, "the client was closed") ? WABA_FAILED : WABA_NO_MEMORY;
  switch (call->state) {
  case WABA_READY:
    return step_ready(call, now);
  case WABA_PAGED:
    call->state = call->more ? WABA_READY : WABA_FINISHED;
    return WABA_PAGE;
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

/* ---- sending ----------------------------------------------------------------------------------
 */

bool waba_call_authorize(struct waba_call *call, struct waba_str token) {
  return waba_auth_set(&call->auth, token, waba_buf_str(&call->settings->app_secret));
}

const struct waba_request *waba_call_request(struct waba_call *call) {
  struct waba_str after = {NULL, 0};
  if (call->after.len > 0) after = waba_buf_str(&call->after);
  waba_response_reset(&call->response);
  if (!waba_request_complete(&call->request, after, waba_buf_str(&auth_of(call)->proof)))
    return NULL;
  return &call->request;
}

size_t waba_call_headers(const struct waba_call *call,
                         struct waba_str lines[WABA_REQUEST_HEADERS]) {
  return waba_request_headers(&call->request, call->settings, auth_of(call), lines);
}

void waba_call_received(struct waba_call *call) {
  call->state = WABA_RECEIVED;
}
