/* SPDX-License-Identifier: MIT */
/* The dates of HTTP headers. */
#ifndef WABA_DATE_H
#define WABA_DATE_H

#include "buf.h"

/* Seconds since a day long past, of a date as servers must write it, "Wed, 21 Oct 2026 07:28:00
 * GMT"; negative: it is none. For the difference between two: there is no clock here. */
double waba_date(struct waba_str text);

#endif
