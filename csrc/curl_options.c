/* SPDX-License-Identifier: MIT */
#include "curl_options.h"

#if LIBCURL_VERSION_NUM < 0x075000
#error "libcurl 7.80.0 or newer is needed: CURLOPT_PREREQFUNCTION keeps it from re-sending a POST"
#endif

static const struct {
  CURLoption option;
  long value;
} numbers[] = {
    /* No signals: the process and its handlers belong to somebody else. */
    {CURLOPT_NOSIGNAL, 1},
    /* The token goes to the configured host and nowhere else. */
    {CURLOPT_FOLLOWLOCATION, 0},
    {CURLOPT_MAXREDIRS, 0},
    {CURLOPT_AUTOREFERER, 0},
    {CURLOPT_UNRESTRICTED_AUTH, 0},
    {CURLOPT_NETRC, CURL_NETRC_IGNORED},
    {CURLOPT_DISALLOW_USERNAME_IN_URL, 1},
    {CURLOPT_HEADEROPT, CURLHEADER_SEPARATE},
    {CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
    {CURLOPT_SSL_VERIFYPEER, 1},
    {CURLOPT_SSL_VERIFYHOST, 2},
    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
    {CURLOPT_HTTP09_ALLOWED, 0},
    {CURLOPT_VERBOSE, 0},
    {CURLOPT_NOPROGRESS, 1},
    /* A certificate is looked at when connecting only, and an old idle connection is the one that
     * turns out dead after a write has been sent on it. Seconds. */
    {CURLOPT_MAXLIFETIME_CONN, 600},
    {CURLOPT_MAXAGE_CONN, 60},
    {CURLOPT_LOW_SPEED_LIMIT, 1},
#if LIBCURL_VERSION_NUM >= 0x075700
    /* Without it a timeout waits for a hanging name lookup to end; the lookup's thread may outlive
     * the handle, which is why this module is linked never to be unloaded. */
    {CURLOPT_QUICK_EXIT, 1},
#endif
};

static CURLcode set_numbers(CURL *handle) {
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
    CURLcode code = curl_easy_setopt(handle, numbers[i].option, numbers[i].value);
    if (code != CURLE_OK) return code;
  }
  return CURLE_OK;
}

/* https, and http where base_url is http, which only a loopback address may be. */
static CURLcode set_protocols(CURL *handle, const struct waba_settings *settings) {
  bool plain = settings->base_url.len > 4 && settings->base_url.ptr[4] == ':';
#if LIBCURL_VERSION_NUM >= 0x075500
  const char *names = plain ? "http" : "https";
  CURLcode code = curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, names);
  return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, names);
#else
  long bits = plain ? CURLPROTO_HTTP : CURLPROTO_HTTPS;
  CURLcode code = curl_easy_setopt(handle, CURLOPT_PROTOCOLS, bits);
  return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS, bits);
#endif
}

/* An empty proxy keeps libcurl from taking one from the environment; an empty exception list keeps
 * it from letting the environment bypass the one that was asked for. */
static CURLcode set_proxy(CURL *handle, const struct waba_settings *settings) {
  CURLcode code = curl_easy_setopt(handle, CURLOPT_PROXY, waba_buf_str(&settings->proxy).ptr);
  return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_NOPROXY, "");
}

static CURLcode set_times(CURL *handle, const struct waba_settings *settings) {
  enum { SILENCE = 10 }; /* seconds without a byte before an attempt is given up */
  long connect = (long)(settings->connect_timeout * 1000 + 0.5);
  long silence = (long)(settings->attempt_timeout / 2); /* who allows a long attempt means it */
  CURLcode code = curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, connect > 0 ? connect : 1L);
  if (code != CURLE_OK) return code;
  return curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, silence > SILENCE ? silence : SILENCE);
}

/* Those of ca_file instead of the system's, not beside them: libcurl would also look into a folder
 * that it was built with. */
static CURLcode set_authorities(CURL *handle, const struct waba_settings *settings) {
  if (settings->ca_file.len == 0) return CURLE_OK;
  CURLcode code = curl_easy_setopt(handle, CURLOPT_CAINFO, settings->ca_file.ptr);
  return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_CAPATH, NULL);
}

CURLcode waba_curl_configure(CURL *handle, const struct waba_settings *settings) {
  CURLcode code = set_numbers(handle);
  if (code == CURLE_OK) code = set_protocols(handle, settings);
  if (code == CURLE_OK) code = set_proxy(handle, settings);
  if (code == CURLE_OK) code = set_times(handle, settings);
  return code == CURLE_OK ? set_authorities(handle, settings) : code;
}
