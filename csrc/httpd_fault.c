/* SPDX-License-Identifier: MIT */
/* The ways to answer, one row each in the table at the end: the plain one, and faults on the wire.
 *
 * A way either gives libmicrohttpd a response and releases the connection, or keeps the
 * connection parked and looks after it here, in httpd_fault_tend. */
#include "httpd_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIECE = 16384 }; /* bytes libmicrohttpd asks a body for at a time */

#define HANG_UP_INTERVAL 0.1  /* seconds between two looks at a client that waits */
#define FLOOD_INTERVAL   0.01 /* seconds between two bursts of header lines */

struct httpd_wire {
  const char *name;
  /* False: no resource, the request is held still. */
  bool (*start)(struct httpd_request *request, const struct waba_httpd_reply *reply);
};

/* redirect: to another host, which is to see no token. */
static bool reply_redirect(struct httpd_request *request, const struct waba_httpd_reply *reply) {
  struct waba_httpd_reply bare = {.status = MHD_HTTP_FOUND};
  struct MHD_Response *empty = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
  return httpd_reply_send(request, &bare, httpd_reply_header(empty, "Location", reply->location));
}

/* A body that libmicrohttpd asks for piece by piece. */
struct stream {
  struct httpd_request *request;
  double interval; /* seconds from byte to byte */
  double due;      /* of the next byte */
  size_t len;
  char body[];
};

static bool send_stream(struct httpd_request *request, const struct waba_httpd_reply *reply,
                        MHD_ContentReaderCallback read) {
  struct stream *stream = malloc(sizeof *stream + reply->body.len);
  if (!stream) return false;
  *stream = (struct stream){request, reply->interval, 0, reply->body.len};
  if (stream->len > 0) memcpy(stream->body, reply->body.ptr, stream->len);
  struct MHD_Response *response =
      MHD_create_response_from_callback(stream->len, PIECE, read, stream, free);
  if (!response) free(stream);
  return httpd_reply_send(request, reply, response);
}

/* half: the length of the whole is promised; after half of it the connection is closed. */
static ssize_t read_half(void *cls, uint64_t at, char *out, size_t room) {
  const struct stream *stream = cls;
  size_t left = stream->len / 2 - (size_t)at;
  if (left == 0) return MHD_CONTENT_READER_END_WITH_ERROR;
  size_t count = left < room ? left : room;
  memcpy(out, stream->body + at, count);
  return (ssize_t)count;
}

static bool reply_half(struct httpd_request *request, const struct waba_httpd_reply *reply) {
  return send_stream(request, reply, read_half);
}

/* drip: a byte, then parked until the next is due. */
static ssize_t read_drip(void *cls, uint64_t at, char *out, size_t room) {
  struct stream *stream = cls;
  double now = httpd_now();
  (void)room;
  if (now < stream->due) {
    httpd_park(stream->request, HTTPD_DRIPPING, stream->due);
    MHD_suspend_connection(stream->request->connection);
    return 0;
  }
  stream->due = now + stream->interval;
  *out = stream->body[at];
  return 1;
}

static bool reply_drip(struct httpd_request *request, const struct waba_httpd_reply *reply) {
  return send_stream(request, reply, read_drip);
}

/* gzip_bomb: 209,715,817 spaces in 203,246 bytes. A dynamic Huffman block whose codes are '0' for
 * "copy 258 bytes" and '0' for "from one byte back", so that each zero byte of it stands for 1,032
 * spaces. The spec lets gzip(1) check it. */
static const unsigned char bomb_head[] = {
    0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0,    0x02, 0x03,                   /* gzip header */
    0xed, 0xc0, 0x81, 0, 0, 0, 0, 0x80, 0x20, 0x95, 0xfd, 0x29, 0x17, /* the two codes */
    0xa9, 0x00};                                                      /* one space */
static const unsigned char bomb_tail[] = {0x06,                       /* end of block */
                                          0xb6, 0x2a, 0xd7, 0xd2,     /* CRC-32 */
                                          0x69, 0x02, 0x80, 0x0c};    /* length */
enum { BOMB_ZEROS = 203212 };
enum { BOMB_SIZE = sizeof bomb_head + BOMB_ZEROS + sizeof bomb_tail };

