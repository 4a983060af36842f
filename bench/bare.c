/* SPDX-License-Identifier: MIT */
/* What the blocking call is held against: the same requests in a plain libcurl loop. One easy
 * handle, its connection kept, the same header lines, the reply in a growing buffer, and no
 * decoding. URL and body are set for every request, as a loop over accounts has to.
 *
 *   WABA_ACCESS_TOKEN=... bare <base url> <get2|get100|assign> <count>
 *
 * Prints seconds of wall clock and of CPU for the loop, the first request left out. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../csrc/settings.h" /* WABA_VERSION, for the same User-Agent */

struct reply {
  char *bytes;
  size_t len, cap;
};

static size_t on_body(char *bytes, size_t size, size_t count, void *data) {
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

static void die(const char *message) {
  fprintf(stderr, "bare: %s\n", message);
  exit(1);
}

static void exchange(CURL *curl, const char *url, const char *body, struct reply *reply) {
  long status = 0;
  reply->len = 0;
  curl_easy_setopt(curl, CURLOPT_URL, url);
  if (body) curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
  CURLcode code = curl_easy_perform(curl);
  if (code != CURLE_OK) die(curl_easy_strerror(code));
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200 || reply->len == 0) die("not the reply that was expected");
}

static double seconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static struct curl_slist *headers(const char *body) {
  char authorization[1024];
  const char *token = getenv("WABA_ACCESS_TOKEN");
  snprintf(authorization, sizeof authorization, "Authorization: Bearer %s", token ? token : "");
  struct curl_slist *list = curl_slist_append(NULL, authorization);
  curl_slist_append(list, "User-Agent: waba/" WABA_VERSION);
  curl_slist_append(list, "Accept: application/json");
  if (body) curl_slist_append(list, "Content-Type: application/x-www-form-urlencoded");
  return list;
}

int main(int argc, char **argv) {
  if (argc != 4) die("usage: bare <base url> <get2|get100|assign> <count>");
  char url[512];
  long count = atol(argv[3]);
  struct reply reply = {NULL, 0, 0};
  const char *body =
      strcmp(argv[2], "assign") == 0 ? "user=1972555232742222&tasks=%5B%22MANAGE%22%5D" : NULL;
  const char *account = strcmp(argv[2], "get100") == 0 ? "100" : "2";
  const char *query =
      body ? ""
           : "?business=9876543210987654&fields=id%2Cname%2Cuser_type%2Cbusiness%2Ctasks&limit=100";
  snprintf(url, sizeof url, "%s/v26.0/%s/assigned_users%s", argv[1], account, query);

  curl_global_init(CURL_GLOBAL_ALL);
  CURL *curl = curl_easy_init();
  struct curl_slist *list = headers(body);
  if (!curl || !list) die("out of memory");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply);
  exchange(curl, url, body, &reply);

  double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
  for (long i = 1; i < count; i++)
    exchange(curl, url, body, &reply);
  wall = seconds(CLOCK_MONOTONIC) - wall;
  cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
  printf("%.6f %.6f\n", wall, cpu);

  curl_easy_cleanup(curl);
  curl_slist_free_all(list);
  free(reply.bytes);
  return 0;
}
