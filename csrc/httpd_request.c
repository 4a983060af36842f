/* SPDX-License-Identifier: MIT */
/* Collects requests: libmicrohttpd's callbacks fill buffers and park the connection. */
#include "httpd_private.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
  MAX_HEAD = 65536, /* bytes of each part of the head; libmicrohttpd's own memory ends before */
  TOO_LARGE = 413   /* libmicrohttpd's name for it has changed */
};

void *httpd_request_begin(void *cls, const char *uri, struct MHD_Connection *connection) {
  struct waba_httpd *server = cls;
  struct httpd_request *request = calloc(1, sizeof *request);
  if (!request) return NULL; /* httpd_request_handle closes the connection */
  request->server = server;
  request->connection = connection;
  request->state = HTTPD_OPENED;
  request->due = INFINITY;
  waba_buf_init(&request->method, MAX_HEAD);
  waba_buf_init(&request->url, MAX_HEAD);
  waba_buf_init(&request->headers, MAX_HEAD);
  waba_buf_init(&request->body, server->max_body);
  if (uri) waba_buf_add_text(&request->url, uri);
  return request;
}

static enum MHD_Result add_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                  const char *value) {
  struct httpd_request *request = cls;
  (void)kind;
  for (; *name; name++) {
    char lower = (char)(*name >= 'A' && *name <= 'Z' ? *name - 'A' + 'a' : *name);
    waba_buf_add(&request->headers, &lower, 1);
  }
  waba_buf_add(&request->headers, "", 1);
  waba_buf_add(&request->headers, value ? value : "", (value ? strlen(value) : 0) + 1);
  return MHD_YES;
}

static enum MHD_Result refuse_body(struct httpd_request *request) {
  static char text[] = "the request body is longer than this server takes\n";
  struct MHD_Response *response =
      MHD_create_response_from_buffer(sizeof text - 1, text, MHD_RESPMEM_PERSISTENT);
  if (!response) return MHD_NO;
  request->state = HTTPD_SENDING;
  enum MHD_Result result = MHD_queue_response(request->connection, TOO_LARGE, response);
  MHD_destroy_response(response);
  return result;
}

/* The whole request is here: park it for the caller. MHD_NO closes the connection. */
static enum MHD_Result finish(struct httpd_request *request) {
  if (request->body.state == WABA_BUF_FULL) return refuse_body(request);
  MHD_get_connection_values(request->connection, MHD_HEADER_KIND, add_header, request);
  if (request->method.state != WABA_BUF_OK || request->url.state != WABA_BUF_OK ||
      request->headers.state != WABA_BUF_OK || request->body.state != WABA_BUF_OK)
    return MHD_NO;
  httpd_list(request);
  httpd_park(request, HTTPD_READY, INFINITY);
  MHD_suspend_connection(request->connection);
  return MHD_YES;
}

enum MHD_Result httpd_request_handle(void *cls, struct MHD_Connection *connection, const char *url,
                                     const char *method, const char *version, const char *data,
                                     size_t *data_size, void **slot) {
  struct httpd_request *request = *slot;
  (void)cls, (void)connection, (void)url, (void)version;
  if (!request) return MHD_NO;
  if (*data_size > 0) { /* a body over the cap fails here and is read on, into nothing */
    waba_buf_add(&request->body, data, *data_size);
    *data_size = 0;
    return MHD_YES;
  }
  switch (request->state) {
  case HTTPD_OPENED: /* called with the head, before any body */
    waba_buf_add_text(&request->method, method);
    request->state = HTTPD_COLLECTING;
    return MHD_YES;
  case HTTPD_COLLECTING:
    return finish(request);
  default: /* released without a response: dropped or gone */
    return MHD_NO;
  }
}

void httpd_request_end(void *cls, struct MHD_Connection *connection, void **slot,
                       enum MHD_RequestTerminationCode why) {
  struct httpd_request *request = *slot;
  (void)cls, (void)connection, (void)why;
  if (!request) return;
  *slot = NULL;
  request->connection = NULL;
  if (request->state != HTTPD_GONE) httpd_request_free(request);
}

static void unlist(struct httpd_request *request) {
  struct waba_httpd *server = request->server;
  *(request->previous ? &request->previous->next : &server->first) = request->next;
  *(request->next ? &request->next->previous : &server->last) = request->previous;
}

void httpd_request_free(struct httpd_request *request) {
  if (request->id != 0) unlist(request);
  waba_buf_clear(&request->method);
  waba_buf_clear(&request->url);
  waba_buf_clear(&request->headers);
  waba_buf_clear(&request->body);
  free(request);
}

bool httpd_request_hung_up(const struct httpd_request *request) {
  char byte;
  int fd =
      MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
  ssize_t got = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (got > 0) return false; /* the start of a next request */
  return got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}
