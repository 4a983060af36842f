/* SPDX-License-Identifier: MIT */
/* Runs another program, without a shell, and reads what it prints. */
#ifndef WABA_POSIX_COMMAND_H
#define WABA_POSIX_COMMAND_H

#include "buf.h"

enum waba_command_end {
  WABA_COMMAND_DONE,        /* it ended with status 0; all its output is in the buffer */
  WABA_COMMAND_NOT_STARTED, /* detail: errno */
  WABA_COMMAND_STATUS,      /* detail: its exit status, not 0 */
  WABA_COMMAND_SIGNAL,      /* detail: the signal that ended it */
  WABA_COMMAND_TIMEOUT,     /* it was still running at the end of its time, and has been killed */
  WABA_COMMAND_TOO_LONG,    /* it printed more than the buffer may hold, and has been killed */
  WABA_COMMAND_INTERRUPTED  /* a signal came to this process; it has been killed */
};

/* argv[0] is looked for on PATH; the list ends with NULL. Standard input is empty, standard error
 * is this process's. Variables whose names are in `hidden` (which ends with NULL) are kept from its
 * environment. Returns when it has ended, or been killed, and been waited for. */
enum waba_command_end waba_command_run(char *const argv[], const char *const hidden[],
                                       double seconds, struct waba_buf *out, int *detail);

#endif
