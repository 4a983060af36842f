/* SPDX-License-Identifier: MIT */
#include "pace.h"

enum { ALONE = 75, TOP_WRITES = 90, TOP_READS = 95 };

static const double horizon = 60;    /* seconds */
static const double raise = 1.0 / 8; /* of the way to a higher cost, per reading */
const double waba_pace_first_cost = 100.0 / 200;
const double waba_pace_paced = 50;

double waba_pace_used(const struct waba_meters *meters) {
  double counted = meters->cost * meters->sent;
  if (meters->reading < 0) return counted;
  double read = meters->reading + meters->cost * meters->since;
  return read > counted ? read : counted;
}

double waba_pace_at_most(double cost, double reading, double settled) {
  double most = settled > 0 ? (reading + 1) / settled : cost;
  return cost < most ? cost : most;
}

double waba_pace_at_least(double cost, double reading, double sent) {
  double least = sent > 0 ? (reading - 1) / sent : cost;
  /* Others may have spent it instead: then the next readings take it down again. */
  return cost < least ? cost + (least - cost) * raise : cost;
}

struct waba_pace waba_pace_decide(double used, double cost, bool writes) {
  double top = writes ? TOP_WRITES : TOP_READS;
  if (!(used < top)) return (struct waba_pace){.closed = true};
  if (used < waba_pace_paced) return (struct waba_pace){.gap = 0};
  double gap = cost * horizon / (top - used);
  return (struct waba_pace){.gap = gap < horizon ? gap : horizon, .alone = used >= ALONE};
}

double waba_pace_park(double strikes) {
  enum { HOUR = 3600 };
  double seconds = 1;
  for (double i = 0; i < strikes && seconds < HOUR; i++)
    seconds *= 2;
  return seconds < HOUR ? seconds : HOUR;
}

bool waba_pace_concerns_app(long long code) {
  return code == 4 || code == 17 || code == 341;
}
