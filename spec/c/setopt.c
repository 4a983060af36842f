/* SPDX-License-Identifier: MIT */
/* Every libcurl setting that keeps the token where it belongs, a write from being sent twice and a
 * call within its bounds, looked at on the handle at the moment a transfer begins. */
#include <string.h>

#include "counted.h"
#include "curl_process.h"
#include "curl_spy.h"
#include "response.h"

static const char *label;

static void is_number(const char *name, CURLoption option, long wanted) {
  const struct spy_option *set = spy_at_perform(option);
  check(set && set->number == wanted, "%s: %s is %ld, wanted %ld", label, name,
        set ? set->number : -1, wanted);
}

static void is_text(const char *name, CURLoption option, const char *wanted) {
  const struct spy_option *set = spy_at_perform(option);
  check(set && set->pointer && strcmp(set->text, wanted) == 0, "%s: %s is \"%s\", wanted \"%s\"",
        label, name, set ? set->text : "(unset)", wanted);
}

static void is_function(const char *name, CURLoption option) {
  const struct spy_option *set = spy_at_perform(option);
  check(set && set->function, "%s: %s is not set", label, name);
}

/* The URL that is given taken apart. */
static void is_base(const char *wanted) {
  const struct spy_option *set = spy_at_perform(CURLOPT_CURLU);
  char *url = NULL;
  if (set && set->pointer) curl_url_get(set->pointer, CURLUPART_URL, &url, 0);
  check(url && strcmp(url, wanted) == 0, "%s: CURLU is %s, wanted %s", label, url ? url : "unset",
        wanted);
  curl_free(url);
}

/* Never set, or set to nothing. */
static void is_unset(const char *name, CURLoption option) {
  const struct spy_option *set = spy_at_perform(option);
  check(!set || (!set->pointer && !set->function && set->number == 0), "%s: %s is set", label,
        name);
}

#define NUMBER(name, wanted) is_number(#name, CURLOPT_##name, wanted)
#define TEXT(name, wanted)   is_text(#name, CURLOPT_##name, wanted)
#define FUNCTION(name)       is_function(#name, CURLOPT_##name)
#define UNSET(name)          is_unset(#name, CURLOPT_##name)

static void exchange(struct fixture *fixture, const char *operation) {
  label = operation;
  spy_reset();
  spy.status = 200;
  spy.sends = 1;
  fixture_call(fixture, operation);
  bool done = waba_easy_exchange(&fixture->easy, &fixture->call);
  check(done && spy.performs == 1, "%s: one transfer", label);
}

/* ---- the rows ------------------------------------------------------------------------------ */

static void token_stays_here(void) {
  NUMBER(FOLLOWLOCATION, 0);
  NUMBER(MAXREDIRS, 0);
  NUMBER(UNRESTRICTED_AUTH, 0);
  NUMBER(AUTOREFERER, 0);
  NUMBER(NETRC, CURL_NETRC_IGNORED);
  NUMBER(DISALLOW_USERNAME_IN_URL, 1);
  NUMBER(HEADEROPT, CURLHEADER_SEPARATE);
  NUMBER(SUPPRESS_CONNECT_HEADERS, 1);
  TEXT(PROXY, "");
  TEXT(NOPROXY, "");
  UNSET(PROXYHEADER);
  UNSET(COOKIEFILE);
  UNSET(COOKIEJAR);
  UNSET(COOKIE);
  UNSET(XOAUTH2_BEARER);
  UNSET(USERPWD);
  UNSET(USERNAME);
  UNSET(PASSWORD);
  UNSET(PROXYUSERPWD);
  UNSET(REFERER);
  UNSET(HSTS);
  UNSET(ALTSVC);
  UNSET(SHARE);
}

static void tls_is_verified(void) {
  NUMBER(SSL_VERIFYPEER, 1);
  NUMBER(SSL_VERIFYHOST, 2);
  NUMBER(SSLVERSION, CURL_SSLVERSION_TLSv1_2);
  UNSET(SSL_OPTIONS);
  UNSET(SSL_CTX_FUNCTION);
  UNSET(KEYPASSWD);
}

