/* SPDX-License-Identifier: MIT */
#include "nearest.h"

enum { LONGEST_WORD = 64 };

/* Levenshtein's distance, one row at a time; a swap of neighbours counts as two. */
static size_t distance(struct waba_str a, struct waba_str b) {
  size_t row[LONGEST_WORD + 1];
  for (size_t j = 0; j <= b.len; j++)
    row[j] = j;
  for (size_t i = 1; i <= a.len; i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.len; j++) {
      size_t best = diagonal + (a.ptr[i - 1] != b.ptr[j - 1]);
      diagonal = row[j];
      if (row[j] + 1 < best) best = row[j] + 1;
      if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
      row[j] = best;
    }
  }
  return row[b.len];
}

const char *waba_nearest(struct waba_str word, const char *const *candidates, size_t count) {
  if (word.len == 0 || word.len > LONGEST_WORD) return NULL;
  const char *nearest = NULL;
  size_t least = (word.len + 2) / 3 + 1;
  for (size_t i = 0; i < count; i++) {
    struct waba_str candidate = waba_str(candidates[i]);
    if (candidate.len > LONGEST_WORD) continue;
    size_t edits = distance(word, candidate);
    if (edits >= least) continue;
    least = edits;
    nearest = candidates[i];
  }
  return nearest;
}
