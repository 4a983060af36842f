/* SPDX-License-Identifier: MIT */
/* What the blocking call is held against: the same requests in a plain libcurl loop. One easy
 * handle, its connection kept, the same header lines, the reply in a growing buffer, and no
 * decoding. URL and body are set for every request, as a loop over accounts has to.
 *
 *   WABA_ACCESS_TOKEN=... bare <base url> <get2|get100|assign> <count>
 *
 * Prints seconds of wall clock and of CPU for the loop, the first request left out. */
#include "bare.h"

static void exchange(CURL *curl, const char *url, const char *body, struct reply *reply) {
  reply->len = 0;
  curl_easy_setopt(curl, CURLOPT_URL, url);
  if (body) curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
  check_reply(curl, curl_easy_perform(curl), reply);
}

int main(int argc, char **argv) {
  if (argc != 4) die("usage: bare <base url> <get2|get100|assign> <count>");
  char url[512];
  long count = atol(argv[3]);
  struct reply reply = {NULL, 0, 0};
  const char *body =
      strcmp(argv[2], "assign") == 0 ? "user=1972555232742222&tasks=%5B%22MANAGE%22%5D" : NULL;
  const char *account = strcmp(argv[2], "get100") == 0 ? "100" : "2";
  snprintf(url, sizeof url, "%s/v26.0/%s/assigned_users%s%s", argv[1], account, body ? "" : "?",
           body ? "" : BARE_QUERY);

  curl_global_init(CURL_GLOBAL_ALL);
  struct curl_slist *list = header_lines(body);
  CURL *curl = new_handle(list, &reply);
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
