/* SPDX-License-Identifier: MIT */
/* The retry quota: how much a client may send again in all, so that a server in trouble meets fewer
 * requests and not more. 10,000 calls against a server that always fails send 35 extra requests,
 * not 30,000. */
#ifndef WABA_QUOTA_H
#define WABA_QUOTA_H

#include "error.h"

struct waba_quota {
  double left; /* starts full, at WABA_QUOTA_FULL */
};

enum {
  WABA_QUOTA_FULL = 500,
  WABA_QUOTA_COST = 14,          /* of a retry */
  WABA_QUOTA_COST_THROTTLED = 5, /* of a retry that the server has asked to come later */
  WABA_QUOTA_INCOME = 1          /* of a success at the first attempt */
};

void waba_quota_init(struct waba_quota *quota);
/* Takes the cost of a retry after a failure of this kind; answers it, or 0: there is not enough. */
double waba_quota_take(struct waba_quota *quota, enum waba_kind kind);
/* A success: gives back what its last retry took, or the income where it needed none. */
void waba_quota_give(struct waba_quota *quota, double taken);

#endif
