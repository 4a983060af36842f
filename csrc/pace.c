/* SPDX-License-Identifier: MIT */
#include "pace.h"

#include <math.h>

enum { PACED = 50, ALONE = 75, TOP_WRITES = 90, TOP_READS = 95 }; /* percent used */
enum { WORTH = 10 }; /* percent used from which a usual cost is worth remembering */

/* Seconds. */
enum { MINUTE = 60, PROBE = 20, HOUR = 3600 };
static const double look_again = 0.25; /* where a reply is waited for */
static const double least = 0.001;     /* a smaller step may not move the clock on */

static const double replies = 2;     /* gaps after which no reply is waited for */
static const double raise = 1.0 / 8; /* of the way to a higher cost, per reading */
const double waba_pace_first_cost = 100.0 / 200;

static double smaller(double a, double b) {
  return a < b ? a : b;
}

static double larger(double a, double b) {
  return a > b ? a : b;
}

/* ---- whether a request may go ---------------------------------------------------------------- */

static double cost_of(const struct waba_facts *facts) {
  return facts->cost < 0 ? facts->first_cost : facts->cost;
}

double waba_pace_used(const struct waba_facts *facts) {
  if (facts->percent < 0 && facts->cost < 0) return -1;
  double cost = cost_of(facts), since = larger(facts->sent - facts->ticket, 0);
  double counted = cost * (facts->counted ? facts->hour : facts->sent);
  return facts->percent < 0 ? counted : larger(facts->percent + cost * since, counted);
}

/* A minute's requests drop out of the hour when the next one begins. */
static double until_next_minute(double now) {
  double left = MINUTE - (now - MINUTE * floor(now / MINUTE));
  return left > 0 ? left : MINUTE; /* also for what is no time */
}

static struct waba_turn pace(const struct waba_facts *facts, double used, bool writes, double now) {
  double top = writes ? TOP_WRITES : TOP_READS;
  if (!(used < top)) return (struct waba_turn){.wait = until_next_minute(now)};
  double gap = smaller(cost_of(facts) * MINUTE / (top - used), MINUTE);
  if (facts->next > now) return (struct waba_turn){.wait = smaller(facts->next - now, MINUTE)};
  if (used >= ALONE && facts->latest >= 0)
    return (struct waba_turn){.wait = smaller(look_again, gap)};
  if (gap <= least) return (struct waba_turn){.wait = 0};
  return (struct waba_turn){.paced = true, .gap = gap, .alone = replies * gap};
}

/* After throttled replies that stated no time: one request goes, to see. */
static void probe(const struct waba_facts *facts, struct waba_turn *turn) {
  if (facts->latest >= 0) {
    turn->wait = look_again;
  } else {
    turn->paced = true;
    turn->alone = larger(turn->alone, PROBE);
  }
}

/* The gate decides, whatever the clock says. */
double waba_pace_closed(const struct waba_facts *facts, double now) {
  return facts->closed ? larger(facts->gate - now, look_again) : 0;
}

bool waba_pace_turn(const struct waba_facts *facts, bool writes, double now,
                    struct waba_turn *turn) {
  *turn = (struct waba_turn){.wait = waba_pace_closed(facts, now)};
  if (turn->wait > 0) return true;
  double used = waba_pace_used(facts);
  if (!(used < PACED)) {
    if (!facts->counted) return false;
    *turn = pace(facts, used, writes, now);
  }
  if (turn->wait > 0) {
    turn->wait = larger(turn->wait, least);
  } else if (facts->strikes >= 0) {
    probe(facts, turn);
  }
  return true;
}

/* ---- what a reading says --------------------------------------------------------------------- */

/* What others spend makes our requests look dear, and few of ours after many of theirs very dear:
 * so the least that one costs is heeded only where caution pays, and in small steps. */
static double cost_after(const struct waba_facts *facts, double percent, bool bounded) {
  double cost = cost_of(facts);
  if (bounded && facts->settled > 0) cost = smaller(cost, (percent + 1) / facts->settled);
  if (percent < PACED || !(facts->hour > 0)) return cost;
  return cost + larger((percent - 1) / facts->hour - cost, 0) * raise;
}

bool waba_pace_note(const struct waba_facts *facts, struct waba_reading *reading) {
  bool first = facts->percent < 0;
  if (reading->ticket < 0) reading->ticket = facts->sent;
  /* Where `sent` began anew, what was known is older. */
  reading->overtaken = !first && facts->ticket > reading->ticket && facts->ticket <= facts->sent;
  if (reading->overtaken) return true;
  if (!first && reading->partial) reading->percent = larger(reading->percent, facts->percent);
  double percent = reading->percent;
  bool bounded = !reading->partial && cost_of(facts) * reading->ticket > percent + 1;
  if ((bounded || percent >= PACED) && !facts->counted) return false;
  double cost = cost_after(facts, percent, bounded);
  reading->cost = percent >= WORTH || cost != facts->first_cost ? cost : -1;
  reading->percent = ceil(percent);
  return true;
}

/* ---- throttled replies ----------------------------------------------------------------------- */

double waba_pace_park(double strikes) {
  double seconds = 1;
  for (double i = 0; i < strikes && seconds < HOUR; i++)
    seconds *= 2;
  return smaller(seconds, HOUR);
}

bool waba_pace_concerns_app(long long code) {
  return code == 4 || code == 17 || code == 341;
}