static void nothing_is_told(void) {
  NUMBER(VERBOSE, 0);
  NUMBER(NOPROGRESS, 1);
  UNSET(DEBUGFUNCTION);
  UNSET(STDERR);
}

static void is_bounded(void) {
  NUMBER(NOSIGNAL, 1);
  NUMBER(TIMEOUT_MS, 20000);
  NUMBER(CONNECTTIMEOUT_MS, 5000);
  NUMBER(LOW_SPEED_LIMIT, 1);
  NUMBER(LOW_SPEED_TIME, 10);
  NUMBER(QUICK_EXIT, 1);
  NUMBER(MAXLIFETIME_CONN, 600);
  NUMBER(MAXAGE_CONN, 60);
  NUMBER(HTTP09_ALLOWED, 0);
  UNSET(ACCEPT_ENCODING);
  UNSET(PATH_AS_IS);
  FUNCTION(WRITEFUNCTION);
  FUNCTION(HEADERFUNCTION);
  FUNCTION(PREREQFUNCTION);
}

/* Headers in order; nothing but the token's line may hold the token. */
static void headers_are(const char *const *wanted, unsigned count) {
  check(spy.header_count == count, "%s: %u header lines, wanted %u", label, spy.header_count,
        count);
  for (unsigned i = 0; i < count && i < spy.header_count; i++)
    check(strcmp(spy.headers[i], wanted[i]) == 0, "%s: header \"%s\", wanted \"%s\"", label,
          spy.headers[i], wanted[i]);
  for (unsigned i = 0; i < spy.at_perform_count; i++)
    check(!strstr(spy.at_perform[i].text, FIXTURE_TOKEN), "%s: option %d holds the token", label,
          (int)spy.at_perform[i].option);
}

/* No pointer into a call that may be gone stays with the handle. */
static void nothing_stays(void) {
  const struct spy_option *headers = spy_now(CURLOPT_HTTPHEADER);
  check(headers && !headers->pointer, "%s: HTTPHEADER stays set after the transfer", label);
}

static const char *const header_lines[] = {
    "Authorization: Bearer " FIXTURE_TOKEN, "User-Agent: waba/" WABA_VERSION,
    "Accept: application/json", "Content-Type: application/x-www-form-urlencoded"};

static void whole_table(unsigned headers) {
  token_stays_here();
  tls_is_verified();
  nothing_is_told();
  is_bounded();
  TEXT(PROTOCOLS_STR, "https");
  TEXT(REDIR_PROTOCOLS_STR, "https");
  UNSET(CAINFO);
  UNSET(CAPATH);
  headers_are(header_lines, headers);
  nothing_stays();
}

/* A fresh client for each, so that every row is set and none is a left-over. */
static void test_methods(void) {
  struct fixture fixture;
  fixture_open(&fixture);
  exchange(&fixture, "assigned_users");
  whole_table(3);
  NUMBER(HTTPGET, 1);
  UNSET(CUSTOMREQUEST);
  UNSET(POSTFIELDS);
  is_base("https://graph.facebook.com/");
  TEXT(REQUEST_TARGET, "/v26.0/102290129340398/assigned_users?business=102290129340398"
                       "&fields=id%2Cname%2Cuser_type%2Cbusiness%2Ctasks&limit=100");
  fixture_close(&fixture);

  fixture_open(&fixture);
  exchange(&fixture, "assign");
  whole_table(4);
  UNSET(CUSTOMREQUEST);
  NUMBER(POSTFIELDSIZE, (long)strlen("user=102290129340398&tasks=%5B%22MANAGE%22%5D"));
  TEXT(POSTFIELDS, "user=102290129340398&tasks=%5B%22MANAGE%22%5D");
  is_base("https://graph.facebook.com/");
  TEXT(REQUEST_TARGET, "/v26.0/102290129340398/assigned_users");
  fixture_close(&fixture);

  fixture_open(&fixture);
  exchange(&fixture, "unassign");
  whole_table(3);
  TEXT(CUSTOMREQUEST, "DELETE");
  UNSET(POSTFIELDS);
  is_base("https://graph.facebook.com/");
  TEXT(REQUEST_TARGET, "/v26.0/102290129340398/assigned_users?user=102290129340398");
  fixture_close(&fixture);
}

