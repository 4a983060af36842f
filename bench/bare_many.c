/* SPDX-License-Identifier: MIT */
/* What client:map is held against: the same reads in a plain libcurl multi loop that only receives
 * bytes. So many easy handles, each used again as soon as its reply is there, on as many
 * connections, and an account of its own for every read.
 *
 *   WABA_ACCESS_TOKEN=... bare_many <base url> <count> <concurrency>
 *
 * Prints seconds of wall clock and of CPU. */
#include "bare.h"

enum { MOST = 256 };

static struct {
  CURL *curl;
  struct reply reply;
} slots[MOST];

static const char *base_url;
static long begun, count;

static void begin_next(CURLM *multi, long slot) {
  char url[512];
  if (begun == count) return;
  snprintf(url, sizeof url, "%s/v26.0/%lld/assigned_users?%s", base_url,
           102290129340000 + (long long)begun++, BARE_QUERY);
  slots[slot].reply.len = 0;
  curl_easy_setopt(slots[slot].curl, CURLOPT_URL, url);
  curl_multi_add_handle(multi, slots[slot].curl);
}

static long collect(CURLM *multi) {
  int left;
  long ended = 0;
  CURLMsg *message;
  while ((message = curl_multi_info_read(multi, &left))) {
    char *slot = NULL;
    CURL *curl = message->easy_handle;
    CURLcode code = message->data.result;
    curl_easy_getinfo(curl, CURLINFO_PRIVATE, &slot);
    curl_multi_remove_handle(multi, curl);
    check_reply(curl, code, &slots[(long)slot].reply);
    begin_next(multi, (long)slot);
    ended++;
  }
  return ended;
}

int main(int argc, char **argv) {
  if (argc != 4) die("usage: bare_many <base url> <count> <concurrency>");
  base_url = argv[1];
  count = atol(argv[2]);
  long concurrency = atol(argv[3]);
  if (concurrency < 1 || concurrency > MOST) die("concurrency: 1 to 256");
  double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);

  curl_global_init(CURL_GLOBAL_ALL);
  struct curl_slist *list = header_lines(NULL);
  CURLM *multi = curl_multi_init();
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, concurrency);
  for (long i = 0; i < concurrency; i++) {
    slots[i].curl = new_handle(list, &slots[i].reply);
    curl_easy_setopt(slots[i].curl, CURLOPT_PRIVATE, (char *)i);
    begin_next(multi, i);
  }
  for (long ended = 0; ended < count;) {
    int running;
    curl_multi_perform(multi, &running);
    long now = collect(multi);
    if (now == 0) curl_multi_poll(multi, NULL, 0, 1000, NULL);
    ended += now;
  }
  wall = seconds(CLOCK_MONOTONIC) - wall;
  cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
  printf("%.6f %.6f\n", wall, cpu);

  for (long i = 0; i < concurrency; i++) {
    curl_easy_cleanup(slots[i].curl);
    free(slots[i].reply.bytes);
  }
  curl_multi_cleanup(multi);
  curl_slist_free_all(list);
  return 0;
}
