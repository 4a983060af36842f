/* SPDX-License-Identifier: MIT */
/* What the bare programs share: the requests that waba sends, and nothing done with the replies. */
#ifndef WABA_BARE_H
#define WABA_BARE_H

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../csrc/settings.h" /* WABA_VERSION, for the same User-Agent */

#define BARE_QUERY                                                                                 \
  "business=9876543210987654&fields=id%2Cname%2Cuser_type%2Cbusiness%2Ctasks&limit=100"

struct reply {
  char *bytes;
  size_t len, cap;
};

static inline size_t on_body(char *bytes, size_t size, size_t count, void *data) {
  struct reply *reply = data;
  size_t len = size * count;
  if (reply->len + len > reply->cap) {
    size_t cap = 2 * (reply->len + len);
    char *grown = realloc(reply->bytes, cap);
    if (!grown) return 0;
    reply->bytes = grown;
    reply->cap = cap;
  }
  memcpy(reply->bytes + reply->len, bytes, len);
  reply->len += len;
  return len;
}

static inline void die(const char *message) {
  fprintf(stderr, "bare: %s\n", message);
  exit(1);
}

static inline double seconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* A handle that sends waba's header lines, `body` or not, and keeps its reply. */
static inline CURL *new_handle(struct curl_slist *headers, struct reply *reply) {
  CURL *curl = curl_easy_init();
  if (!curl || !headers) die("out of memory");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, reply);
  return curl;
}

static inline struct curl_slist *header_lines(const char *body) {
  char authorization[1024];
  const char *token = getenv("WABA_ACCESS_TOKEN");
  snprintf(authorization, sizeof authorization, "Authorization: Bearer %s", token ? token : "");
  struct curl_slist *list = curl_slist_append(NULL, authorization);
  curl_slist_append(list, "User-Agent: waba/" WABA_VERSION);
  curl_slist_append(list, "Accept: application/json");
  if (body) curl_slist_append(list, "Content-Type: application/x-www-form-urlencoded");
  return list;
}

/* The reply of an exchange that has ended must be one that a caller could use. */
static inline void check_reply(CURL *curl, CURLcode code, const struct reply *reply) {
  long status = 0;
  if (code != CURLE_OK) die(curl_easy_strerror(code));
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200 || reply->len == 0) die("not the reply that was expected");
}

#endif
