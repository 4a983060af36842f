/* SPDX-License-Identifier: MIT */
#include "op.h"

#define DOUBT_ASSIGNED                                                                             \
  "list the assigned users to see whether it took effect, then decide whether to send it again"
#define DOUBT_TOKEN                                                                                \
  "a token may have been made that nobody has: invalidate_tokens ends all of the user's"
#define ACCOUNT_FIELDS "id,name,currency,timezone_id,message_template_namespace"

/* system_users: Meta's guide writes the account's id in the path, yet the edge is on the business
 * only in Meta's reference and in every SDK. The path is the same, so either id can be passed, and
 * a "nonexisting field" reply gets a hint.
 *
 * assigned_users: Meta's OpenAPI forgets `tasks` among the fields, so all are asked for by name;
 * of assigned_accounts it tells other fields than Meta's reference, whose are asked for.
 *
 * unassign: `user` in the query: Meta's own SDKs differ, and a body on DELETE can be lost in a
 * proxy.
 *
 * refresh_token, revoke_token, debug_token: Meta shows them as GET with secrets in the query, where
 * every log and proxy on the way sees them. Graph takes a POST whose body has `method=get` for a
 * GET (Meta's early SDKs sent all calls so, others still do it for DELETE), so the secrets go in a
 * body. This has not been tried against Graph.
 *
 * refresh_token changes nothing that is there, yet each time makes a token: it creates.
 *
 * rename_system_user is on the edge that creates, whose answer Meta documents as {"id"}. */
