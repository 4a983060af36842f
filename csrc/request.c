/* SPDX-License-Identifier: MIT */
#include "request.h"

#include <stdio.h>
#include <string.h>

enum { LONGEST_URL = 64 * 1024 };

void waba_request_init(struct waba_request *request) {
  request->method = WABA_GET;
  request->target = 0;
  request->base = 0;
  waba_buf_init(&request->url, LONGEST_URL);
  waba_buf_init(&request->body, LONGEST_URL);
  waba_buf_init(&request->headers, LONGEST_URL);
}

void waba_request_clear(struct waba_request *request) {
  waba_buf_clear(&request->url);
  waba_buf_clear(&request->body);
  waba_buf_clear(&request->headers);
}

static struct waba_str value_of(const struct waba_op *op, const struct waba_args *args,
                                struct waba_str name) {
  size_t i = 0;
  while (!waba_str_equal(waba_str(op->params[i].name), name))
    i++; /* every {name} is a parameter: the spec of the table holds rows to that */
  return args->values[i];
}

static void add_path(struct waba_buf *url, const struct waba_op *op, const struct waba_args *args) {
  const char *at = op->path;
  if (!at) {
    waba_buf_add_str(url, args->path);
    return;
  }
  while (*at != '\0') {
    const char *open = at + strcspn(at, "{");
    waba_buf_add(url, at, (size_t)(open - at));
    if (*open == '\0') return;
    const char *close = strchr(open, '}');
    struct waba_str name = {open + 1, (size_t)(close - open - 1)};
    waba_buf_add_escaped(url, value_of(op, args, name));
    at = close + 1;
  }
}

/* name=value, joined to what is there by `first` or by &. */
static void add_pair(struct waba_buf *buf, const char *first, const char *name,
                     struct waba_str value) {
  waba_buf_add_text(buf, first ? first : "&");
  waba_buf_add_text(buf, name);
  waba_buf_add_text(buf, "=");
  waba_buf_add_escaped(buf, value);
}

static const char *query_joint(const struct waba_buf *url) {
  return url->ptr && memchr(url->ptr, '?', url->len) ? NULL : "?";
}

static void add_query(struct waba_buf *url, const char *name, struct waba_str value) {
  add_pair(url, query_joint(url), name, value);
}

/* {NULL, 0}: it is left out. */
static struct waba_str value_at(const struct waba_settings *settings, const struct waba_op *op,
                                const struct waba_args *args, size_t i) {
  const struct waba_str none = {NULL, 0};
  switch (op->params[i].type) {
  case WABA_EXPIRES:
    return args->expires ? WABA_STR("true") : none;
  case WABA_APP_ID:
    return waba_buf_str(&settings->app_id);
  case WABA_APP_SECRET:
    return waba_buf_str(&settings->app_secret);
  case WABA_PROOF:
    return none; /* as in every request: it follows */
  default:
    return args->values[i];
  }
}

static void add_to_body(struct waba_buf *body, const char *name, struct waba_str value) {
  add_pair(body, body->len > 0 ? NULL : "", name, value);
}

/* Graph takes a POST with `method` in its body for one of that method. So what must not stand in a
 * URL goes into a body, whatever the method. */
static void add_method(struct waba_request *request, const struct waba_op *op) {
  if (request->method == op->method) return;
  add_to_body(&request->body, "method", waba_str(op->method == WABA_GET ? "get" : "delete"));
}

static void add_fixed(struct waba_buf *body, const char *fixed) {
  if (!fixed) return;
  if (body->len > 0) waba_buf_add_text(body, "&");
  waba_buf_add_text(body, fixed);
}

