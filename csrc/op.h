/* SPDX-License-Identifier: MIT */
/* The operations: one row each. To add one, add a row to op.c and a block to spec/golden/. */
#ifndef WABA_OP_H
#define WABA_OP_H

#include "buf.h"

enum waba_method { WABA_GET, WABA_POST, WABA_DELETE };

enum waba_place {
  WABA_IN_PATH,  /* fills {name} in the path */
  WABA_IN_QUERY, /* ?name=value */
  WABA_IN_BODY   /* name=value, application/x-www-form-urlencoded */
};

enum waba_type {
  WABA_ID,   /* a string of digits */
  WABA_TASKS /* a list of task names, or one; sent as JSON array text */
};

enum waba_shape {
  WABA_LIST,   /* {"data":[..],"paging":{..}}: pages of items; takes fields, limit, summary */
  WABA_SUCCESS /* a positive word: {"success":true}, {"success":"true"} or a bare true */
};

enum { WABA_MAX_PARAMS = 4 };

/* A positional argument, named as Graph names it. */
struct waba_param {
  const char *name;
  enum waba_type type;
  enum waba_place place;
};

struct waba_op {
  const char *name; /* of the Lua method */
  enum waba_method method;
  const char *path; /* behind the version; {name} is a parameter */
  enum waba_shape shape;
  bool idempotent;    /* sending it twice leaves what sending it once leaves */
  const char *fields; /* asked for unless the caller names others; NULL where not a list */
  struct waba_param params[WABA_MAX_PARAMS + 1]; /* ends with a NULL name */
};

/* Sorted by name. */
extern const struct waba_op waba_ops[];
extern const size_t waba_op_count;

const char *waba_method_name(enum waba_method method);
static inline bool waba_op_writes(const struct waba_op *op) {
  return op->method != WABA_GET;
}

#endif
