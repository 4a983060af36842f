/* SPDX-License-Identifier: MIT */
/* The usage headers: whatever they hold, what is told is in bounds, and nothing is read past them.
 */
#include "fuzz.h"
#include "usage.h"

static void keeps_bounds(const struct waba_usage *usage) {
  NEVER(!(usage->percent == -1 || (usage->percent >= 0 && usage->percent <= 1000)));
  NEVER(!(usage->regain >= 0 && usage->regain <= 86400));
}

static void on_key(void *context, struct waba_str key, const struct waba_usage *usage) {
  const struct waba_str *header = context;
  NEVER(key.ptr && (key.ptr < header->ptr || key.ptr + key.len > header->ptr + header->len));
  keeps_bounds(usage);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct waba_usage usage;
  char *text = malloc(size + 1); /* a copy of just that size: the sanitizer guards its end */
  if (size > 0) memcpy(text, data, size);
  text = realloc(text, size > 0 ? size : 1);
  struct waba_str header = {text, size};
  if (waba_usage_read(header, &usage)) keeps_bounds(&usage);
  waba_usage_read_keys(header, on_key, &header);
  free(text);
  return 0;
}
