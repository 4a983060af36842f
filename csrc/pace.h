/* SPDX-License-Identifier: MIT */
/* Pacing: when the next request may draw on a budget. Pure functions of what is known.
 *
 * Graph counts the calls of the last hour and refuses all of them at 100 %. How many a budget holds
 * it does not say (200 or 5,000 for an account), only how full it is, in whole percents, a while
 * late, and not on every reply. So two things are kept for every budget: how many requests we have
 * sent in the last hour, and what one of them costs.
 *
 *   used = the larger of   reading + cost * (requests sent after the one that brought it)
 *                    and   cost * (requests we have sent in the last hour)
 *
 * The first sees what others spend, the second does not wait for replies. The cost starts at the
 * smallest budget that Meta documents for an account, and at nothing for the app, whose size is
 * documented nowhere; each reading then proves a range for it, and it is kept within:
 *
 *   (reading - 1) / sent  <=  cost  <=  (reading + 1) / settled
 *
 * where `settled` were sent one to 58 minutes ago: a reading surely counts them, even one that is a
 * minute late. The left side holds only where nobody else spends, and a few requests of ours would
 * look dear after many of others; so it is heeded only from 50 % on, where caution pays. Then
 *
 *   used    below 50    go
 *           50 to 75    one request every cost * 60 s / (top - used): a minute would use up most of
 *                       what is left, so that used nears the top and never reaches it
 *           75 to 90    likewise, and one in flight, unless its reply takes two such gaps: it would
 *                       set the pace then
 *           90 to 95    likewise, and reads only, which is what verifies a write
 *           95 and up   nothing
 *
 * with the top at 95 for reads and 90 for writes. Apart from that, a budget that Graph says is used
 * up is closed until the minute it states. A budget without readings is not paced at all.        */
#ifndef WABA_PACE_H
#define WABA_PACE_H

#include <stdbool.h>

/* What is known of one budget now, wherever it is kept. */
struct waba_facts {
  double first_cost; /* percent that a request is taken to cost before anything is known */
  double sent;       /* requests so far */
  bool counted;      /* the next two are known; to count them may be dear */
  double hour;       /* requests of the last hour */
  double settled;    /* of those, the ones that a reading surely counts */
  double percent;    /* the latest reading; negative: none, or too old */
  double ticket;     /* and what `sent` was for the request that brought it */
  double cost;       /* percent that a request costs; negative: not known */
  bool closed;       /* until `gate`, whatever time it is here */
  double gate;       /* seconds, as `now` */
  double next;       /* paced: when the next request may go; 0: at once */
  double latest;     /* paced: what `sent` was for one without reply; negative: there is none */
  double strikes;    /* throttled replies in a row that stated no time; negative: none */
};

/* Percent that is used, as far as it is known; negative: it is not. */
double waba_pace_used(const struct waba_facts *facts);

/* Seconds until its gate opens; 0: it is open. */
double waba_pace_closed(const struct waba_facts *facts, double now);

/* Whether a request may go, as far as this budget is concerned. */
struct waba_turn {
  double wait;  /* seconds until that is to be asked again; 0: it may go now */
  bool paced;   /* what follows holds: it is one of those that keep apart */
  double gap;   /* seconds to leave after it */
  double alone; /* seconds after it in which none may go alone, unless its reply has come */
};

/* false: the requests of the last hour must be counted for this. */
bool waba_pace_turn(const struct waba_facts *facts, bool writes, double now,
                    struct waba_turn *turn);

/* A reading, and what is remembered of it. */
struct waba_reading {
  double percent; /* as told, 0 or more; to be remembered: a whole number */
  bool partial;   /* there may be less left than it says */
  double ticket;  /* what `sent` was for its request; negative: not known, as it is now */
  bool overtaken; /* a later one is known: this one says nothing */
  double cost;    /* what a request costs now; negative: that goes without saying */
};

/* Works out the last two, and makes the others what is to be remembered; rather too much used than
 * too little. false: the requests of the last hour must be counted for this. */
bool waba_pace_note(const struct waba_facts *facts, struct waba_reading *reading);

/* Seconds to close a budget after a throttled reply that stated no time: one, doubled with every
 * strike before this one, up to an hour. */
double waba_pace_park(double strikes);
/* Whether this code of Graph's is about the app or the token, rather than one account. */
bool waba_pace_concerns_app(long long code);

/* How long what is known of a budget counts. */
enum {
  WABA_PACE_WINDOW = 61,        /* minutes: an hour, and one in which a request may be on its way */
  WABA_PACE_SETTLED = 58,       /* minutes of it, without the latest, that every reading counts */
  WABA_PACE_FRESH = 60,         /* seconds: a reading */
  WABA_PACE_KEPT = 63 * 60,     /* seconds: what a request costs */
  WABA_PACE_STRIKES = 2 * 3600, /* seconds: throttled replies that stated no time */
  WABA_PACE_FEW = 4             /* requests that are taken for new, however long ago they went */
};

/* Percent that one request to an account costs, before anything is known: one of 200. */
extern const double waba_pace_first_cost;

#endif
