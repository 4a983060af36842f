/* SPDX-License-Identifier: MIT */
/* Input rules. Everything a caller passes is held against one of these before anything is built
 * from it, so that no value can reach another path, add a header or end a line. */
#ifndef WABA_CHECK_H
#define WABA_CHECK_H

#include "buf.h"

enum waba_rule {
  WABA_RULE_ID,         /* of any Graph node: ^[1-9][0-9]{0,19}$ */
  WABA_RULE_TASK,       /* ^[A-Z][A-Z_]{0,63}$, known or not: Meta adds to them */
  WABA_RULE_VERSION,    /* ^v[0-9]+\.[0-9]+$ */
  WABA_RULE_TOKEN,      /* ^[A-Za-z0-9_|.-]+$ */
  WABA_RULE_SECRET,     /* printable ASCII without spaces */
  WABA_RULE_BASE_URL,   /* https://host[:port]; http:// for a loopback host */
  WABA_RULE_FIELDS,     /* Graph's field expansion: names, commas, dots, braces, parentheses */
  WABA_RULE_USER_AGENT, /* ^[A-Za-z0-9_-]+/[0-9.-]+$, as Meta's User-Agent rule ends */
  WABA_RULE_PROXY,      /* [scheme://][user:password@]host[:port], of a scheme libcurl knows */
  WABA_RULE_ROLE,       /* ADMIN or EMPLOYEE */
  WABA_RULE_SCOPES,     /* ^[a-z][a-z0-9_]*(,[a-z][a-z0-9_]*)*$ */
  WABA_RULE_CURRENCY,   /* ^[A-Z]{3}$ */
  WABA_RULE_NAME,       /* UTF-8 without control characters, up to 200 bytes */
  WABA_RULE_PATH,       /* segments of letters, digits and _ . - joined by /; none is . or .. */
  WABA_RULE_PARAM,      /* the name of a parameter: letters, digits and _ . -, a letter first */
  WABA_RULE_TEXT        /* printable bytes without NUL or control characters: paths */
};

/* NULL where value keeps the rule, else what it must be, to follow "must be ". Static text. */
const char *waba_check(enum waba_rule rule, struct waba_str value);

/* The user:password of a proxy, a secret; {NULL, 0} where there is none. */
struct waba_str waba_userinfo(struct waba_str proxy);
/* Whether a proxy is on this machine. */
bool waba_proxy_is_local(struct waba_str proxy);

#endif
