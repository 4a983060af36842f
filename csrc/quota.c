/* SPDX-License-Identifier: MIT */
#include "quota.h"

void waba_quota_init(struct waba_quota *quota) {
  quota->left = WABA_QUOTA_FULL;
}

double waba_quota_take(struct waba_quota *quota, enum waba_kind kind) {
  double cost = kind == WABA_KIND_THROTTLED ? WABA_QUOTA_COST_THROTTLED : WABA_QUOTA_COST;
  if (cost > quota->left) return 0;
  quota->left -= cost;
  return cost;
}

void waba_quota_give(struct waba_quota *quota, double taken) {
  quota->left += taken > 0 ? taken : WABA_QUOTA_INCOME;
  if (quota->left > WABA_QUOTA_FULL) quota->left = WABA_QUOTA_FULL;
}
