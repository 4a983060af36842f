/* SPDX-License-Identifier: MIT */
/* Budgets by the id of their account, as many as were used last: up to a bound of those that are
 * busy, and up to another of the rest, which push none of the busy ones out. */
#ifndef WABA_LEDGER_H
#define WABA_LEDGER_H

#include <stddef.h>

#include "budget.h"
#include "buf.h"

struct waba_row {
  struct waba_budget budget;
  struct waba_rows *rows;         /* where it stands */
  struct waba_row *newer, *older; /* there, in the order of use */
  struct waba_row *next;          /* of the same bucket */
  size_t id_len;
  char id[];
};

struct waba_rows {
  struct waba_row *newest, *oldest;
  size_t count, most;
};

struct waba_ledger {
  struct waba_rows calm, busy;
  struct waba_row **buckets; /* bucket_count of them, a power of 2; NULL: none yet */
  size_t bucket_count;
};

/* An empty one, for so many budgets that are busy, and that are not, 1 or more each. Allocates
 * nothing. */
void waba_ledger_init(struct waba_ledger *ledger, size_t busy, size_t calm);
void waba_ledger_clear(struct waba_ledger *ledger);

/* The budget of an id; valid until the next is made. NULL: nothing is known of it. */
struct waba_budget *waba_ledger_find(const struct waba_ledger *ledger, struct waba_str id);
/* The same, which counts as used now, made where there is none; those that were not used for
 * longest make room. NULL: out of memory. */
struct waba_budget *waba_ledger_make(struct waba_ledger *ledger, struct waba_str id);

#endif
