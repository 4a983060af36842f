/* SPDX-License-Identifier: MIT */
#include "budget.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

enum { RING = 64 }; /* minutes: more than a window has */

struct waba_marks {
  int64_t minute;    /* the newest */
  double sent[RING]; /* before each of the minutes up to that one; at minute % RING */
};

void waba_budget_clear(struct waba_budget *budget) {
  if (budget->busy) free(budget->busy->marks);
  free(budget->busy);
  *budget = (struct waba_budget){0};
}

/* To read from: all zeroes, where nothing is known. */
static const struct waba_busy *look(const struct waba_budget *budget) {
  static const struct waba_busy nothing;
  return budget->busy ? budget->busy : &nothing;
}

/* To write to. NULL: out of memory. */
static struct waba_busy *make_busy(struct waba_budget *budget) {
  if (!budget->busy) budget->busy = calloc(1, sizeof *budget->busy);
  return budget->busy;
}

/* ---- requests, minute by minute -------------------------------------------------------------- */

static int64_t minute_of(double now) {
  return fabs(now) < 1e15 ? (int64_t)floor(now / 60) : 0; /* NaN is not */
}

static double *mark_at(struct waba_marks *marks, int64_t minute) {
  return &marks->sent[(uint64_t)minute % RING];
}

/* Marks the minutes since the newest one that has a mark: nothing went meanwhile. Where the clock
 * went back by more than is remembered, it begins anew. */
static void mark(struct waba_marks *marks, int64_t minute, double sent) {
  if (minute - marks->minute > RING || marks->minute - minute > RING) marks->minute = minute - RING;
  while (marks->minute < minute)
    *mark_at(marks, ++marks->minute) = sent;
}

static bool make_marks(struct waba_budget *budget, int64_t minute) {
  struct waba_busy *busy = make_busy(budget);
  if (busy) busy->marks = calloc(1, sizeof *busy->marks); /* the few are of its first minute */
  if (!busy || !busy->marks) return false;
  busy->marks->minute = minute;
  return true;
}

static bool count(struct waba_budget *budget, double now) {
  bool marked = budget->busy && budget->busy->marks;
  if (!marked && budget->sent >= WABA_PACE_FEW) marked = make_marks(budget, minute_of(now));
  if (!marked && budget->sent >= WABA_PACE_FEW) return false;
  if (marked) mark(budget->busy->marks, minute_of(now), budget->sent);
  budget->sent++;
  return true;
}

/* What `sent` was when a minute began. */
static double sent_at(const struct waba_budget *budget, int64_t minute) {
  struct waba_marks *marks = look(budget)->marks;
  if (!marks) return 0;
  if (minute > marks->minute) return budget->sent > WABA_PACE_FEW ? budget->sent : 0;
  int64_t oldest = marks->minute - RING + 1;
  return *mark_at(marks, minute < oldest ? oldest : minute);
}

/* Of the hour, and of the minute more that one may take to reach Graph. Rather too many than too
 * few. */
static double last_hour(const struct waba_budget *budget, double now) {
  if (budget->sent <= WABA_PACE_FEW) return budget->sent;
  return fmax(budget->sent - sent_at(budget, minute_of(now) - WABA_PACE_WINDOW), 0);
}

/* Also a reading that is a minute late counts these. */
static double settled(const struct waba_budget *budget, double now) {
  int64_t minute = minute_of(now);
  return fmax(sent_at(budget, minute - 1) - sent_at(budget, minute - WABA_PACE_SETTLED), 0);
}

/* ---- what is known --------------------------------------------------------------------------- */

static bool holds(struct waba_fact fact, double now) {
  return fact.until > now;
}

static double value_of(struct waba_fact fact, double now) {
  return holds(fact, now) ? fact.value : -1;
}

struct waba_facts waba_budget_facts(const struct waba_budget *budget, double first_cost,
                                    double now) {
  const struct waba_busy *busy = look(budget);
  return (struct waba_facts){
      .first_cost = first_cost,
      .sent = budget->sent,
      .counted = true,
      .hour = last_hour(budget, now),
      .settled = settled(budget, now),
      .percent = value_of(budget->reading, now),
      .ticket = budget->ticket,
      .cost = value_of(busy->cost, now),
      .closed = busy->gate > now,
      .gate = busy->gate,
      .next = busy->next,
      .latest = value_of(busy->latest, now),
      .strikes = value_of(busy->strikes, now),
  };
}

bool waba_budget_is_told(const struct waba_budget *budget, double now) {
  const struct waba_busy *busy = look(budget);
  return busy->gate > now || holds(busy->cost, now) || holds(budget->reading, now);
}

/* ---- what happens ---------------------------------------------------------------------------- */

bool waba_budget_take(struct waba_budget *budget, const struct waba_turn *turn, double now) {
  if (turn->paced && !make_busy(budget)) return false;
  if (!count(budget, now)) return false;
  if (!turn->paced) return true;
  if (turn->gap > 0) budget->busy->next = now + turn->gap;
  budget->busy->latest = (struct waba_fact){budget->sent, now + turn->alone};
  return true;
}

void waba_budget_take_back(struct waba_budget *budget) {
  if (budget->sent > 0) budget->sent--;
}

void waba_budget_replied(struct waba_budget *budget, double ticket) {
  struct waba_busy *busy = budget->busy;
  if (busy && busy->latest.value == ticket) busy->latest.until = 0;
}

bool waba_budget_read(struct waba_budget *budget, const struct waba_reading *reading, double now) {
  if (reading->cost >= 0) {
    if (!make_busy(budget)) return false;
    budget->busy->cost = (struct waba_fact){reading->cost, now + WABA_PACE_KEPT};
  }
  budget->reading = (struct waba_fact){reading->percent, now + WABA_PACE_FRESH};
  budget->ticket = reading->ticket;
  return true;
}

bool waba_budget_close(struct waba_budget *budget, double until) {
  struct waba_busy *busy = make_busy(budget);
  if (busy && busy->gate < until) busy->gate = until;
  return busy != NULL;
}

/* Where requests were taken back since, `sent` was more then than those after it can have. */
static double struck_at(const struct waba_budget *budget) {
  return budget->busy->struck <= budget->sent ? budget->busy->struck : 0;
}

bool waba_budget_strike(struct waba_budget *budget, double ticket, double now) {
  struct waba_busy *busy = make_busy(budget);
  if (!busy) return false;
  if (!holds(busy->strikes, now)) {
    busy->strikes.value = 0;
  } else if (ticket <= struck_at(budget)) {
    return true;
  }
  busy->strikes.until = now + WABA_PACE_STRIKES;
  busy->struck = budget->sent;
  return waba_budget_close(budget, now + waba_pace_park(busy->strikes.value++));
}

void waba_budget_forgive(struct waba_budget *budget, double ticket) {
  if (budget->busy && ticket > struck_at(budget)) budget->busy->strikes.until = 0;
}
