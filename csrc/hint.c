/* SPDX-License-Identifier: MIT */
#include "hint.h"

#include <string.h>

#include "task.h"

#define BUSINESS_HINT                                                                              \
  "pass the id of your business (portfolio), not of the account, as the second argument; "         \
  "Business Settings > Business Info shows it"
#define NOT_FOUND_HINT                                                                             \
  "check the id, and that the account is shared with your business and with the system user "      \
  "whose token this is"
#define EXPIRED_HINT                                                                               \
  "the token has expired (system-user tokens can last 60 days) and cannot be refreshed any more: " \
  "generate a new one"
#define CHECKPOINT_HINT "the user must log in at facebook.com and follow what is asked"
#define ACCOUNT_BUDGET_HINT                                                                        \
  "this account's budget is used up (200 calls an hour for each app, 5,000 once a number is "      \
  "registered): leave this account alone for a while, others can go on"
#define SOLUTION_HINT                                                                              \
  "on an account shared through a Multi-Partner Solution, MANAGE works only where the solution "   \
  "grants MESSAGING: otherwise assign granular tasks, such as MANAGE_TEMPLATES"

/* Everything a row names must hold; 0 and NULL hold always. The first row that fits decides, so
 * the particular stand before the general. */
static const struct hint {
  const char *op;
  long long code, subcode;
  const char *message; /* words in Graph's message */
  const char *text;
} by_code[] = {
    {NULL, 100, 0, "nonexisting field (system_users)",
     "system users belong to a business: pass the id of the business (portfolio) that owns them, "
     "not of a WhatsApp Business Account; Business Settings > Business Info shows it"},
    {NULL, 100, 0, "nonexisting field (assigned_users)",
     "pass the id of a WhatsApp Business Account as the first argument, not of a business"},
    {NULL, 100, 0, "nonexisting field",
     "`fields` names a field this node does not have: leave `fields` out or correct it"},
    {"assigned_users", 100, 0, "parameter business", BUSINESS_HINT},
    {"assigned_users", 100, 0, "Param business", BUSINESS_HINT},
    {NULL, 100, 0, "Param user",
     "pass a system user's id as system_users lists it: Business Settings shows another one"},
    {NULL, 100, 0, "limit", "ask for fewer items a page: assigned_users gives 100 at most"},
    {NULL, 100, 0, "require an appsecret_proof",
     "the app demands a proof of its secret: set app_secret"},
    {NULL, 100, 0, "appsecret_proof",
     "app_secret must be the secret of the app that the access token was generated for"},
    {NULL, 100, 0, "does not exist", NOT_FOUND_HINT},
    {"assign", 100, 0, "already assigned",
     "the user is on the account already: assigned_users shows with which tasks"},
    {"unassign", 803, 0, "not assigned",
     "nothing to remove: assigned_users shows who is on the account"},

    {NULL, 190, 458, NULL, "install the app for this system user, then generate a new token"},
    {NULL, 190, 459, NULL, CHECKPOINT_HINT},
    {NULL, 190, 460, NULL, "the password was changed: generate a new token"},
    {NULL, 190, 463, NULL, EXPIRED_HINT},
    {NULL, 190, 464, NULL, "the user must confirm their account at facebook.com"},
    {NULL, 190, 490, NULL, CHECKPOINT_HINT},
    {NULL, 190, 0, NULL,
     "generate a new token for the admin system user in Business Settings > System Users"},
    {NULL, 102, 463, NULL, EXPIRED_HINT},
    {NULL, 102, 0, NULL, "generate a new access token"},
    {NULL, 104, 0, NULL,
     "no token reached Graph, or its signature was refused: check access_token and app_secret"},
    {NULL, 2500, 0, NULL,
     "Graph could not read the path or the query: check `fields` and api_version"},

    {NULL, 200, 0, "whatsapp_business_management",
     "generate a token with the whatsapp_business_management permission, as an admin system user"},
    {NULL, 200, 0, "business_management",
     "generate a token with the business_management permission, as an admin system user"},
    {"system_users", 200, 0, NULL,
     "listing system users takes a token of an admin, with the business_management permission"},
    {NULL, 3, 0, NULL, "the app lacks a capability: ask for it in the App Dashboard"},

    {NULL, 100, 33, NULL, NOT_FOUND_HINT},
    {NULL, 803, 0, NULL, NOT_FOUND_HINT},
    {NULL, 110, 0, NULL,
     "use a system user id as system_users lists it: the id in Business Settings is another one"},
    {NULL, 101, 0, NULL, "app_id must be the app that app_secret and the tokens are of"},
    {NULL, 1, 0, "client secret", "app_secret must be the secret of the app that app_id names"},
    {NULL, 3949, 0, NULL,
     "the business has as many system users as it may: give an existing one another name"},
    {NULL, 3965, 0, NULL, "the business has as many admins as it may: create an EMPLOYEE"},
    {NULL, 104001, 0, NULL, "add the app to the business: Business Settings > Apps"},
    {NULL, 3962, 0, NULL, "one of the scopes is no permission that Graph knows"},
    {NULL, 12, 0, NULL, "api_version has been switched off: set a newer one"},
    {NULL, 1, 0, "reduce the amount of data", "ask for less at a time: set a smaller `limit`"},
    {NULL, 4, 0, NULL,
     "the app's own budget is used up: stop all calls of this app until it recovers"},
    {NULL, 80007, 0, NULL, ACCOUNT_BUDGET_HINT},
    {NULL, 80008, 0, NULL, ACCOUNT_BUDGET_HINT},
    {NULL, 131031, 0, NULL, "the account is locked: look at Account Quality in Business Settings"},
    {NULL, 368, 0, NULL, "blocked for policy: look at Account Quality in Business Settings"},
};

