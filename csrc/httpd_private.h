/* SPDX-License-Identifier: MIT */
/* What the stages of the server share: httpd_server.c (listen, wait, close), httpd_request.c
 * (collect), httpd_reply.c (answer) and httpd_fault.c (answer badly). The only header with
 * microhttpd.h. */
#ifndef WABA_HTTPD_PRIVATE_H
#define WABA_HTTPD_PRIVATE_H

#include "httpd_server.h"

#include <microhttpd.h>
#include <sys/types.h>

/* Where a request is. From READY on it is in the server's list. "Parked" is what libmicrohttpd
 * calls suspended: it does not touch the connection, nor notice a client that hangs up. */
enum httpd_state {
  HTTPD_OPENED,     /* the request line is here */
  HTTPD_COLLECTING, /* the head is here, the body is coming */
  HTTPD_READY,      /* whole and parked; waits to be taken */
  HTTPD_HELD,       /* taken and parked; its id is open */
  HTTPD_SENDING,    /* libmicrohttpd has the response */
  HTTPD_DRIPPING,   /* the same, but parked between two bytes */
  HTTPD_STALLED,    /* parked for good: wire "stall" */
  HTTPD_FLOODING,   /* parked for good, and written to: wire "header_flood" */
  HTTPD_DROPPED,    /* to be closed by libmicrohttpd as soon as it looks */
  HTTPD_GONE        /* the client hung up while held; kept because its id is open */
};

struct httpd_request {
  struct waba_httpd *server;
  struct MHD_Connection *connection; /* NULL once libmicrohttpd is done with the request */
  enum httpd_state state;
  uint64_t id; /* 0 until in the server's list */
  double due;  /* on httpd_now's clock: when httpd_fault_tend is to look at it, or INFINITY */
  struct waba_buf method;
  struct waba_buf url;
  struct waba_buf headers; /* packed */
  struct waba_buf body;
  size_t flooded; /* wire "header_flood": bytes of the current block of lines that are out */
  struct httpd_request *next;
  struct httpd_request *previous;
};

struct waba_httpd {
  struct MHD_Daemon *daemon;
  pid_t process;               /* that opened it */
  struct httpd_request *first; /* in the order of their ids */
  struct httpd_request *last;
  uint64_t last_id;
  size_t max_body;
  char message[WABA_HTTPD_MESSAGE_SIZE]; /* the last thing libmicrohttpd complained of */
};

/* Seconds on the monotonic clock. */
double httpd_now(void);

/* Puts a whole request at the end of the server's list, under the next id. */
void httpd_list(struct httpd_request *request);

/* The state of a parked request, and when it is due. */
void httpd_park(struct httpd_request *request, enum httpd_state state, double due);
/* Hands a parked request back to libmicrohttpd, which acts on the new state at its next turn. */
void httpd_release(struct httpd_request *request, enum httpd_state state);

/* libmicrohttpd's callbacks: the request line, everything that follows, the end (for whatever
 * reason, exactly once after the first). Each has the server as its cls. */
void *httpd_request_begin(void *cls, const char *uri, struct MHD_Connection *connection);
enum MHD_Result httpd_request_handle(void *cls, struct MHD_Connection *connection, const char *url,
                                     const char *method, const char *version, const char *data,
                                     size_t *data_size, void **slot);
void httpd_request_end(void *cls, struct MHD_Connection *connection, void **slot,
                       enum MHD_RequestTerminationCode why);

/* Takes the request off the server's list, where it is on it, wipes and frees it. */
void httpd_request_free(struct httpd_request *request);
/* Whether the client of a parked request has closed its side. */
bool httpd_request_hung_up(const struct httpd_request *request);

/* Gives libmicrohttpd a response, which is used up, and releases the request: the plain answer,
 * and what the faults are made of. NULL stands for a response that could not be made. False: no
 * resource, the request is held still. */
bool httpd_reply_send(struct httpd_request *request, const struct waba_httpd_reply *reply,
                      struct MHD_Response *response);
bool httpd_reply_plain(struct httpd_request *request, const struct waba_httpd_reply *reply);
/* The response with one header field more; NULL, and it is destroyed, where that failed. */
struct MHD_Response *httpd_reply_header(struct MHD_Response *response, const char *name,
                                        const char *value);

/* Starts to answer a held request in the reply's way. False as above. */
bool httpd_fault_start(struct httpd_request *request, const struct waba_httpd_reply *reply);
/* Looks at a parked request that is due. */
void httpd_fault_tend(struct httpd_request *request, double now);

#endif