static ssize_t read_bomb(void *cls, uint64_t at, char *out, size_t room) {
  size_t count = 0;
  (void)cls;
  for (; count < room && at < BOMB_SIZE; count++, at++) {
    if (at < sizeof bomb_head)
      out[count] = (char)bomb_head[at];
    else if (at < sizeof bomb_head + BOMB_ZEROS)
      out[count] = 0;
    else
      out[count] = (char)bomb_tail[at - sizeof bomb_head - BOMB_ZEROS];
  }
  return (ssize_t)count;
}

static bool reply_gzip_bomb(struct httpd_request *request, const struct waba_httpd_reply *reply) {
  struct MHD_Response *bomb =
      MHD_create_response_from_callback(BOMB_SIZE, PIECE, read_bomb, NULL, NULL);
  return httpd_reply_send(request, reply, httpd_reply_header(bomb, "Content-Encoding", "gzip"));
}

static int socket_of(const struct httpd_request *request) {
  return MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD)
      ->connect_fd;
}

/* reset: RST instead of an answer. libmicrohttpd shuts a connection down before it closes it, and
 * a client that has seen this FIN takes the RST for an orderly end. So the socket is closed under
 * its hands: another takes its number, and that one libmicrohttpd may shut down and close. */
static bool reply_reset(struct httpd_request *request, const struct waba_httpd_reply *reply) {
  static const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
  int fd = socket_of(request);
  int decoy = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  (void)reply;
  if (decoy < 0) return false;
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  bool closed = dup2(decoy, fd) == fd;
  close(decoy);
  if (closed) httpd_release(request, HTTPD_DROPPED);
  return closed;
}

/* stall: nothing, ever. */
static bool reply_stall(struct httpd_request *request, const struct waba_httpd_reply *reply) {
  (void)reply;
  httpd_park(request, HTTPD_STALLED, httpd_now());
  return true;
}

/* header_flood: header lines without end, written past libmicrohttpd, which composes a head in
 * memory. The connection stays parked meanwhile, so nobody else writes to it. */
#define LINE   "X-Flood: 0123456789abcdef0123456789abcdef0123456789abcdef\r\n"
#define LINES4 LINE LINE LINE LINE
static const char flood_lines[] = LINES4 LINES4 LINES4 LINES4 LINES4 LINES4 LINES4 LINES4;
enum { FLOOD_BLOCK = sizeof flood_lines - 1, FLOOD_BURST = 64 }; /* bytes; blocks in one go */

static bool reply_header_flood(struct httpd_request *request,
                               const struct waba_httpd_reply *reply) {
  char line[32];
  int len = snprintf(line, sizeof line, "HTTP/1.1 %u Flood\r\n", reply->status);
  if (send(socket_of(request), line, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL) == len)
    httpd_park(request, HTTPD_FLOODING, httpd_now());
  else
    httpd_release(request, HTTPD_DROPPED); /* the client has just gone */
  return true;
}

/* What the socket takes, up to one burst. False: the client has given up. */
static bool flood(struct httpd_request *request) {
  for (int block = 0; block < FLOOD_BURST; block++) {
    ssize_t sent = send(socket_of(request), flood_lines + request->flooded,
                        FLOOD_BLOCK - request->flooded, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    request->flooded = (request->flooded + (size_t)sent) % FLOOD_BLOCK;
  }
  return true;
}

void httpd_fault_tend(struct httpd_request *request, double now) {
  switch (request->state) {
  case HTTPD_DRIPPING:
    httpd_release(request, HTTPD_SENDING);
    break;
  case HTTPD_FLOODING:
    request->due = now + FLOOD_INTERVAL;
    if (!flood(request)) httpd_release(request, HTTPD_DROPPED);
    break;
  default: /* held or stalled */
    request->due = now + HANG_UP_INTERVAL;
    if (httpd_request_hung_up(request))
      httpd_release(request, request->state == HTTPD_HELD ? HTTPD_GONE : HTTPD_DROPPED);
  }
}

static const struct httpd_wire wires[] = {
    {"", httpd_reply_plain},
    {"drip", reply_drip},
    {"gzip_bomb", reply_gzip_bomb},
    {"half", reply_half},
    {"header_flood", reply_header_flood},
    {"redirect", reply_redirect},
    {"reset", reply_reset},
    {"stall", reply_stall},
};

const struct httpd_wire *waba_httpd_wire(const char *name) {
  for (size_t i = 0; i < sizeof wires / sizeof wires[0]; i++)
    if (strcmp(wires[i].name, name) == 0) return &wires[i];
  return NULL;
}

bool httpd_fault_start(struct httpd_request *request, const struct waba_httpd_reply *reply) {
  return reply->wire->start(request, reply);
}
