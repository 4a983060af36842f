/* SPDX-License-Identifier: MIT */
#include "op.h"

/* system_users: Meta's guide writes the account's id in the path, yet the edge is on the business
 * only in Meta's reference and in every SDK. The path is the same, so either id can be passed, and
 * a "nonexisting field" reply gets a hint.
 *
 * assigned_users: Meta's OpenAPI forgets `tasks` among the fields, so all are asked for by name. */
const struct waba_op waba_ops[] = {
    {"assign",
     WABA_POST,
     "{waba_id}/assigned_users",
     WABA_SUCCESS,
     true,
     NULL,
     {{"waba_id", WABA_ID, WABA_IN_PATH},
      {"user", WABA_ID, WABA_IN_BODY},
      {"tasks", WABA_TASKS, WABA_IN_BODY}}},

    {"assigned_users",
     WABA_GET,
     "{waba_id}/assigned_users",
     WABA_LIST,
     true,
     "id,name,user_type,business,tasks",
     {{"waba_id", WABA_ID, WABA_IN_PATH}, {"business", WABA_ID, WABA_IN_QUERY}}},

    {"system_users",
     WABA_GET,
     "{business_id}/system_users",
     WABA_LIST,
     true,
     "id,name,role",
     {{"business_id", WABA_ID, WABA_IN_PATH}}},

    /* `user` in the query: Meta's own SDKs differ, and a body on DELETE can be lost in a proxy. */
    {"unassign",
     WABA_DELETE,
     "{waba_id}/assigned_users",
     WABA_SUCCESS,
     true,
     NULL,
     {{"waba_id", WABA_ID, WABA_IN_PATH}, {"user", WABA_ID, WABA_IN_QUERY}}},
};

const size_t waba_op_count = sizeof waba_ops / sizeof waba_ops[0];

const char *waba_method_name(enum waba_method method) {
  static const char *const names[] = {
      [WABA_GET] = "GET", [WABA_POST] = "POST", [WABA_DELETE] = "DELETE"};
  return names[method];
}
