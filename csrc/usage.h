/* SPDX-License-Identifier: MIT */
/* How much of a budget is used, as X-App-Usage and X-Business-Use-Case-Usage tell. They come with
 * every reply, so they are read where they stand: nothing is allocated, no table is made. Several
 * entries about one budget come down to one: the fullest meter and the longest wait. */
#ifndef WABA_USAGE_H
#define WABA_USAGE_H

#include "buf.h"

struct waba_usage {
  double percent; /* the fullest meter, 0 or more, may pass 100; negative: no meter was read */
  double regain;  /* seconds until Graph lets calls through again; 0: it does not say */
  bool partial;   /* a meter was missing or unreadable: there may be less left than it seems */
};

/* Nothing known. */
void waba_usage_init(struct waba_usage *usage);
/* Joins what another entry says about the same budget. */
void waba_usage_join(struct waba_usage *usage, const struct waba_usage *other);

/* What a header says of one budget: an entry, a list of them, or a bare meter such as 17%. false:
 * it is not JSON, and nothing of it is to be believed. */
bool waba_usage_read(struct waba_str header, struct waba_usage *usage);

/* Is told what a header says under one key; {NULL, 0} where there are entries without a key. */
typedef void waba_usage_fn(void *context, struct waba_str key, const struct waba_usage *usage);

/* What a header says of several budgets, each under its key. false: it is not JSON, and nothing
 * that was told is to be believed. */
bool waba_usage_read_keys(struct waba_str header, waba_usage_fn *tell, void *context);

#endif
