/* SPDX-License-Identifier: MIT */
/* How much of a budget is used, as one entry of X-App-Usage or X-Business-Use-Case-Usage tells.
 * Several entries about one budget come down to one: the fullest meter and the longest wait. */
#ifndef WABA_USAGE_H
#define WABA_USAGE_H

#include "buf.h"

struct waba_usage {
  double percent; /* the fullest meter, 0 or more, may pass 100; negative: no meter was read */
  double regain;  /* seconds until Graph lets calls through again; 0: it does not say */
  bool partial;   /* a meter was missing or unreadable: there may be less left than it seems */
};

enum waba_meter_name {
  WABA_CALL_COUNT,
  WABA_TOTAL_CPUTIME,
  WABA_TOTAL_TIME,
  WABA_REGAIN, /* estimated_time_to_regain_access, minutes */
  WABA_METER_NAMES
};

/* As Graph writes them. */
extern const char *const waba_meter_names[WABA_METER_NAMES];

/* Nothing known. */
void waba_usage_init(struct waba_usage *usage);
/* Takes one field of an entry in. A value that is no number from 0 up is not believed. */
void waba_usage_take(struct waba_usage *usage, enum waba_meter_name name, double value);
/* A meter was there and could not be read, or was not there. */
void waba_usage_miss(struct waba_usage *usage, enum waba_meter_name name);
/* A bare meter: "17%", as old versions of Graph send it. */
void waba_usage_take_bare(struct waba_usage *usage, double percent);
/* Joins what another entry says about the same budget. */
void waba_usage_join(struct waba_usage *usage, const struct waba_usage *other);

/* A number from text: "17", "17%", "9.67", nothing else. Negative: it is none. */
double waba_usage_number(struct waba_str text);

#endif
