/* SPDX-License-Identifier: MIT */
/* One API call, from its first request to its last page. It performs no I/O, reads no clock and
 * never sleeps: asked for its next step it answers what to do, and it is told what came of it.
 *
 *   READY --SEND--> SENDING --received--> RECEIVED --read--> PAGED --PAGE--> READY or FINISHED
 *     ^              |   |                   |----> FINISHED --DONE
 *     |            held  +--lost--> TROUBLED <-+
 *     +----WAIT------+----WAIT---------|-------FAILED                                        */
#ifndef WABA_CALL_H
#define WABA_CALL_H

#include "error.h"
#include "op.h"
#include "reply.h"
#include "request.h"
#include "response.h"
#include "settings.h"

enum waba_step {
  WABA_SEND,     /* perform waba_call_request(), then waba_call_received() or waba_call_lost() */
  WABA_WAIT,     /* let call->wait seconds pass (call->held: for the budget), then step again */
  WABA_PAGE,     /* a page of a list was read; step again for what follows */
  WABA_DONE,     /* succeeded; no further steps */
  WABA_FAILED,   /* call->error says why; no further steps */
  WABA_NO_MEMORY /* nothing changed; step again when there is some, or give up */
};

enum waba_state {
  WABA_READY,    /* the next request can go */
  WABA_SENDING,  /* a driver has the request */
  WABA_HELD,     /* the request must not go before call->wait seconds have passed */
  WABA_RECEIVED, /* call->response is whole and waits to be read */
  WABA_PAGED,    /* a page was read */
  WABA_FINISHED, /* all there is was read */
  WABA_TROUBLED, /* an attempt failed: send again, or fail */
  WABA_ENDED     /* failed */
};

struct waba_call {
  const struct waba_op *op;
  struct waba_settings *settings; /* borrowed; outlives the call; its quota is spent */
  enum waba_state state;
  struct waba_request request;
  struct waba_response response;
  struct waba_error error;
  struct waba_auth auth;  /* of this call alone; empty: the settings' */
  struct waba_buf hidden; /* more secrets for redaction, each ended by a NUL: what auth held
                             before, and tokens among the arguments */
  struct waba_buf tasks;  /* JSON array text, for hints */
  struct waba_buf after;  /* the cursor of the next page; empty: the first */
  struct waba_buf seen;   /* hashes of the cursors so far, to notice a loop */
  bool business_is_waba;  /* the account's id was passed as the business, for hints */
  char account[21];       /* the waba_id among the arguments; empty: none */
  bool started;           /* deadline is set */
  bool stopped;           /* no further request goes out */
  bool more;              /* another page follows */
  size_t bytes;           /* of all pages so far */
  unsigned attempts;      /* requests sent for the current page */
  unsigned attempt;       /* which of them the latest was; 1 is the first */
  bool failed;            /* the latest attempt did, with error.kind */
  bool doubtful;          /* a write that was sent before, and failed then, may have been done */
  enum waba_kind lost;    /* how the latest reply that did not come was lost */
  bool sent;              /* and whether the server may have that request */
  double timeout;         /* seconds, whole call */
  double deadline;        /* on the driver's clock */
  double attempt_timeout; /* seconds the current attempt may take */
  double wait;            /* seconds, with WABA_WAIT */
  bool held;              /* the wait keeps within a budget; else it comes before a retry */
  double taken;           /* from the retry quota, for the attempt under way */
  bool gated;             /* the latest reply closed the budget until a stated time */
};

/* A call without its arguments yet. Allocates nothing. */
void waba_call_init(struct waba_call *call, const struct waba_op *op,
                    struct waba_settings *settings);
/* Takes the arguments, checked and copied, the tasks among them from call->tasks, where the caller
 * has put them. READY afterwards. false: out of memory. */
bool waba_call_begin(struct waba_call *call, const struct waba_args *args);
/* Instead: the argument `name` is not what it must be (static text, to follow "must be "). The
 * value is shown, redacted, or counted where it is long; {NULL, 0}: not shown. ENDED afterwards.
 * false: out of memory.*/
bool waba_call_reject(struct waba_call *call, const char *name, const char *must,
                      struct waba_str value);
/* Instead: the client is closed. Ditto. */
bool waba_call_refuse(struct waba_call *call);
/* Wipes and frees; may be called again. */
void waba_call_clear(struct waba_call *call);

/* now: the driver's monotonic clock, in seconds; random: uniform in [0, 1), used only where a wait
 * is decided. Not to be called while SENDING or RECEIVED. */
enum waba_step waba_call_step(struct waba_call *call, double now, double random);

/* While SENDING: a token for this call's requests from now on, instead of the settings'; it keeps
 * WABA_RULE_TOKEN. false: out of memory. */
bool waba_call_authorize(struct waba_call *call, struct waba_str token);

/* A secret that no text of this call may show. false: out of memory. */
bool waba_call_hide(struct waba_call *call, struct waba_str secret);

/* Whose token the call goes under: its own, where it has one, or the settings'. */
const struct waba_auth *waba_call_auth(const struct waba_call *call);

/* While SENDING: the request, complete, valid until it is answered; NULL: out of memory. */
const struct waba_request *waba_call_request(struct waba_call *call);
/* Its header lines, borrowed likewise; answers how many. */
size_t waba_call_headers(const struct waba_call *call, struct waba_str lines[WABA_REQUEST_HEADERS]);

/* SENDING -> HELD: not yet, says whoever keeps the budget. Costs no attempt. A wait that the call's
 * deadline leaves no room for fails the call at its next step: as the attempt before did, or else
 * as throttled. */
void waba_call_hold(struct waba_call *call, double seconds);

/* Seconds until the call must have ended. */
double waba_call_left(const struct waba_call *call, double now);
/* While SENDING: the attempt may take no longer than this. */
void waba_call_cut(struct waba_call *call, double seconds);
/* SENDING -> READY: the call's time was over before the request could go. It costs no attempt, and
 * the next step fails: as the attempt before did, or else with a timeout. */
void waba_call_expire(struct waba_call *call);
/* No further request goes out. What is on its way, or has come, is told all the same; a write that
 * may have been sent stays indeterminate. */
void waba_call_stop(struct waba_call *call);

/* ENDED -> READY: a write of unknown fate, read back and not found to have been done, may be sent
 * once more. false: it ended otherwise, or has no attempts, no quota or no client left. */
bool waba_call_again(struct waba_call *call);

/* SENDING -> RECEIVED: call->response holds the reply. */
void waba_call_received(struct waba_call *call);
/* RECEIVED -> PAGED, FINISHED or TROUBLED, by the facts read from call->response. false: out of
 * memory, nothing changed. */
bool waba_call_read(struct waba_call *call, const struct waba_reply *reply);
/* SENDING -> TROUBLED: no reply came. `kind` says how; `sent` whether the server may have the
 * request, which makes a write indeterminate. false: out of memory, nothing changed. */
bool waba_call_lost(struct waba_call *call, enum waba_kind kind, bool sent,
                    struct waba_str message);
/* SENDING -> TROUBLED: the request did not go out at all, and is no attempt. Ditto. */
bool waba_call_drop(struct waba_call *call, enum waba_kind kind, struct waba_str message);

#endif
