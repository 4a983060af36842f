/* SPDX-License-Identifier: MIT */
#include "ledger.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BUCKETS = 16 };

void waba_ledger_init(struct waba_ledger *ledger, size_t busy, size_t calm) {
  *ledger = (struct waba_ledger){.busy.most = busy, .calm.most = calm};
}

/* ---- rows in the order of use ---------------------------------------------------------------- */

static void unlink_row(struct waba_row *row) {
  struct waba_rows *rows = row->rows;
  *(row->newer ? &row->newer->older : &rows->newest) = row->older;
  *(row->older ? &row->older->newer : &rows->oldest) = row->newer;
  rows->count--;
}

static void link_newest(struct waba_rows *rows, struct waba_row *row) {
  row->rows = rows;
  row->newer = NULL;
  row->older = rows->newest;
  *(rows->newest ? &rows->newest->newer : &rows->oldest) = row;
  rows->newest = row;
  rows->count++;
}

static void free_row(struct waba_row *row) {
  unlink_row(row);
  waba_budget_clear(&row->budget);
  free(row);
}

void waba_ledger_clear(struct waba_ledger *ledger) {
  while (ledger->busy.newest)
    free_row(ledger->busy.newest);
  while (ledger->calm.newest)
    free_row(ledger->calm.newest);
  free(ledger->buckets);
  waba_ledger_init(ledger, ledger->busy.most, ledger->calm.most);
}

/* ---- buckets --------------------------------------------------------------------------------- */

static struct waba_str id_of(const struct waba_row *row) {
  return (struct waba_str){row->id, row->id_len};
}

static struct waba_row **bucket_of(const struct waba_ledger *ledger, struct waba_str id) {
  uint64_t hash = waba_str_hash(id);
  return &ledger->buckets[(hash ^ hash >> 32) & (ledger->bucket_count - 1)];
}

static void put_in_bucket(struct waba_ledger *ledger, struct waba_row *row) {
  struct waba_row **bucket = bucket_of(ledger, id_of(row));
  row->next = *bucket;
  *bucket = row;
}

static void take_from_bucket(struct waba_ledger *ledger, struct waba_row *row) {
  struct waba_row **at = bucket_of(ledger, id_of(row));
  while (*at != row)
    at = &(*at)->next;
  *at = row->next;
}

/* A bucket for every row, on average. */
static bool grow(struct waba_ledger *ledger) {
  if (ledger->busy.count + ledger->calm.count < ledger->bucket_count) return true;
  size_t count = ledger->buckets ? 2 * ledger->bucket_count : FIRST_BUCKETS;
  struct waba_row **buckets = calloc(count, sizeof *buckets);
  if (!buckets) return false;
  free(ledger->buckets);
  ledger->buckets = buckets;
  ledger->bucket_count = count;
  for (struct waba_row *row = ledger->busy.newest; row; row = row->older)
    put_in_bucket(ledger, row);
  for (struct waba_row *row = ledger->calm.newest; row; row = row->older)
    put_in_bucket(ledger, row);
  return true;
}

/* Where a row should stand: it may have become busy since it was used last. */
static struct waba_rows *rows_of(struct waba_ledger *ledger, const struct waba_row *row) {
  return row->budget.busy ? &ledger->busy : &ledger->calm;
}

static void use(struct waba_ledger *ledger, struct waba_row *row) {
  struct waba_rows *rows = rows_of(ledger, row);
  if (row == rows->newest) return;
  unlink_row(row);
  link_newest(rows, row);
}

static void make_room(struct waba_ledger *ledger, struct waba_rows *rows) {
  while (rows->count >= rows->most) {
    struct waba_row *row = rows->oldest;
    if (rows_of(ledger, row) != rows) {
      use(ledger, row);
    } else {
      take_from_bucket(ledger, row);
      free_row(row);
    }
  }
}

/* ---- budgets --------------------------------------------------------------------------------- */

static struct waba_row *find(const struct waba_ledger *ledger, struct waba_str id) {
  struct waba_row *row = ledger->buckets ? *bucket_of(ledger, id) : NULL;
  while (row && !waba_str_equal(id_of(row), id))
    row = row->next;
  return row;
}

struct waba_budget *waba_ledger_find(const struct waba_ledger *ledger, struct waba_str id) {
  struct waba_row *row = find(ledger, id);
  return row ? &row->budget : NULL;
}

struct waba_budget *waba_ledger_make(struct waba_ledger *ledger, struct waba_str id) {
  struct waba_row *row = find(ledger, id);
  if (row) {
    use(ledger, row);
    return &row->budget;
  }
  make_room(ledger, &ledger->calm);
  make_room(ledger, &ledger->busy);
  row = grow(ledger) ? calloc(1, sizeof *row + id.len) : NULL;
  if (!row) return NULL;
  row->id_len = id.len;
  memcpy(row->id, id.ptr, id.len);
  put_in_bucket(ledger, row);
  link_newest(&ledger->calm, row);
  return &row->budget;
}
