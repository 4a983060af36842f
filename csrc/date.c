/* SPDX-License-Identifier: MIT */
#include "date.h"

#include "scan.h"

static const char pattern[] = "aaa, 00 aaa 0000 00:00:00 GMT"; /* a: a letter; 0: a digit */

static bool has_form(struct waba_str text) {
  if (text.len != sizeof pattern - 1) return false;
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i], wanted = pattern[i];
    bool fits = wanted == 'a'   ? is_alnum(c) && !is_digit(c)
                : wanted == '0' ? is_digit(c)
                                : c == wanted;
    if (!fits) return false;
  }
  return true;
}

static int number_at(struct waba_str text, size_t at, size_t len) {
  int value = 0;
  for (size_t i = at; i < at + len; i++)
    value = value * 10 + (text.ptr[i] - '0');
  return value;
}

/* 1 to 12; 0: it is none. */
static int month_at(struct waba_str text, size_t at) {
  static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  for (int i = 0; i < 12; i++)
    if (memcmp(text.ptr + at, names + 3 * (size_t)i, 3) == 0) return i + 1;
  return 0;
}

/* Days since 1 March of the year 0. A year that begins in March has its odd day at its end. */
static int days_of(int year, int month, int day) {
  if (month < 3) {
    year--;
    month += 12;
  }
  return 365 * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 + day - 1;
}

double waba_date(struct waba_str text) {
  if (!has_form(text)) return -1;
  int day = number_at(text, 5, 2), month = month_at(text, 8), year = number_at(text, 12, 4);
  int hour = number_at(text, 17, 2), minute = number_at(text, 20, 2);
  int second = number_at(text, 23, 2);
  bool sound = year > 0 && month > 0 && day > 0 && day <= 31 && hour < 24 && minute < 60 &&
               second <= 60; /* a leap second */
  if (!sound) return -1;
  return 86400.0 * days_of(year, month, day) + 3600 * hour + 60 * minute + second;
}
