/* SPDX-License-Identifier: MIT */
/* The server as a whole: listen, wait, hand out, close. */
#include "httpd_private.h"

#include <arpa/inet.h>
#include <math.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
  IDLE_SECONDS = 60, /* of silence, after which a connection is closed */
  POLL_SECONDS = 60, /* in one poll at most; a longer wait is made of several */
  TURNS = 8          /* an answer gets at once; what is left goes out in the next wait */
};

double httpd_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

union address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

/* False where text is no loopback address in digits. */
static bool read_address(union address *out, const char *text, uint16_t port) {
  *out = (union address){.v6 = {.sin6_port = htons(port)}};
  if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1) {
    out->v6.sin6_family = AF_INET6;
    return IN6_IS_ADDR_LOOPBACK(&out->v6.sin6_addr);
  }
  *out = (union address){.v4 = {.sin_family = AF_INET, .sin_port = htons(port)}};
  return inet_pton(AF_INET, text, &out->v4.sin_addr) == 1 &&
         ntohl(out->v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

/* Keeps what libmicrohttpd would print. */
static void keep_message(void *cls, const char *format, va_list arguments) {
  struct waba_httpd *server = cls;
  vsnprintf(server->message, sizeof server->message, format, arguments);
  server->message[strcspn(server->message, "\r\n")] = '\0';
}

/* The logger goes first: it is to hear of the options that follow, and of the bind. */
static struct MHD_Daemon *start(struct waba_httpd *server, const union address *address,
                                uint16_t port) {
  unsigned int flags = MHD_USE_AUTO | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
  if (address->any.sa_family == AF_INET6) flags |= MHD_USE_IPv6;
  return MHD_start_daemon(
      flags, port, NULL, NULL, httpd_request_handle, server, MHD_OPTION_EXTERNAL_LOGGER,
      keep_message, server, MHD_OPTION_SOCK_ADDR, &address->any, MHD_OPTION_URI_LOG_CALLBACK,
      httpd_request_begin, server, MHD_OPTION_NOTIFY_COMPLETED, httpd_request_end, server,
      MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)IDLE_SECONDS, MHD_OPTION_END);
}

bool waba_httpd_open(struct waba_httpd **out, const struct waba_httpd_options *options,
                     char *message) {
  union address address;
  if (!read_address(&address, options->address, options->port)) {
    snprintf(message, WABA_HTTPD_MESSAGE_SIZE, "%.60s is not a loopback address (127.0.0.1, ::1)",
             options->address);
    return false;
  }
  struct waba_httpd *server = calloc(1, sizeof *server);
  if (!server) {
    snprintf(message, WABA_HTTPD_MESSAGE_SIZE, "not enough memory");
    return false;
  }
  server->process = getpid();
  server->max_body = options->max_body;
  snprintf(server->message, sizeof server->message, "cannot listen");
  server->daemon = start(server, &address, options->port);
  if (!server->daemon) {
    memcpy(message, server->message, sizeof server->message);
    free(server);
    return false;
  }
  *out = server;
  return true;
}

/* libmicrohttpd may only be stopped with nothing parked. Stopping it ends what it still knows,
 * which frees all but the requests it has long finished with. */
static void stop(struct waba_httpd *server) {
  for (struct httpd_request *request = server->first; request; request = request->next)
    if (request->connection && request->state != HTTPD_SENDING)
      httpd_release(request, HTTPD_DROPPED);
  MHD_stop_daemon(server->daemon);
}

/* After a fork, in the child: the connections and the epoll set are the parent's as well, and
 * stopping would shut them down for both. So libmicrohttpd is not called again, and what it holds
 * is left to the end of the process, but for the port, which is not to stay in use here. */
static void abandon(const struct waba_httpd *server) {
  close(MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_LISTEN_FD)->listen_fd);
}

void waba_httpd_close(struct waba_httpd *server) {
  if (!server) return;
  if (server->process == getpid())
    stop(server);
  else
    abandon(server);
  while (server->first)
    httpd_request_free(server->first);
  free(server);
}