/* One handle, method after method: none leaves anything to the next. */
static void test_left_overs(void) {
  struct fixture fixture;
  fixture_open(&fixture);
  exchange(&fixture, "unassign");
  exchange(&fixture, "assign");
  UNSET(CUSTOMREQUEST);
  headers_are(header_lines, 4);
  exchange(&fixture, "system_users");
  UNSET(CUSTOMREQUEST);
  NUMBER(HTTPGET, 1);
  headers_are(header_lines, 3);
  check(spy.inits == 0, "the handle is kept");
  fixture_close(&fixture);
}

/* A URL that nobody here has taken apart goes whole, and leaves no target to the next. */
static void test_foreign_url(void) {
  static const char url[] = "https://graph.facebook.com/v26.0/102290129340398/system_users"
                            "?fields=id%2Cname%2Crole&limit=100";
  struct fixture fixture;
  fixture_open(&fixture);
  exchange(&fixture, "assign");
  fixture_call(&fixture, "system_users");
  fixture.call.request.target = 0;
  check(waba_easy_exchange(&fixture.easy, &fixture.call), "a foreign URL: told");
  TEXT(URL, url);
  UNSET(REQUEST_TARGET);
  UNSET(CURLU);
  exchange(&fixture, "system_users");
  is_base("https://graph.facebook.com/");
  TEXT(REQUEST_TARGET, url + strlen("https://graph.facebook.com"));
  fixture_close(&fixture);
}

static void test_options(void) {
  struct fixture fixture;
  fixture_open(&fixture);
  fixture_text(&fixture, "base_url", "http://127.0.0.1:1");
  fixture_text(&fixture, "proxy", "http://proxy.example:3128");
  fixture_text(&fixture, "ca_file", "/etc/ca.pem");
  fixture_number(&fixture, "attempt_timeout", 7.0004);
  fixture_number(&fixture, "connect_timeout", 0.25);
  exchange(&fixture, "system_users");
  TEXT(PROTOCOLS_STR, "http");
  TEXT(REDIR_PROTOCOLS_STR, "http");
  TEXT(PROXY, "http://proxy.example:3128");
  TEXT(NOPROXY, "");
  TEXT(URL, "http://127.0.0.1:1/v26.0/102290129340398/system_users"
            "?fields=id%2Cname%2Crole&limit=100");
  UNSET(REQUEST_TARGET);
  UNSET(CURLU);
  TEXT(CAINFO, "/etc/ca.pem");
  NUMBER(TIMEOUT_MS, 7000);
  NUMBER(CONNECTTIMEOUT_MS, 250);
  NUMBER(LOW_SPEED_TIME, 10);
  const struct spy_option *path = spy_at_perform(CURLOPT_CAPATH);
  check(path && !path->pointer, "CAPATH, a folder libcurl was built with, is taken away");
  NUMBER(SSL_VERIFYPEER, 1);
  NUMBER(FOLLOWLOCATION, 0);
  fixture_close(&fixture);

  fixture_open(&fixture); /* 0 would mean "no limit" to libcurl */
  fixture_number(&fixture, "attempt_timeout", 0.0001);
  fixture_number(&fixture, "connect_timeout", 0.0001);
  exchange(&fixture, "system_users");
  NUMBER(TIMEOUT_MS, 1);
  NUMBER(CONNECTTIMEOUT_MS, 1);
  NUMBER(LOW_SPEED_TIME, 10);
  fixture_close(&fixture);

  fixture_open(&fixture); /* who allows a long attempt gets long silences */
  fixture_number(&fixture, "attempt_timeout", 60);
  exchange(&fixture, "system_users");
  NUMBER(LOW_SPEED_TIME, 30);
  fixture_close(&fixture);
}

int main(void) {
  waba_curl_init();
  test_methods();
  test_left_overs();
  test_foreign_url();
  test_options();
  return check_end();
}
