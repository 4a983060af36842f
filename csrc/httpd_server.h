/* SPDX-License-Identifier: MIT */
/* An HTTP server on a loopback address, for the sandbox: requests come out whole, answers go in,
 * with faults on the wire where asked for.
 *
 * Control is inverted. libmicrohttpd's callbacks only collect a request and park it; nothing of
 * the caller runs inside one. The caller waits for a request, thinks as long as it likes (others
 * stay parked) and answers by id, in any order. One thread; all I/O happens inside
 * waba_httpd_wait and, without blocking, waba_httpd_respond.
 *
 * Only httpd_* files include microhttpd.h. None of them knows Lua. */
#ifndef WABA_HTTPD_SERVER_H
#define WABA_HTTPD_SERVER_H

#include "buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WABA_HTTPD_MESSAGE_SIZE = 160 };

struct waba_httpd; /* a server: listening from open to close */
struct httpd_wire; /* a way to answer, see waba_httpd_wire */

struct waba_httpd_options {
  const char *address; /* a loopback address, in digits: 127.0.0.0/8 or ::1; no name */
  uint16_t port;       /* 0: any free one */
  size_t max_body;     /* bytes; a longer request body is read to its end, then answered with 413 */
};

/* Header fields travel packed: "name\0value\0name\0value\0". A request's names are in lower case;
 * a name that came twice is there twice. */
struct waba_httpd_request {
  struct waba_str method;
  struct waba_str url; /* path and query as received, nothing decoded */
  struct waba_str headers;
  struct waba_str body;
};

struct waba_httpd_reply {
  unsigned int status;     /* 200 to 599 */
  struct waba_str headers; /* each pair having passed waba_httpd_header_fault */
  struct waba_str body;
  const struct httpd_wire *wire; /* from waba_httpd_wire */
  double interval;               /* wire "drip": seconds from byte to byte */
  const char *location;          /* wire "redirect": where to */
};

enum waba_httpd_result {
  WABA_HTTPD_OK,         /* answered: the id is spent */
  WABA_HTTPD_GONE,       /* the client had hung up: the id is spent, nothing was sent */
  WABA_HTTPD_UNKNOWN,    /* no such id is open: never accepted, or answered before */
  WABA_HTTPD_NO_RESOURCE /* no memory or no file descriptor: the request is open still */
};

/* Starts to listen. True, and *out is the caller's to close; or false, and message (of
 * WABA_HTTPD_MESSAGE_SIZE bytes) says why in one line, *out untouched. */
bool waba_httpd_open(struct waba_httpd **out, const struct waba_httpd_options *options,
                     char *message);

/* Ends everything at once: open requests, answers under way, the listening socket. NULL is fine.
 * A server belongs to the process that opened it. To close it is all that a child of that may do:
 * this frees what is the child's, and the parent's server goes on. */
void waba_httpd_close(struct waba_httpd *server);

/* The port in use, never 0. */
uint16_t waba_httpd_port(const struct waba_httpd *server);

/* Moves all connections on until a request can be taken or `seconds` (any number from 0 up,
 * INFINITY too) have passed. 1: waba_httpd_front has one; 0: none came; -1: polling failed,
 * waba_httpd_message says how. */
int waba_httpd_wait(struct waba_httpd *server, double seconds);
const char *waba_httpd_message(const struct waba_httpd *server);

/* The id of the oldest whole request not yet taken, and the bytes it has; 0 where there is none. It
 * stays in front until taken, so that a caller who fails to make room for it finds it again. */
uint64_t waba_httpd_front(const struct waba_httpd *server, size_t *size);
/* Copies the request in front to `bytes`, which has room for it; *out points into these. False
 * where another one is in front. */
bool waba_httpd_copy(const struct waba_httpd *server, uint64_t id, char *bytes,
                     struct waba_httpd_request *out);
/* Takes the request in front: from now on its id is open, until answered once. False as above. */
bool waba_httpd_take(struct waba_httpd *server, uint64_t id);

/* Answers an open request; everything in reply is copied. What the socket does not take at once
 * goes out during the waits that follow. A client that has shut down its sending side counts as
 * gone, as in most servers: over TCP it looks the same as one that closed. */
enum waba_httpd_result waba_httpd_respond(struct waba_httpd *server, uint64_t id,
                                          const struct waba_httpd_reply *reply);

/* The way to answer that has this name, static; NULL where there is none. "" is the plain one. */
const struct httpd_wire *waba_httpd_wire(const char *name);

/* Why this pair cannot be a header field of a reply, to follow "header <name> "; NULL where it
 * can. Static text. */
const char *waba_httpd_header_fault(struct waba_str name, struct waba_str value);

#endif
