/* SPDX-License-Identifier: MIT */
/* libcurl's easy interface, wrapped at link time (-Wl,--wrap=...): what is set on a handle is
 * remembered, and no transfer ever happens. curl_easy_perform answers what the test says, after
 * calling the callbacks that were set, as libcurl would. */
#ifndef WABA_SPEC_CURL_SPY_H
#define WABA_SPEC_CURL_SPY_H

#include <curl/curl.h>
#include <stdbool.h>

#include "curl_easy.h"

enum { SPY_TEXT = 512, SPY_OPTIONS = 400 };

struct spy_option {
  CURLoption option;
  unsigned times; /* set, the last time included */
  long number;    /* of a long; or of a curl_off_t */
  void *pointer;  /* of a string, an object */
  void (*function)(void);
  char text[SPY_TEXT]; /* a copy, where a string was given */
};

struct spy {
  /* What to do. */
  bool init_fails;
  unsigned setopt_fails_at; /* counted from 1; 0: never */
  CURLcode setopt_code;
  bool global_fails;
  CURLcode perform_code;
  unsigned sends; /* times the prerequisite callback is called */
  long status;
  long left; /* bytes of the request that have gone out, as libcurl counts them; 1 by default */
  const char *reply;    /* of a transfer that succeeds: its body */
  void (*during)(void); /* called within the transfer */
  /* What was done. */
  unsigned inits, setopts, performs, cleanups, refusals;
  char headers[8][SPY_TEXT]; /* as they stood at the transfer */
  unsigned header_count;
  struct spy_option options[SPY_OPTIONS];
  unsigned option_count;
  struct spy_option at_perform[SPY_OPTIONS];
  unsigned at_perform_count;
};

extern struct spy spy;

/* Begins anew; what is set on the handle stays, until another is made. */
void spy_reset(void);
/* The option as it stood when the transfer began, or NULL where it was never set. */
const struct spy_option *spy_at_perform(CURLoption option);
/* The option as it stands now, or NULL. */
const struct spy_option *spy_now(CURLoption option);

/* A client and a call, without Lua. */
struct fixture {
  struct waba_settings settings;
  struct waba_easy easy;
  struct waba_call call;
};

#define FIXTURE_TOKEN "EAAcanarycanarycanarycanary0123456789"

/* The settings at their defaults, with a token. */
void fixture_open(struct fixture *fixture);
bool fixture_text(struct fixture *fixture, const char *option, const char *value);
void fixture_number(struct fixture *fixture, const char *option, double value);
/* A call of the operation, stepped until it is SENDING. */
void fixture_call(struct fixture *fixture, const char *operation);
void fixture_close(struct fixture *fixture);

#endif
