/* SPDX-License-Identifier: MIT */
/* A client's settings, and the table of options they come from. */
#ifndef WABA_SETTINGS_H
#define WABA_SETTINGS_H

#include "auth.h"
#include "buf.h"
#include "check.h"
#include "quota.h"

#define WABA_VERSION "0.1.0"

struct waba_settings {
  struct waba_auth auth;  /* empty where the token comes from a function, call by call */
  struct waba_buf app_id; /* tells budgets apart; empty: there is one app only */
  struct waba_buf app_secret;
  struct waba_buf api_version;
  struct waba_buf base_url;   /* without a trailing slash */
  struct waba_buf user_agent; /* the whole header line */
  struct waba_buf ca_file;    /* empty: libcurl's own */
  struct waba_buf proxy;      /* empty: none, whatever the environment says */
  double timeout;             /* seconds, whole call: every attempt, wait and page */
  double attempt_timeout;     /* seconds, one request and its reply */
  double connect_timeout;     /* seconds, of which to connect */
  double max_attempts;        /* requests for one page, the first included; 0: as retry.h has it */
  struct waba_quota quota;    /* of all calls together */
  bool closed;
};

enum waba_option_type {
  WABA_OPTION_TEXT,
  WABA_OPTION_NUMBER,
  WABA_OPTION_WHOLE, /* a number without a fraction */
  WABA_OPTION_LUA    /* looked at by the Lua side only */
};

struct waba_option {
  const char *name;
  enum waba_option_type type;
  enum waba_rule rule;     /* of a text */
  double min, max;         /* of a number */
  const char *preset_text; /* the default; NULL: none */
  double preset_number;
  size_t offset; /* of the field in waba_settings; texts are waba_buf, numbers are double */
};

/* Sorted by name. */
extern const struct waba_option waba_options[];
extern const size_t waba_option_count;

/* All texts empty, all numbers 0. Allocates nothing. */
void waba_settings_init(struct waba_settings *settings);
/* Wipes and frees what is held and marks the settings closed. May be called again. */
void waba_settings_close(struct waba_settings *settings);

/* Sets one option. The value has been held against option->rule, or lies within min and max.
 * set_text: false when out of memory. */
bool waba_settings_set_text(struct waba_settings *settings, const struct waba_option *option,
                            struct waba_str value);
void waba_settings_set_number(struct waba_settings *settings, const struct waba_option *option,
                              double value);

#endif
