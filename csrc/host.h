/* SPDX-License-Identifier: MIT */
/* The input rules of what leads to another machine: base_url and proxy. What they are, check.h
 * says. */
#ifndef WABA_HOST_H
#define WABA_HOST_H

#include "buf.h"

bool waba_is_base_url(struct waba_str text);
bool waba_is_proxy(struct waba_str text);

#endif
