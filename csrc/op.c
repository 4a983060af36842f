/* SPDX-License-Identifier: MIT */
#include "op.h"

#define DOUBT_ASSIGNED                                                                             \
  "list the assigned users to see whether it took effect, then decide whether to send it again"
#define ACCOUNT_FIELDS "id,name,currency,timezone_id,message_template_namespace"

/* system_users: Meta's guide writes the account's id in the path, yet the edge is on the business
 * only in Meta's reference and in every SDK. The path is the same, so either id can be passed, and
 * a "nonexisting field" reply gets a hint.
 *
 * assigned_users: Meta's OpenAPI forgets `tasks` among the fields, so all are asked for by name;
 * of assigned_accounts it tells other fields than Meta's reference, whose are asked for.
 *
 * unassign: `user` in the query: Meta's own SDKs differ, and a body on DELETE can be lost in a
 * proxy. */
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

    {.name = "owned_accounts",
     .method = WABA_GET,
     .path = "{business_id}/owned_whatsapp_business_accounts",
     .effect = WABA_READS,
     .shape = WABA_LIST,
     .fields = ACCOUNT_FIELDS,
     .params = {{"business_id", WABA_ID, WABA_IN_PATH}}},

    {.name = "solutions",
     .method = WABA_GET,
     .path = "{waba_id}/solutions",
     .effect = WABA_READS,
     .shape = WABA_LIST,
     .fields = "id,name,status,owner_app,owner_permissions",
     .params = {{"waba_id", WABA_ID, WABA_IN_PATH}}},

    {.name = "system_users",
     .method = WABA_GET,
     .path = "{business_id}/system_users",
     .effect = WABA_READS,
     .shape = WABA_LIST,
     .fields = "id,name,role",
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
  return op->method;
}
