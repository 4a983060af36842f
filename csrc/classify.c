/* SPDX-License-Identifier: MIT */
#include "classify.h"

enum { ANY = -1 };

/* The first row that fits decides. Codes from Meta's error pages and OpenAPI, and from what public
 * clients have recorded. */
static const struct rule {
  long long first, last; /* codes, both included */
  long long subcode;
  enum waba_kind kind;
} rules[] = {
    {4, 4, ANY, WABA_KIND_THROTTLED},
    {17, 17, ANY, WABA_KIND_THROTTLED},
    {32, 32, ANY, WABA_KIND_THROTTLED},
    {341, 341, ANY, WABA_KIND_THROTTLED},
    {613, 613, ANY, WABA_KIND_THROTTLED},
    {80000, 80014, ANY, WABA_KIND_THROTTLED},
    {130429, 130429, ANY, WABA_KIND_THROTTLED},
    {131048, 131048, ANY, WABA_KIND_THROTTLED},
    {131056, 131056, ANY, WABA_KIND_THROTTLED},
    {133016, 133016, ANY, WABA_KIND_THROTTLED},

    {2, 2, ANY, WABA_KIND_TRANSIENT},
    {99, 99, ANY, WABA_KIND_TRANSIENT},
    {960, 960, ANY, WABA_KIND_TRANSIENT},
    {131000, 131000, ANY, WABA_KIND_TRANSIENT},
    {131016, 131016, ANY, WABA_KIND_TRANSIENT},
    {131057, 131057, ANY, WABA_KIND_TRANSIENT},

    {0, 0, ANY, WABA_KIND_AUTH},
    {101, 101, ANY, WABA_KIND_AUTH}, /* of the app: no such app_id */
    {102, 102, ANY, WABA_KIND_AUTH},
    {104, 104, ANY, WABA_KIND_AUTH},
    {190, 190, ANY, WABA_KIND_AUTH},
    {450, 450, ANY, WABA_KIND_AUTH},
    {452, 452, ANY, WABA_KIND_AUTH},

    {3, 3, ANY, WABA_KIND_PERMISSION}, /* for ever, although it comes with HTTP 500 */
    {10, 10, ANY, WABA_KIND_PERMISSION},
    {200, 299, ANY, WABA_KIND_PERMISSION},
    {131005, 131005, ANY, WABA_KIND_PERMISSION},

    {100, 100, 33, WABA_KIND_NOT_FOUND},
    {803, 803, ANY, WABA_KIND_NOT_FOUND},

    {12, 12, ANY, WABA_KIND_INVALID},
    {33, 33, ANY, WABA_KIND_INVALID},
    {100, 100, ANY, WABA_KIND_INVALID},
    {110, 110, ANY, WABA_KIND_INVALID},
    {2500, 2500, ANY, WABA_KIND_INVALID}, /* path or query; not "no token": one is sent */
    {3962, 3962, ANY, WABA_KIND_INVALID},
    {131008, 131009, ANY, WABA_KIND_INVALID},

    {368, 368, ANY, WABA_KIND_REFUSED}, /* policy: waiting does not help, a person must look */
    {506, 506, ANY, WABA_KIND_REFUSED},
    {3949, 3949, ANY, WABA_KIND_REFUSED}, /* as many system users as the business may have */
    {3965, 3965, ANY, WABA_KIND_REFUSED}, /* ditto, of admins */
    {104001, 104001, ANY, WABA_KIND_REFUSED},
    {131031, 131031, ANY, WABA_KIND_REFUSED}, /* the account is locked */
    {131042, 131042, ANY, WABA_KIND_REFUSED},
};

static const struct rule *find_rule(const struct waba_reply *reply) {
  for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
    const struct rule *rule = &rules[i];
    if (reply->code < rule->first || reply->code > rule->last) continue;
    if (rule->subcode == ANY || rule->subcode == reply->subcode) return rule;
  }
  return NULL;
}

/* Code 1, "unknown error", is a passing failure unless Graph names what is wrong: with a subcode
 * or a title it is a business rule, recorded with HTTP 500 too. */
static enum waba_kind unknown_error(const struct waba_reply *reply) {
  bool named = reply->subcode != WABA_NO_CODE || reply->texts[WABA_TEXT_TITLE].ptr;
  return named || reply->transient == WABA_NO ? WABA_KIND_REFUSED : WABA_KIND_TRANSIENT;
}

static enum waba_kind by_status(int status, enum waba_kind otherwise) {
  switch (status) {
  case 401:
    return WABA_KIND_AUTH;
  case 403:
    return WABA_KIND_PERMISSION;
  case 404:
    return WABA_KIND_NOT_FOUND;
  case 408:
    return WABA_KIND_TRANSIENT;
  case 429:
    return WABA_KIND_THROTTLED;
  default:
    return otherwise;
  }
}

static enum waba_kind by_envelope(const struct waba_reply *reply) {
  const struct rule *rule = find_rule(reply);
  if (rule && rule->kind == WABA_KIND_THROTTLED) return rule->kind;
  if (reply->transient == WABA_YES) return WABA_KIND_TRANSIENT;
  if (reply->code == 1) return unknown_error(reply);
  if (rule) return rule->kind;
  bool server = reply->status >= 500 && reply->transient != WABA_NO;
  return by_status(reply->status, server ? WABA_KIND_TRANSIENT : WABA_KIND_REFUSED);
}

/* Not Graph's voice: a gateway's page, a cut body, a shape nobody documents. Behind a 2xx or a 5xx
 * a write may well have been applied. */
static enum waba_kind by_absence(const struct waba_op *op, const struct waba_reply *reply) {
  bool may_have_run = reply->status < 300 || reply->status >= 500;
  if (!may_have_run) return by_status(reply->status, WABA_KIND_PROTOCOL);
  if (waba_op_writes(op)) return WABA_KIND_INDETERMINATE;
  bool odd_shape = reply->is_json && reply->status < 300;
  return odd_shape ? WABA_KIND_PROTOCOL : WABA_KIND_TRANSIENT;
}

bool waba_reply_succeeded(const struct waba_op *op, const struct waba_reply *reply) {
  if (reply->has_error || reply->status < 200 || reply->status > 299) return false;
  bool said = op->shape == WABA_SUCCESS && reply->success == WABA_YES;
  return said || (reply->fits && reply->success != WABA_NO);
}

static enum waba_kind by_reply(const struct waba_op *op, const struct waba_reply *reply) {
  if (reply->has_error) return by_envelope(reply);
  if (reply->success == WABA_NO) return WABA_KIND_REFUSED;
  return by_absence(op, reply);
}

/* "There is nothing to do": Meta lists 404/803 for who is not assigned, 422/100 for who is. */
static bool is_moot(const struct waba_op *op, enum waba_kind kind, const struct waba_reply *reply) {
  if (op->method == WABA_DELETE) return kind == WABA_KIND_NOT_FOUND;
  return waba_op_writes(op) && reply->status == 422 && reply->code == 100;
}

/* "Try again" is no answer to whether one was made before Graph failed. */
enum waba_kind waba_classify(const struct waba_op *op, const struct waba_reply *reply,
                             bool doubtful) {
  enum waba_kind kind = by_reply(op, reply);
  bool unmade = kind == WABA_KIND_TRANSIENT && op->effect == WABA_CREATES;
  return unmade || (doubtful && is_moot(op, kind, reply)) ? WABA_KIND_INDETERMINATE : kind;
}
