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

/* The first are the caller's, passed in the order of the row; the others are filled in. */
enum waba_type {
  WABA_ID,         /* a string of digits */
  WABA_TASKS,      /* a list of task names, or one; sent as JSON array text */
  WABA_NAME,       /* words for people, UTF-8 */
  WABA_ROLE,       /* ADMIN or EMPLOYEE */
  WABA_SCOPES,     /* a list of permission names, or one; sent joined by commas */
  WABA_CURRENCY,   /* three capital letters */
  WABA_TOKEN,      /* an access token beside the client's own: never in a URL */
  WABA_EXPIRES,    /* the caller's option `expires`: sent, as true, only where it is true */
  WABA_APP_ID,     /* the client's app_id; without one the call is refused, as with the next two */
  WABA_APP_SECRET, /* its app_secret: never in a URL */
  WABA_PROOF       /* that it has an app_secret: the proof is in every request then */
};

enum waba_shape {
  WABA_LIST,    /* {"data":[..],"paging":{..}}: pages of items; takes fields, limit, summary */
  WABA_SUCCESS, /* a positive word: {"success":true}, {"success":"true"} or a bare true */
  WABA_OBJECT,  /* an object with op->key in it; takes fields, where the row has some */
  WABA_DATA,    /* {"data":{..}}: the object within */
  WABA_ANY      /* whatever is no error */
};

/* What sending it does, and so what may be done where its fate is unknown. */
enum waba_effect {
  WABA_READS,  /* nothing: it may be sent as often as need be */
  WABA_SETS,   /* a write; sent twice it leaves what it leaves sent once */
  WABA_CREATES /* a write; each time may make one more, so it is never sent again by itself */
};

enum { WABA_MAX_PARAMS = 5 };

/* Named as Graph names it. */
struct waba_param {
  const char *name;
  enum waba_type type;
  enum waba_place place;
};

struct waba_op {
  const char *name; /* of the Lua method */
  enum waba_method method;
  const char *path; /* behind the version; {name} is a parameter */
  enum waba_effect effect;
  enum waba_shape shape;
  const char *key; /* a field that tells success: of an object, and also of a success where set */
  const char *fields; /* asked for unless the caller names others; NULL where there is no choice */
  bool remembered;    /* a list that clients may remember, and take the option `refresh` for */
  const char *fixed;  /* of the body: what is the same in every call, encoded; NULL: nothing */
  const char *doubt;  /* of a write: how to find out what became of it; NULL of a read */
  struct waba_param params[WABA_MAX_PARAMS + 1]; /* ends with a NULL name */
};

/* Sorted by name. */
extern const struct waba_op waba_ops[];
extern const size_t waba_op_count;

const char *waba_method_name(enum waba_method method);
static inline bool waba_op_writes(const struct waba_op *op) {
  return op->effect != WABA_READS;
}
/* Whether a parameter is an argument of the Lua method. */
static inline bool waba_type_is_passed(enum waba_type type) {
  return type < WABA_EXPIRES;
}
/* The method of HTTP: what has a body goes as POST, with the operation's own method in it. */
enum waba_method waba_op_wire_method(const struct waba_op *op);

#endif