/* By kind, where no code told more. */
static const char *const by_kind[WABA_KIND_COUNT] = {
    [WABA_KIND_AUTH] = "check access_token, and app_secret where the app demands a proof",
    [WABA_KIND_NOT_FOUND] = NOT_FOUND_HINT,
    [WABA_KIND_PERMISSION] =
        "use the token of an admin system user with the whatsapp_business_management permission, "
        "on an account that is shared with your business",
    [WABA_KIND_THROTTLED] = "wait before the next call: calls made meanwhile prolong the block",
    [WABA_KIND_TLS] = "if a proxy inspects TLS, name its authority in ca_file; else check the "
                      "machine's certificates and clock",
};

static bool row_fits(const struct hint *row, const struct waba_error *error,
                     const struct waba_hint_context *context) {
  return row->code == error->code && (row->subcode == 0 || row->subcode == error->subcode) &&
         (!row->op || strcmp(row->op, context->op->name) == 0) &&
         (!row->message || waba_str_contains(context->message, row->message));
}

static const char *hint_by_code(const struct waba_error *error,
                                const struct waba_hint_context *context) {
  if (error->code == WABA_NO_CODE) return NULL;
  for (size_t i = 0; i < sizeof by_code / sizeof by_code[0]; i++)
    if (row_fits(&by_code[i], error, context)) return by_code[i].text;
  return NULL;
}

/* "X is not a task known here; did you mean Y?" */
static bool hint_unknown_task(struct waba_buf *hint, struct waba_str unknown) {
  const char *nearest = waba_task_nearest(unknown);
  waba_buf_add_str(hint, unknown);
  waba_buf_add_text(hint, " is not a task known here");
  if (nearest) {
    waba_buf_add_text(hint, "; did you mean ");
    waba_buf_add_text(hint, nearest);
    return waba_buf_add_text(hint, "?");
  }
  return waba_buf_add_text(hint, "; waba.tasks lists those that are");
}

static bool is_task_refusal(const struct waba_error *error) {
  return (error->code == 100 && error->subcode != 33) || error->code == 10 ||
         (error->code >= 200 && error->code <= 299);
}

static bool is_redirect(int status) {
  return (status >= 301 && status <= 303) || status == 307 || status == 308;
}

/* A refused MANAGE: which of the two reasons it is, Meta's reply is not known to tell. */
static bool hint_refused_manage(struct waba_error *error) {
  if (error->kind == WABA_KIND_PERMISSION) {
    waba_buf_add_text(&error->hint, by_kind[WABA_KIND_PERMISSION]);
    waba_buf_add_text(&error->hint, "; or, ");
  }
  return waba_buf_add_text(&error->hint, SOLUTION_HINT);
}

bool waba_hint(struct waba_error *error, const struct waba_hint_context *context) {
  /* What passes by itself, or may have been done, needs none of the ways out of its code; only "ask
   * for less" is one. */
  bool open = error->kind == WABA_KIND_TRANSIENT || error->kind == WABA_KIND_INDETERMINATE;
  bool passing = open && error->code != 1;
  const char *text = passing ? NULL : hint_by_code(error, context);
  if (!text && !passing && is_task_refusal(error)) {
    struct waba_str unknown = waba_tasks_unknown(context->tasks);
    if (unknown.ptr) return hint_unknown_task(&error->hint, unknown);
    if (waba_str_contains(context->tasks, "\"MANAGE\"")) return hint_refused_manage(error);
  }
  if (!text && !passing && context->business_is_waba && error->code != WABA_NO_CODE)
    text = BUSINESS_HINT;
  if (!text && is_redirect(error->status))
    text = "redirects are not followed, so that the token goes nowhere else: check base_url";
  if (!text) text = by_kind[error->kind];
  if (!text && error->kind == WABA_KIND_INDETERMINATE) text = context->op->doubt;
  return !text || waba_buf_add_text(&error->hint, text);
}
