/* SPDX-License-Identifier: MIT */
/* The input rules: what they let through can reach no other path, add no header, end no line. The
 * input is values separated by newlines (with a NUL where the value has a 0xff): base_url, version,
 * id, another id, a task, fields, cursor, token, secret, agent, name, scopes, path. */
#include "auth.h"
#include "counted.h"
#include "fuzz.h"
#include "op.h"
#include "request.h"
#include "task.h"

enum {
  BASE,
  VERSION,
  ID,
  OTHER,
  TASK,
  FIELDS,
  CURSOR,
  TOKEN,
  SECRET,
  AGENT,
  NAME,
  SCOPES,
  PATH,
  VALUES
};

static const enum waba_rule rule_of[VALUES] = {
    WABA_RULE_BASE_URL, WABA_RULE_VERSION, WABA_RULE_ID,    WABA_RULE_ID,     WABA_RULE_TASK,
    WABA_RULE_FIELDS,   WABA_RULE_TEXT,    WABA_RULE_TOKEN, WABA_RULE_SECRET, WABA_RULE_USER_AGENT,
    WABA_RULE_NAME,     WABA_RULE_SCOPES,  WABA_RULE_PATH};
/* What stands in where a value is refused. */
static const char *const sound[VALUES] = {"https://g.example",
                                          "v26.0",
                                          "1",
                                          "2",
                                          "MANAGE",
                                          "id",
                                          "c",
                                          "EAA",
                                          "s",
                                          "a/1",
                                          "n",
                                          "a_b",
                                          "1/x"};

static void split(char *text, size_t size, struct waba_str values[VALUES]) {
  size_t at = 0;
  for (int i = 0; i < VALUES; i++) {
    size_t start = at;
    while (at < size && text[at] != '\n')
      at++;
    values[i] = (struct waba_str){text + start, at - start};
    if (at < size) at++;
  }
  for (size_t i = 0; i < size; i++)
    if ((unsigned char)text[i] == 0xff) text[i] = '\0';
}

/* Every rule on every value; suggestions for any word. */
static void ask_all(struct waba_str value) {
  struct waba_buf json;
  for (int rule = WABA_RULE_ID; rule <= WABA_RULE_TEXT; rule++) {
    const char *must = waba_check((enum waba_rule)rule, value);
    NEVER(must && must[0] == '\0');
  }
  const char *nearest = waba_task_nearest(value);
  NEVER(nearest && !waba_task_is_known(waba_str(nearest)));
  if (waba_check(WABA_RULE_TASK, value)) return;
  waba_buf_init(&json, 1 << 12);
  NEVER(waba_tasks_add(&json, value) != WABA_TASK_ADDED);
  NEVER(waba_tasks_add(&json, value) != WABA_TASK_REPEATED);
  NEVER(!waba_tasks_end(&json));
  NEVER((waba_tasks_unknown(waba_buf_str(&json)).ptr == NULL) != waba_task_is_known(value));
  waba_buf_clear(&json);
}

static void is_one_line(struct waba_str line, bool spaces) {
  for (size_t i = 0; i < line.len; i++) {
    unsigned char c = (unsigned char)line.ptr[i];
    NEVER(c < ' ' || c == 0x7f || (c == ' ' && !spaces));
  }
}

/* base/version/id/edge, and nothing that could end the path before its query. */
static void keeps_path(struct waba_str url, struct waba_str path,
                       const struct waba_str values[VALUES]) {
  char prefix[4096];
  bool node = path.ptr[0] == '{';
  size_t skipped = node ? strcspn(path.ptr, "}") + 1 : 0;
  int len =
      snprintf(prefix, sizeof prefix, "%.*s/%.*s/%.*s%.*s", (int)values[BASE].len, values[BASE].ptr,
               (int)values[VERSION].len, values[VERSION].ptr, node ? (int)values[ID].len : 0,
               values[ID].ptr, (int)(path.len - skipped), path.ptr + skipped);
  NEVER(len < 0 || (size_t)len > url.len || memcmp(url.ptr, prefix, (size_t)len) != 0);
  NEVER((size_t)len < url.len && url.ptr[len] != '?');
  NEVER(memchr(url.ptr, '#', url.len) || memchr(url.ptr, '@', url.len));
  NEVER(holds(url.ptr + len, url.len - (size_t)len, "/", 1));
}

