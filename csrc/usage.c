/* SPDX-License-Identifier: MIT */
#include "usage.h"

enum { MOST_PERCENT = 1000, MOST_MINUTES = 24 * 60 };

const char *const waba_meter_names[WABA_METER_NAMES] = {
    [WABA_CALL_COUNT] = "call_count",
    [WABA_TOTAL_CPUTIME] = "total_cputime",
    [WABA_TOTAL_TIME] = "total_time",
    [WABA_REGAIN] = "estimated_time_to_regain_access",
};

void waba_usage_init(struct waba_usage *usage) {
  *usage = (struct waba_usage){.percent = -1};
}

static double at_most(double value, double most) {
  return value < most ? value : most;
}

static double larger(double a, double b) {
  return a > b ? a : b;
}

void waba_usage_miss(struct waba_usage *usage, enum waba_meter_name name) {
  if (name != WABA_REGAIN) usage->partial = true;
}

void waba_usage_take(struct waba_usage *usage, enum waba_meter_name name, double value) {
  if (!(value >= 0)) { /* NaN too */
    waba_usage_miss(usage, name);
  } else if (name == WABA_REGAIN) { /* no header parks anybody for more than a day */
    usage->regain = larger(usage->regain, 60 * at_most(value, MOST_MINUTES));
  } else {
    usage->percent = larger(usage->percent, at_most(value, MOST_PERCENT));
  }
}

void waba_usage_take_bare(struct waba_usage *usage, double percent) {
  waba_usage_take(usage, WABA_CALL_COUNT, percent);
}

void waba_usage_join(struct waba_usage *usage, const struct waba_usage *other) {
  usage->percent = larger(usage->percent, other->percent);
  usage->regain = larger(usage->regain, other->regain);
  usage->partial = usage->partial || other->partial;
}

double waba_usage_number(struct waba_str text) {
  double value = 0, scale = 1;
  size_t digits = 0;
  bool fraction = false;
  if (text.len > 1 && text.ptr[text.len - 1] == '%') text.len--;
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i];
    if (c == '.' && !fraction && digits > 0) {
      fraction = true;
      continue;
    }
    if (c < '0' || c > '9' || ++digits > 15) return -1;
    value = value * 10 + (c - '0');
    if (fraction) scale *= 10;
  }
  return digits > 0 ? value / scale : -1;
}
