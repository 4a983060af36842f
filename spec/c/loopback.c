/* SPDX-License-Identifier: MIT */
#include <stdbool.h>

#include "loopback.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS = 64, LONGEST_REQUEST = 4096 };

static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"data\":[]}";

static void note(struct loopback *server, int connection, const char *request) {
  pthread_mutex_lock(&server->lock);
  if (server->count < LOOPBACK_LOG) {
    server->connection[server->count] = connection;
    sscanf(request, "GET /v26.0/%23[0-9]", server->account[server->count]);
    server->count++;
  }
  pthread_mutex_unlock(&server->lock);
}

/* A request came in one piece: they are small, and this is one machine. */
static bool answer(struct loopback *server, int connection, int socket) {
  char request[LONGEST_REQUEST + 1];
  ssize_t len = recv(socket, request, LONGEST_REQUEST, 0);
  if (len <= 0) return false;
  request[len] = '\0';
  note(server, connection, request);
  return send(socket, reply, sizeof reply - 1, MSG_NOSIGNAL) == sizeof reply - 1;
}

/* Ends when the listener is shut down. */
static void *serve(void *data) {
  struct loopback *server = data;
  struct pollfd polls[1 + CONNECTIONS] = {{.fd = server->listener, .events = POLLIN}};
  int used = 1, numbers[1 + CONNECTIONS] = {0}, number = 0;
  for (bool open = true; open && poll(polls, (nfds_t)used, -1) > 0;) {
    for (int i = 1; i < used; i++) {
      if (!polls[i].revents || answer(server, numbers[i], polls[i].fd)) continue;
      close(polls[i].fd);
      polls[i] = polls[used - 1];
      numbers[i--] = numbers[--used];
    }
    if (!polls[0].revents) continue;
    int socket = accept(server->listener, NULL, NULL);
    open = socket >= 0 && used <= CONNECTIONS;
    if (!open) continue;
    numbers[used] = ++number;
    polls[used++] = (struct pollfd){.fd = socket, .events = POLLIN};
  }
  while (--used > 0)
    close(polls[used].fd);
  return NULL;
}

bool loopback_start(struct loopback *server) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t len = sizeof address;
  memset(server, 0, sizeof *server);
  pthread_mutex_init(&server->lock, NULL);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  server->listener = socket(AF_INET, SOCK_STREAM, 0);
  if (server->listener < 0 || bind(server->listener, (void *)&address, len) != 0 ||
      listen(server->listener, CONNECTIONS) != 0 ||
      getsockname(server->listener, (void *)&address, &len) != 0)
    return false;
  server->port = ntohs(address.sin_port);
  return pthread_create(&server->thread, NULL, serve, server) == 0;
}

void loopback_forget(struct loopback *server) {
  pthread_mutex_lock(&server->lock);
  server->count = 0;
  pthread_mutex_unlock(&server->lock);
}

unsigned loopback_count(struct loopback *server) {
  pthread_mutex_lock(&server->lock);
  unsigned count = server->count;
  pthread_mutex_unlock(&server->lock);
  return count;
}

void loopback_stop(struct loopback *server) {
  shutdown(server->listener, SHUT_RDWR);
  pthread_join(server->thread, NULL);
  close(server->listener);
}