uint16_t waba_httpd_port(const struct waba_httpd *server) {
  return MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

const char *waba_httpd_message(const struct waba_httpd *server) {
  return server->message;
}

void httpd_list(struct httpd_request *request) {
  struct waba_httpd *server = request->server;
  request->id = ++server->last_id;
  request->previous = server->last;
  *(server->last ? &server->last->next : &server->first) = request;
  server->last = request;
}

void httpd_park(struct httpd_request *request, enum httpd_state state, double due) {
  request->state = state;
  request->due = due;
}

void httpd_release(struct httpd_request *request, enum httpd_state state) {
  httpd_park(request, state, INFINITY);
  MHD_resume_connection(request->connection);
}

/* Looks at every parked request that is due; the earliest time at which another one will be. */
static double tend(struct waba_httpd *server, double now) {
  double next = INFINITY;
  for (struct httpd_request *request = server->first; request; request = request->next) {
    if (request->due <= now) httpd_fault_tend(request, now);
    if (request->due < next) next = request->due;
  }
  return next;
}

/* Rounded up, so that waiting for a time does not end just before it, again and again. */
static int to_millis(double seconds) {
  if (seconds <= 0) return 0;
  return seconds < POLL_SECONDS ? (int)(seconds * 1000) + 1 : POLL_SECONDS * 1000;
}

static struct httpd_request *front(const struct waba_httpd *server) {
  struct httpd_request *request = server->first;
  while (request && request->state != HTTPD_READY)
    request = request->next;
  return request;
}

int waba_httpd_wait(struct waba_httpd *server, double seconds) {
  double now = httpd_now();
  double deadline = now + seconds;
  while (!front(server)) {
    double due = tend(server, now);
    if (MHD_run_wait(server->daemon, to_millis((due < deadline ? due : deadline) - now)) != MHD_YES)
      return -1;
    now = httpd_now();
    if (now >= deadline && !front(server)) return 0;
  }
  return 1;
}

uint64_t waba_httpd_front(const struct waba_httpd *server, size_t *size) {
  const struct httpd_request *request = front(server);
  if (!request) return 0;
  *size = request->method.len + request->url.len + request->headers.len + request->body.len;
  return request->id;
}

/* The copy's place is *out, which moves on behind it. */
static struct waba_str copy(char **out, const struct waba_buf *from) {
  struct waba_str text = {*out, from->len};
  if (from->len > 0) memcpy(*out, from->ptr, from->len);
  *out += from->len;
  return text;
}

bool waba_httpd_copy(const struct waba_httpd *server, uint64_t id, char *bytes,
                     struct waba_httpd_request *out) {
  const struct httpd_request *request = front(server);
  if (!request || request->id != id) return false;
  out->method = copy(&bytes, &request->method);
  out->url = copy(&bytes, &request->url);
  out->headers = copy(&bytes, &request->headers);
  out->body = copy(&bytes, &request->body);
  return true;
}

bool waba_httpd_take(struct waba_httpd *server, uint64_t id) {
  struct httpd_request *request = front(server);
  if (!request || request->id != id) return false;
  httpd_park(request, HTTPD_HELD, httpd_now());
  return true;
}

static struct httpd_request *find(const struct waba_httpd *server, uint64_t id) {
  struct httpd_request *request = server->first;
  while (request && request->id != id)
    request = request->next;
  return request;
}

/* Spends the id of a request whose client has hung up. */
static void forget(struct httpd_request *request) {
  if (!request->connection)
    httpd_request_free(request);
  else if (request->state == HTTPD_GONE)
    request->state = HTTPD_DROPPED; /* released before */
  else
    httpd_release(request, HTTPD_DROPPED);
}

/* An answer takes libmicrohttpd a few turns: to compose it, to send the head, the body, to close.
 * None of them waits, and a failure of polling shows in the next wait. */
static void send_on(struct waba_httpd *server, uint64_t id) {
  for (int turn = 0; turn < TURNS; turn++) {
    const struct httpd_request *request = find(server, id);
    if (!request || (request->state != HTTPD_SENDING && request->state != HTTPD_DROPPED)) return;
    MHD_run_wait(server->daemon, 0);
  }
}

enum waba_httpd_result waba_httpd_respond(struct waba_httpd *server, uint64_t id,
                                          const struct waba_httpd_reply *reply) {
  struct httpd_request *request = find(server, id);
  if (!request || (request->state != HTTPD_HELD && request->state != HTTPD_GONE))
    return WABA_HTTPD_UNKNOWN;
  if (request->state == HTTPD_GONE || httpd_request_hung_up(request)) {
    forget(request);
    return WABA_HTTPD_GONE;
  }
  if (!httpd_fault_start(request, reply)) return WABA_HTTPD_NO_RESOURCE;
  send_on(server, id);
  return WABA_HTTPD_OK;
}
