/* SPDX-License-Identifier: MIT */
/* The tasks a user can be given on a WhatsApp Business Account.
 *
 * Meta's own sources disagree on the list and Meta adds to it, so it is open: an unknown task is
 * passed on, the known ones serve for meanings and for "did you mean". */
#ifndef WABA_TASK_H
#define WABA_TASK_H

#include "buf.h"

/* Where a task is named, as flags. */
enum waba_task_source {
  WABA_SOURCE_GUIDE = 1,    /* "Manage System Users" in Meta's Solution Provider guide */
  WABA_SOURCE_OPENAPI = 2,  /* Meta's OpenAPI for business messaging, v23.0 */
  WABA_SOURCE_SDK = 4,      /* Meta's generated business SDKs, v25.0 and v26.0 */
  WABA_SOURCE_REFERENCE = 8 /* the Graph API reference page of the account node, v19.0 */
};

struct waba_task {
  const char *name;
  const char *meaning;
  unsigned sources;
};

extern const struct waba_task waba_tasks[];
extern const size_t waba_task_count;

bool waba_task_is_known(struct waba_str name);
/* The known task that `name` may have been meant to be, or NULL. Case is forgiven. */
const char *waba_task_nearest(struct waba_str name);

/* Tasks as Graph wants them, JSON array text: starts empty, gets `add` for each, then `end`. */
enum waba_task_added { WABA_TASK_ADDED, WABA_TASK_REPEATED, WABA_TASK_NO_MEMORY };
enum waba_task_added waba_tasks_add(struct waba_buf *json, struct waba_str task);
bool waba_tasks_end(struct waba_buf *json);

/* The first task in JSON array text made by the above that is not known, or {NULL, 0}. */
struct waba_str waba_tasks_unknown(struct waba_str json);

#endif
