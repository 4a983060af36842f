/* SPDX-License-Identifier: MIT */
#include "task.h"

#include <string.h>

#include "nearest.h"

#define G WABA_SOURCE_GUIDE
#define O WABA_SOURCE_OPENAPI
#define S WABA_SOURCE_SDK
#define R WABA_SOURCE_REFERENCE

/* Where Meta explains a task the meaning says what Meta says; elsewhere it reads the name. */
const struct waba_task waba_tasks[] = {
    {"DEVELOP", "developer access; allowed on accounts shared with Standard permissions",
     G | O | S | R},
    {"FULL_CONTROL", "everything, as the name says; only Meta's OpenAPI lists it", O},
    {"MANAGE", "admin access; allowed on accounts shared with Admin permissions", G | O | S | R},
    {"MANAGE_BILLING", "manage billing; needed to share a line of credit", G | O},
    {"MANAGE_EXTENSIONS", "manage extensions", G | O | S | R},
    {"MANAGE_PHONE", "manage phone numbers", G | O | S | R},
    {"MANAGE_PHONE_ASSETS", "manage what belongs to phone numbers", G | O | S | R},
    {"MANAGE_TEMPLATES", "manage message templates", G | O | S | R},
    {"MANAGE_USERS", "manage who is assigned to the account", G | O},
    {"MESSAGING", "send and receive messages; also the one permission of a Multi-Partner Solution",
     O | S},
    {"RECEIVE_INCOMING_MESSAGES", "receive messages; only Meta's OpenAPI lists it", O},
    {"VIEW_COST", "see costs", G | O | S | R},
    {"VIEW_INSIGHTS", "see insights", G | O},
    {"VIEW_PHONE_ASSETS", "see what belongs to phone numbers", G | O | S | R},
    {"VIEW_TEMPLATES", "see message templates", G | O | S | R},
};

const size_t waba_task_count = sizeof waba_tasks / sizeof waba_tasks[0];

bool waba_task_is_known(struct waba_str name) {
  for (size_t i = 0; i < waba_task_count; i++)
    if (waba_str_equal(name, waba_str(waba_tasks[i].name))) return true;
  return false;
}

const char *waba_task_nearest(struct waba_str name) {
  enum { LONGEST = 64 };
  const char *names[sizeof waba_tasks / sizeof waba_tasks[0]];
  char upper[LONGEST];
  if (name.len > sizeof upper) return NULL;
  for (size_t i = 0; i < name.len; i++) {
    char c = name.ptr[i];
    upper[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
  }
  for (size_t i = 0; i < waba_task_count; i++)
    names[i] = waba_tasks[i].name;
  return waba_nearest((struct waba_str){upper, name.len}, names, waba_task_count);
}

/* The next quoted name in json from *at on; {NULL, 0} after the last. Names hold no escapes. */
static struct waba_str next_name(struct waba_str json, size_t *at) {
  while (*at < json.len && json.ptr[*at] != '"')
    (*at)++;
  if (*at >= json.len) return (struct waba_str){NULL, 0};
  size_t start = ++*at;
  while (*at < json.len && json.ptr[*at] != '"')
    (*at)++;
  return (struct waba_str){json.ptr + start, (*at)++ - start};
}

enum waba_task_added waba_tasks_add(struct waba_buf *json, struct waba_str task) {
  size_t at = 0;
  for (;;) {
    struct waba_str name = next_name(waba_buf_str(json), &at);
    if (!name.ptr) break;
    if (waba_str_equal(name, task)) return WABA_TASK_REPEATED;
  }
  waba_buf_add_text(json, json->len == 0 ? "[\"" : ",\"");
  waba_buf_add_str(json, task);
  return waba_buf_add_text(json, "\"") ? WABA_TASK_ADDED : WABA_TASK_NO_MEMORY;
}

bool waba_tasks_end(struct waba_buf *json) {
  return waba_buf_add_text(json, "]");
}

struct waba_str waba_tasks_unknown(struct waba_str json) {
  size_t at = 0;
  for (;;) {
    struct waba_str name = next_name(json, &at);
    if (!name.ptr || !waba_task_is_known(name)) return name;
  }
}
