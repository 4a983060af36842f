/* SPDX-License-Identifier: MIT */
#include "trouble.h"

#include <stdio.h>

#include "check.h"
#include "classify.h"
#include "hint.h"
#include "task.h"

enum { LONGEST_MESSAGE = 4096, LONGEST_SHOWN_VALUE = 256 };

size_t waba_call_secrets(const struct waba_call *call, struct waba_str secrets[WABA_CALL_SECRETS]) {
  const struct waba_auth *auth = waba_call_auth(call);
  struct waba_str hidden = waba_buf_str(&call->hidden);
  size_t count = 0;
  secrets[count++] = waba_buf_str(&auth->token);
  secrets[count++] = waba_buf_str(&call->settings->app_secret);
  secrets[count++] = waba_buf_str(&auth->proof);
  secrets[count++] = waba_userinfo(waba_buf_str(&call->settings->proxy));
  for (size_t at = 0; at < hidden.len && count < WABA_CALL_SECRETS; at += secrets[count++].len + 1)
    secrets[count] = waba_str(hidden.ptr + at);
  return count;
}

static bool set_text(struct waba_call *call, enum waba_text which, struct waba_str text) {
  struct waba_str secrets[WABA_CALL_SECRETS];
  size_t count = waba_call_secrets(call, secrets);
  return waba_error_set_text(&call->error, which, text, secrets, count);
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
  /* A closed client has forgotten its secrets: the other side's words are left out then. */
  if (message.len == 0 || call->settings->closed) message = waba_str(waba_kinds[kind].meaning);
  return set_text(call, WABA_TEXT_MESSAGE, message);
}

bool waba_trouble(struct waba_call *call, enum waba_kind kind, struct waba_str message) {
  return begin_error(call, kind, message) && set_hint(call, message);
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

bool waba_trouble_argument(struct waba_call *call, const char *name, const char *must,
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

bool waba_trouble_reply(struct waba_call *call, const struct waba_reply *reply) {
  char description[80];
  struct waba_str message = reply->texts[WABA_TEXT_MESSAGE];
  if (message.len == 0) message = waba_str(describe(reply, description, sizeof description));
  enum waba_kind kind = waba_classify(call->op, reply, call->doubtful);
  if (!begin_error(call, kind, message)) return false;
  call->error.status = reply->status;
  call->error.code = reply->code;
  call->error.subcode = reply->subcode;
  call->error.retry_after = reply->retry_after;
  call->gated = call->error.kind == WABA_KIND_THROTTLED && reply->regain > 0;
  if (call->gated && reply->regain > reply->retry_after) call->error.retry_after = reply->regain;
  for (int i = WABA_TEXT_MESSAGE + 1; i < WABA_TEXT_COUNT && !call->settings->closed; i++)
    if (!set_text(call, (enum waba_text)i, reply->texts[i])) return false;
  return set_hint(call, message);
}

bool waba_trouble_paging(struct waba_call *call, const struct waba_reply *reply,
                         const char *message) {
  if (!begin_error(call, WABA_KIND_PROTOCOL, waba_str(message))) return false;
  call->error.status = reply->status;
  return true;
}