static struct waba_str value_of(enum waba_type type, const struct waba_str values[VALUES],
                                struct waba_str tasks, int *ids) {
  switch (type) {
  case WABA_ID:
    return values[ID + ((*ids)++ > 0)];
  case WABA_TASKS:
    return tasks;
  case WABA_SCOPES:
    return values[SCOPES];
  case WABA_TOKEN:
    return values[TOKEN];
  default:
    return values[NAME];
  }
}

static void build(const struct waba_op *op, const struct waba_settings *settings,
                  const struct waba_str values[VALUES], struct waba_str tasks) {
  struct waba_request request;
  struct waba_str lines[WABA_REQUEST_HEADERS];
  const struct waba_pair pair = {WABA_STR("p"), values[CURSOR]};
  struct waba_args args = {
      .fields = values[FIELDS], .limit = 7, .summary = true, .expires = true, .pairs = &pair};
  for (int i = 0, ids = 0; op->params[i].name; i++)
    args.values[i] = value_of(op->params[i].type, values, tasks, &ids);
  if (!op->path) {
    args.path = values[PATH];
    args.pair_count = 1;
  }
  waba_request_init(&request);
  NEVER(!waba_request_build(&request, settings, op, &args));
  NEVER(!waba_request_complete(&request, settings, &settings->auth, values[CURSOR]));
  is_one_line(waba_buf_str(&request.url), false);
  is_one_line(waba_buf_str(&request.body), false);
  keeps_path(waba_buf_str(&request.url), op->path ? waba_str(op->path) : values[PATH], values);
  size_t count = waba_request_headers(&request, lines);
  for (size_t i = 0; i < count; i++)
    is_one_line(lines[i], true);
  waba_request_clear(&request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct waba_str values[VALUES];
  struct waba_settings settings;
  struct waba_buf tasks;
  if (size > 4096) return 0;
  char *text = malloc(size + 1);
  if (size > 0) memcpy(text, data, size);
  split(text, size, values);
  for (int i = 0; i < VALUES; i++) {
    ask_all(values[i]);
    /* A cursor is Graph's: any bytes. The "" of a field of its own means "the usual ones". */
    bool kept = i == CURSOR ? values[i].len > 0 : !waba_check(rule_of[i], values[i]);
    if (!kept) values[i] = waba_str(sound[i]);
  }
  waba_settings_init(&settings);
  waba_buf_add_str(&settings.base_url, values[BASE]);
  waba_buf_add_str(&settings.api_version, values[VERSION]);
  waba_buf_add_text(&settings.user_agent, "User-Agent: waba/0 ");
  waba_buf_add_str(&settings.user_agent, values[AGENT]);
  waba_buf_add_text(&settings.app_id, "1");
  waba_buf_add_str(&settings.app_secret, values[SECRET]);
  NEVER(!waba_auth_set(&settings.auth, values[TOKEN], values[SECRET]));
  waba_buf_init(&tasks, 1 << 12);
  waba_tasks_add(&tasks, values[TASK]);
  waba_tasks_end(&tasks);
  for (size_t i = 0; i < waba_op_count; i++)
    build(&waba_ops[i], &settings, values, waba_buf_str(&tasks));
  for (int method = WABA_GET; method <= WABA_DELETE; method++) {
    struct waba_op op = {.name = "any", .method = (enum waba_method)method, .shape = WABA_ANY};
    build(&op, &settings, values, waba_buf_str(&tasks));
  }
  waba_buf_clear(&tasks);
  waba_settings_close(&settings);
  free(text);
  return 0;
}
