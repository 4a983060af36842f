/* SPDX-License-Identifier: MIT */
/* What was read from one reply: the facts that the call decides on. The JSON itself stays with
 * whoever read it. */
#ifndef WABA_REPLY_H
#define WABA_REPLY_H

#include "buf.h"

/* A truth value that may be missing. */
enum waba_answer { WABA_UNSAID, WABA_NO, WABA_YES };

/* A code that was not given: 0 is one of Graph's. */
enum { WABA_NO_CODE = -1 };

/* The texts of an error, in the reply and in the error made of it. */
enum waba_text {
  WABA_TEXT_MESSAGE,
  WABA_TEXT_TYPE,
  WABA_TEXT_TITLE,
  WABA_TEXT_USER_MESSAGE,
  WABA_TEXT_FBTRACE_ID,
  WABA_TEXT_COUNT
};

struct waba_reply {
  int status; /* HTTP */
  bool is_json;
  bool has_error;             /* an error envelope, of whichever shape */
  long long code;             /* Graph's; WABA_NO_CODE where absent */
  long long subcode;          /* ditto */
  enum waba_answer transient; /* is_transient */
  enum waba_answer success;   /* {"success":..} or a bare boolean */
  bool fits;                  /* the value has what the operation's shape asks for */
  bool has_next;              /* "paging"."next" is there: more pages */
  struct waba_str after;      /* the cursor to go on from; {NULL, 0} where absent */
  double retry_after;         /* seconds, from the header; negative where absent */
  double regain; /* seconds until the budget is open again, say the usage headers; 0: they do not */
  struct waba_str texts[WABA_TEXT_COUNT]; /* {NULL, 0} where absent */
};

#endif