const struct waba_op waba_ops[] = {
    {.name = "account",
     .method = WABA_GET,
     .path = "{waba_id}",
     .effect = WABA_READS,
     .shape = WABA_OBJECT,
     .key = "id",
     .fields = ACCOUNT_FIELDS ",ownership_type,owner_business_info,status",
     .params = {{"waba_id", WABA_ID, WABA_IN_PATH}}},

    {.name = "assign",
     .method = WABA_POST,
     .path = "{waba_id}/assigned_users",
     .effect = WABA_SETS,
     .shape = WABA_SUCCESS,
     .doubt = DOUBT_ASSIGNED,
     .params = {{"waba_id", WABA_ID, WABA_IN_PATH},
                {"user", WABA_ID, WABA_IN_BODY},
                {"tasks", WABA_TASKS, WABA_IN_BODY}}},

    {.name = "assigned_accounts",
     .method = WABA_GET,
     .path = "{user_id}/assigned_whatsapp_business_accounts",
     .effect = WABA_READS,
     .shape = WABA_LIST,
     .fields = "id,name,tasks",
     .params = {{"user_id", WABA_ID, WABA_IN_PATH}}},

    {.name = "assigned_users",
     .method = WABA_GET,
     .path = "{waba_id}/assigned_users",
     .effect = WABA_READS,
     .shape = WABA_LIST,
     .fields = "id,name,user_type,business,tasks",
     .params = {{"waba_id", WABA_ID, WABA_IN_PATH}, {"business", WABA_ID, WABA_IN_QUERY}}},

    {.name = "client_accounts",
     .method = WABA_GET,
     .path = "{business_id}/client_whatsapp_business_accounts",
     .effect = WABA_READS,
     .shape = WABA_LIST,
     .fields = ACCOUNT_FIELDS ",owner_business_info,permitted_tasks",
     .params = {{"business_id", WABA_ID, WABA_IN_PATH}}},

    {.name = "create_system_user",
     .method = WABA_POST,
     .path = "{business_id}/system_users",
     .effect = WABA_CREATES,
     .shape = WABA_OBJECT,
     .key = "id",
     .doubt = "system_users shows whether it was created, by its name",
     .params = {{"business_id", WABA_ID, WABA_IN_PATH},
                {"name", WABA_NAME, WABA_IN_BODY},
                {"role", WABA_ROLE, WABA_IN_BODY}}},

    {.name = "create_token",
     .method = WABA_POST,
     .path = "{user_id}/access_tokens",
     .effect = WABA_CREATES,
     .shape = WABA_OBJECT,
     .key = "access_token",
     .doubt = DOUBT_TOKEN,
     .params = {{"user_id", WABA_ID, WABA_IN_PATH},
                {"business_app", WABA_ID, WABA_IN_BODY},
                {"scope", WABA_SCOPES, WABA_IN_BODY},
                {"set_token_expires_in_60_days", WABA_EXPIRES, WABA_IN_BODY},
                {"appsecret_proof", WABA_PROOF, WABA_IN_QUERY}}},

    {.name = "credit_allocation",
     .method = WABA_GET,
     .path = "{allocation_id}",
     .effect = WABA_READS,
     .shape = WABA_OBJECT,
     .key = "id",
     .fields = "id,receiving_credential{id},request_status",
     .params = {{"allocation_id", WABA_ID, WABA_IN_PATH}}},

    {.name = "credit_allocations",
     .method = WABA_GET,
     .path = "{credit_line_id}/owning_credit_allocation_configs",
     .effect = WABA_READS,
     .shape = WABA_LIST,
     .fields = "id,receiving_business,request_status",
     .params = {{"credit_line_id", WABA_ID, WABA_IN_PATH},
                {"receiving_business_id", WABA_ID, WABA_IN_QUERY}}},

    {.name = "credit_lines",
     .method = WABA_GET,
     .path = "{business_id}/extendedcredits",
     .effect = WABA_READS,
     .shape = WABA_LIST,
     .fields = "id,legal_entity_name",
     .params = {{"business_id", WABA_ID, WABA_IN_PATH}}},

    {.name = "debug_token",
     .method = WABA_GET,
     .path = "debug_token",
     .effect = WABA_READS,
     .shape = WABA_DATA,
     .params = {{"input_token", WABA_TOKEN, WABA_IN_BODY}}},

    {.name = "install_app",
     .method = WABA_POST,
     .path = "{user_id}/applications",
     .effect = WABA_SETS,
     .shape = WABA_SUCCESS,
     .doubt = "send it again: an app that is installed stays so",
     .params = {{"user_id", WABA_ID, WABA_IN_PATH}, {"business_app", WABA_ID, WABA_IN_BODY}}},

    {.name = "invalidate_tokens",
     .method = WABA_DELETE,
     .path = "{user_id}/access_tokens",
     .effect = WABA_SETS,
     .shape = WABA_SUCCESS,
     .doubt = "send it again, or ask debug_token about one of the tokens",
     .params = {{"user_id", WABA_ID, WABA_IN_PATH}}},

    {.name = "owned_accounts",
     .method = WABA_GET,
     .path = "{business_id}/owned_whatsapp_business_accounts",
     .effect = WABA_READS,
     .shape = WABA_LIST,
     .fields = ACCOUNT_FIELDS,
     .params = {{"business_id", WABA_ID, WABA_IN_PATH}}},

    {.name = "refresh_token",
     .method = WABA_GET,
     .path = "oauth/access_token",
     .effect = WABA_CREATES,
     .shape = WABA_OBJECT,
     .key = "access_token",
     .doubt = DOUBT_TOKEN,
     .fixed = "grant_type=fb_exchange_token&set_token_expires_in_60_days=true",
     .params = {{"client_id", WABA_APP_ID, WABA_IN_BODY},
                {"client_secret", WABA_APP_SECRET, WABA_IN_BODY},
                {"fb_exchange_token", WABA_TOKEN, WABA_IN_BODY}}},

    {.name = "rename_system_user",
     .method = WABA_POST,
     .path = "{business_id}/system_users",
     .effect = WABA_SETS,
     .shape = WABA_SUCCESS,
     .key = "id",
     .doubt = "system_user shows which name it has",
     .params = {{"business_id", WABA_ID, WABA_IN_PATH},
                {"system_user_id", WABA_ID, WABA_IN_BODY},
                {"name", WABA_NAME, WABA_IN_BODY}}},

    {.name = "revoke_credit_allocation",
     .method = WABA_DELETE,
     .path = "{allocation_id}",
     .effect = WABA_SETS,
     .shape = WABA_SUCCESS,
     .doubt = "credit_allocation shows it: request_status is DELETED afterwards",
     .params = {{"allocation_id", WABA_ID, WABA_IN_PATH}}},

    {.name = "revoke_token",
     .method = WABA_GET,
     .path = "oauth/revoke",
     .effect = WABA_SETS,
     .shape = WABA_SUCCESS,
     .doubt = "debug_token shows whether the token is still valid",
     .params = {{"client_id", WABA_APP_ID, WABA_IN_BODY},
                {"client_secret", WABA_APP_SECRET, WABA_IN_BODY},
                {"revoke_token", WABA_TOKEN, WABA_IN_BODY}}},

    {.name = "share_credit_line",
     .method = WABA_POST,
     .path = "{credit_line_id}/whatsapp_credit_sharing_and_attach",
     .effect = WABA_CREATES,
     .shape = WABA_OBJECT,
     .key = "allocation_config_id",
     .doubt = "credit_allocations shows whether the line is shared with the owner of the account",
     .params = {{"credit_line_id", WABA_ID, WABA_IN_PATH},
                {"waba_id", WABA_ID, WABA_IN_BODY},
                {"waba_currency", WABA_CURRENCY, WABA_IN_BODY}}},

    {.name = "solutions",
     .method = WABA_GET,
     .path = "{waba_id}/solutions",
     .effect = WABA_READS,
     .shape = WABA_LIST,
     .fields = "id,name,status,owner_app,owner_permissions",
     .params = {{"waba_id", WABA_ID, WABA_IN_PATH}}},

    {.name = "system_user",
     .method = WABA_GET,
     .path = "{user_id}",
     .effect = WABA_READS,
     .shape = WABA_OBJECT,
     .key = "id",
     .fields = "id,name,role,created_by,created_time",
     .params = {{"user_id", WABA_ID, WABA_IN_PATH}}},

    {.name = "system_users",
     .method = WABA_GET,
     .path = "{business_id}/system_users",
     .effect = WABA_READS,
     .shape = WABA_LIST,
     .fields = "id,name,role",
     .remembered = true,
     .params = {{"business_id", WABA_ID, WABA_IN_PATH}}},

    {.name = "unassign",
     .method = WABA_DELETE,
     .path = "{waba_id}/assigned_users",
     .effect = WABA_SETS,
     .shape = WABA_SUCCESS,
     .doubt = DOUBT_ASSIGNED,
     .params = {{"waba_id", WABA_ID, WABA_IN_PATH}, {"user", WABA_ID, WABA_IN_QUERY}}},
};

const size_t waba_op_count = sizeof waba_ops / sizeof waba_ops[0];

const char *waba_method_name(enum waba_method method) {
  static const char *const names[] = {
      [WABA_GET] = "GET", [WABA_POST] = "POST", [WABA_DELETE] = "DELETE"};
  return names[method];
}

enum waba_method waba_op_wire_method(const struct waba_op *op) {
  for (size_t i = 0; op->params[i].name; i++)
    if (op->params[i].place == WABA_IN_BODY) return WABA_POST;
  return op->fixed ? WABA_POST : op->method;
}