static void add_params(struct waba_request *request, const struct waba_settings *settings,
                       const struct waba_op *op, const struct waba_args *args) {
  add_method(request, op);
  add_fixed(&request->body, op->fixed);
  for (size_t i = 0; op->params[i].name; i++) {
    const struct waba_param *param = &op->params[i];
    struct waba_str value = value_at(settings, op, args, i);
    if (!value.ptr) continue;
    if (param->place == WABA_IN_QUERY) add_query(&request->url, param->name, value);
    if (param->place == WABA_IN_BODY) add_to_body(&request->body, param->name, value);
  }
}

static void add_pairs(struct waba_request *request, const struct waba_args *args) {
  for (size_t i = 0; i < args->pair_count; i++) {
    const struct waba_pair *pair = &args->pairs[i];
    if (request->method == WABA_POST) {
      add_to_body(&request->body, pair->name.ptr, pair->value);
    } else {
      add_query(&request->url, pair->name.ptr, pair->value);
    }
  }
}

static void add_reading(struct waba_buf *url, const struct waba_op *op,
                        const struct waba_args *args) {
  char limit[16];
  if (op->fields) add_query(url, "fields", args->fields.ptr ? args->fields : waba_str(op->fields));
  if (op->shape != WABA_LIST) return;
  snprintf(limit, sizeof limit, "%u", args->limit > 0 ? args->limit : WABA_DEFAULT_LIMIT);
  add_query(url, "limit", waba_str(limit));
  if (args->summary) add_query(url, "summary", WABA_STR("total_count"));
}

const char *waba_request_lacks(const struct waba_op *op, const struct waba_settings *settings) {
  for (size_t i = 0; op->params[i].name; i++) {
    enum waba_type type = op->params[i].type;
    if (type == WABA_APP_ID && settings->app_id.len == 0) return "app_id";
    bool secret = type == WABA_APP_SECRET || type == WABA_PROOF;
    if (secret && settings->app_secret.len == 0) return "app_secret";
  }
  return NULL;
}

bool waba_request_build(struct waba_request *request, const struct waba_settings *settings,
                        const struct waba_op *op, const struct waba_args *args) {
  request->method = waba_op_wire_method(op);
  waba_buf_add_str(&request->url, waba_buf_str(&settings->base_url));
  request->target = request->url.len;
  waba_buf_add_text(&request->url, "/");
  waba_buf_add_str(&request->url, waba_buf_str(&settings->api_version));
  waba_buf_add_text(&request->url, "/");
  add_path(&request->url, op, args);
  add_params(request, settings, op, args);
  add_pairs(request, args);
  add_reading(&request->url, op, args);
  request->base = request->url.len;
  return request->url.state == WABA_BUF_OK && request->body.state == WABA_BUF_OK;
}

static void add_line(struct waba_buf *headers, struct waba_str line) {
  waba_buf_add_str(headers, line);
  waba_buf_add(headers, "", 1);
}

bool waba_request_complete(struct waba_request *request, const struct waba_settings *settings,
                           const struct waba_auth *auth, struct waba_str after) {
  struct waba_str proof = waba_buf_str(&auth->proof);
  waba_buf_truncate(&request->url, request->base);
  if (after.ptr) add_query(&request->url, "after", after);
  if (proof.len > 0) add_query(&request->url, "appsecret_proof", proof);
  waba_buf_reset(&request->headers);
  add_line(&request->headers, waba_buf_str(&auth->header));
  add_line(&request->headers, waba_buf_str(&settings->user_agent));
  add_line(&request->headers, WABA_STR("Accept: application/json"));
  if (request->body.len > 0)
    add_line(&request->headers, WABA_STR("Content-Type: application/x-www-form-urlencoded"));
  return request->url.state == WABA_BUF_OK && request->headers.state == WABA_BUF_OK;
}

size_t waba_request_headers(const struct waba_request *request,
                            struct waba_str lines[WABA_REQUEST_HEADERS]) {
  struct waba_str all = waba_buf_str(&request->headers);
  size_t count = 0;
  for (size_t at = 0; at < all.len; at += lines[count++].len + 1)
    lines[count] = waba_str(all.ptr + at);
  return count;
}
