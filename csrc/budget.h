/* SPDX-License-Identifier: MIT */
/* What is remembered of one budget, an account's or the app's: the requests that were sent, and
 * what Graph has told. When to wait is decided in pace.h. Times are seconds on the caller's clock,
 * as which any numbers will do. */
#ifndef WABA_BUDGET_H
#define WABA_BUDGET_H

#include <stdbool.h>

/* Something that counts until its time is over. All zeroes: not there. */
struct waba_fact {
  double value;
  double until;
};

bool waba_fact_holds(const struct waba_fact *fact, double now);

/* What only a budget has that was used more than a little. */
struct waba_busy;

/* All zeroes is a budget of which nothing is known. */
struct waba_budget {
  double sent;              /* requests so far */
  struct waba_fact reading; /* percent, */
  double ticket;            /* and what `sent` was for the request that brought it */
  struct waba_busy *busy;   /* NULL: nothing of it is known */
};

struct waba_busy {
  double gate;              /* closed until then */
  double next;              /* paced: the next request goes no earlier */
  struct waba_fact cost;    /* percent that a request takes */
  struct waba_fact latest;  /* paced: what `sent` was for a request that has no reply yet */
  struct waba_fact strikes; /* throttled replies in a row that stated no time */
  double struck;            /* what `sent` was at the latest of them */
  struct waba_marks *marks; /* what `sent` was, minute by minute; NULL: few were sent */
};

/* Frees; afterwards nothing is known of it. */
void waba_budget_clear(struct waba_budget *budget);
/* To read from: all zeroes, where nothing is known. */
const struct waba_busy *waba_budget_busy(const struct waba_budget *budget);
/* To write to. NULL: out of memory. */
struct waba_busy *waba_budget_make_busy(struct waba_budget *budget);

/* Surely too little is used to wait, even if all that was ever sent still counted. first_cost: what
 * a request is taken to cost before anything is known. */
bool waba_budget_is_calm(const struct waba_budget *budget, double first_cost, double now);

/* Counts a request that is about to go. false: out of memory, and it was not counted. */
bool waba_budget_count(struct waba_budget *budget, double now);
/* Requests of the last hour, and of the minute more that one may take to reach Graph. Rather too
 * many than too few. */
double waba_budget_hour(const struct waba_budget *budget, double now);
/* Requests that a reading surely counts, also one that is a minute late. */
double waba_budget_settled(const struct waba_budget *budget, double now);

#endif
