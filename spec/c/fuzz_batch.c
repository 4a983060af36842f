/* SPDX-License-Identifier: MIT */
/* The reader of a batch's reply, as fuzz_reply.c reads a single one. The input is
 * [which items write][status][headers, a line each, an empty line][body]. */
#define FUZZ_SCRIPT "fuzz_batch.lua"
#include "fuzz_reply.c"
