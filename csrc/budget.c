/* SPDX-License-Identifier: MIT */
#include "budget.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "pace.h"

enum { RING = 64 }; /* minutes: more than a window has */

struct waba_marks {
  int64_t minute;    /* the newest */
  double sent[RING]; /* before each of the minutes up to that one; at minute % RING */
};

bool waba_fact_holds(const struct waba_fact *fact, double now) {
  return fact->until > now;
}

void waba_budget_clear(struct waba_budget *budget) {
  if (budget->busy) free(budget->busy->marks);
  free(budget->busy);
  *budget = (struct waba_budget){0};
}

const struct waba_busy *waba_budget_busy(const struct waba_budget *budget) {
  static const struct waba_busy nothing;
  return budget->busy ? budget->busy : &nothing;
}

struct waba_busy *waba_budget_make_busy(struct waba_budget *budget) {
  if (!budget->busy) budget->busy = calloc(1, sizeof *budget->busy);
  return budget->busy;
}

bool waba_budget_is_calm(const struct waba_budget *budget, double first_cost, double now) {
  const struct waba_busy *busy = waba_budget_busy(budget);
  bool read = waba_fact_holds(&budget->reading, now), priced = waba_fact_holds(&busy->cost, now);
  if (busy->gate > now || waba_fact_holds(&busy->strikes, now)) return false;
  struct waba_meters most = {
      .reading = read ? budget->reading.value : -1,
      .since = read && budget->sent > budget->ticket ? budget->sent - budget->ticket : 0,
      .sent = budget->sent,
      .cost = priced ? busy->cost.value : first_cost,
  };
  return !(read || priced) || waba_pace_used(&most) < waba_pace_paced;
}

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
  struct waba_busy *busy = waba_budget_make_busy(budget);
  if (busy) busy->marks = calloc(1, sizeof *busy->marks); /* the few are of its first minute */
  if (!busy || !busy->marks) return false;
  busy->marks->minute = minute;
  return true;
}

bool waba_budget_count(struct waba_budget *budget, double now) {
  bool marked = budget->busy && budget->busy->marks;
  if (!marked && budget->sent >= WABA_PACE_FEW) marked = make_marks(budget, minute_of(now));
  if (!marked && budget->sent >= WABA_PACE_FEW) return false;
  if (marked) mark(budget->busy->marks, minute_of(now), budget->sent);
  budget->sent++;
  return true;
}

/* What `sent` was when a minute began. */
static double sent_at(const struct waba_budget *budget, int64_t minute) {
  struct waba_marks *marks = waba_budget_busy(budget)->marks;
  if (!marks) return 0;
  if (minute > marks->minute) return budget->sent > WABA_PACE_FEW ? budget->sent : 0;
  int64_t oldest = marks->minute - RING + 1;
  return *mark_at(marks, minute < oldest ? oldest : minute);
}

double waba_budget_hour(const struct waba_budget *budget, double now) {
  if (budget->sent <= WABA_PACE_FEW) return budget->sent;
  double hour = budget->sent - sent_at(budget, minute_of(now) - WABA_PACE_WINDOW);
  return hour > 0 ? hour : 0;
}

double waba_budget_settled(const struct waba_budget *budget, double now) {
  int64_t minute = minute_of(now);
  double settled = sent_at(budget, minute - 1) - sent_at(budget, minute - WABA_PACE_SETTLED);
  return settled > 0 ? settled : 0;
}
