/* SPDX-License-Identifier: MIT */
/* What is remembered of one budget, an account's or the app's: the requests that were sent, and
 * what Graph has told. When to wait is decided in pace.h. Times are seconds on the caller's clock,
 * which never shows less than 0. */
#ifndef WABA_BUDGET_H
#define WABA_BUDGET_H

#include <stdbool.h>

#include "pace.h"

/* Something that counts until its time is over. All zeroes: not there. */
struct waba_fact {
  double value;
  double until;
};

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

/* What is known of it. first_cost: see waba_facts. */
struct waba_facts waba_budget_facts(const struct waba_budget *budget, double first_cost,
                                    double now);
/* Graph has told something of it that still counts. */
bool waba_budget_is_told(const struct waba_budget *budget, double now);

/* In all of these false is: out of memory, and nothing changed. A request's ticket is what `sent`
 * was once it was counted. */

/* Counts a request that goes now, and paces those after it where `turn` says so. */
bool waba_budget_take(struct waba_budget *budget, const struct waba_turn *turn, double now);
/* Takes back a request that was counted and has not gone. */
void waba_budget_take_back(struct waba_budget *budget);
/* The reply to that request has come. */
void waba_budget_replied(struct waba_budget *budget, double ticket);
/* Remembers a reading, as waba_pace_note made it. */
bool waba_budget_read(struct waba_budget *budget, const struct waba_reading *reading, double now);
/* Closes it until then, unless it is closed for longer. */
bool waba_budget_close(struct waba_budget *budget, double until);
/* That request's reply was throttled and stated no time: closes it for as long as is due, unless
 * the request went before another such reply. */
bool waba_budget_strike(struct waba_budget *budget, double ticket, double now);
/* That request's reply shows that there is budget left, unless it went before a throttled one. */
void waba_budget_forgive(struct waba_budget *budget, double ticket);

#endif
