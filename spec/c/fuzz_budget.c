/* SPDX-License-Identifier: MIT */
/* The usage headers as a budget learns from them, read as fuzz_reply.c reads replies. The input is
 * [how the account of the call is told][status][X-App-Usage, a newline, the other header]. */
#define FUZZ_SCRIPT "fuzz_budget.lua"
#include "fuzz_reply.c"
