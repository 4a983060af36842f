/* SPDX-License-Identifier: MIT */
/* Every function of libcurl that can fail, failing in every way it can: the call ends with the
 * right kind of error, a write that may have been applied is never called failed, and nothing is
 * sent on a handle that is not fully set up. */
#include <string.h>

#include "counted.h"
#include "curl_process.h"
#include "curl_spy.h"

enum { MOST_CODES = 110 };

static const char *const operations[] = {"system_users", "assign", "unassign"};
enum { OPERATIONS = sizeof operations / sizeof operations[0] };

/* What an attempt that was not applied ends with. Not named here: no connection, or it broke. */
static enum waba_kind wanted_kind(CURLcode code) {
  switch ((int)code) {
  case 28: /* CURLE_OPERATION_TIMEDOUT */
    return WABA_KIND_TIMEOUT;
  case 58: /* CURLE_SSL_CERTPROBLEM */
  case 59: /* CURLE_SSL_CIPHER */
  case 60: /* CURLE_PEER_FAILED_VERIFICATION */
  case 77: /* CURLE_SSL_CACERT_BADFILE */
  case 82: /* CURLE_SSL_CRL_BADFILE */
  case 83: /* CURLE_SSL_ISSUER_ERROR */
  case 90: /* CURLE_SSL_PINNEDPUBKEYNOTMATCH */
  case 91: /* CURLE_SSL_INVALIDCERTSTATUS */
    return WABA_KIND_TLS;
  case 1:  /* CURLE_UNSUPPORTED_PROTOCOL */
  case 8:  /* CURLE_WEIRD_SERVER_REPLY */
  case 23: /* CURLE_WRITE_ERROR: a bound of ours */
  case 61: /* CURLE_BAD_CONTENT_ENCODING */
    return WABA_KIND_PROTOCOL;
  default:
    return WABA_KIND_NETWORK;
  }
}

static const char *name_of(enum waba_kind kind) {
  return waba_kinds[kind].name;
}

static bool holds_token(const struct waba_error *error) {
  for (int i = 0; i < WABA_TEXT_COUNT; i++)
    if (waba_str_contains(waba_buf_str(&error->texts[i]), FIXTURE_TOKEN)) return true;
  return false;
}

static bool ended(const struct waba_call *call) {
  const struct waba_buf *message = &call->error.texts[WABA_TEXT_MESSAGE];
  return call->state == WABA_TROUBLED && message->len > 0 && !holds_token(&call->error);
}

/* ---- curl_easy_perform --------------------------------------------------------------------- */

static void perform_fails(struct fixture *fixture, const char *operation, CURLcode code,
                          unsigned sends) {
  struct waba_call *call = &fixture->call;
  fixture_call(fixture, operation);
  spy_reset();
  spy.perform_code = code;
  spy.sends = sends;
  enum waba_kind wanted = wanted_kind(code);
  if (sends > 0 && waba_op_writes(call->op)) wanted = WABA_KIND_INDETERMINATE;
  bool told = waba_easy_exchange(&fixture->easy, call);
  check(told && ended(call) && call->error.kind == wanted,
        "%s, code %d, %u sends: %s in state %d, wanted %s", operation, (int)code, sends,
        name_of(call->error.kind), (int)call->state, name_of(wanted));
  check(waba_call_step(call, 0, 0) == WABA_FAILED, "%s, code %d: a failed step", operation,
        (int)code);
}

static void test_perform(void) {
  struct fixture fixture;
  fixture_open(&fixture);
  for (int code = 1; code < MOST_CODES; code++)
    for (int i = 0; i < OPERATIONS; i++)
      for (unsigned sends = 0; sends <= 1; sends++)
        perform_fails(&fixture, operations[i], (CURLcode)code, sends);
  fixture_close(&fixture);
}

/* libcurl sends a request again when a kept connection turns out dead: a read may, a write only
 * where none of it had gone out. */
static void test_second_send(void) {
  for (int i = 0; i < 2 * OPERATIONS; i++) {
    const char *operation = operations[i / 2];
    struct fixture fixture;
    fixture_open(&fixture);
    fixture_call(&fixture, operation);
    spy_reset();
    spy.sends = 2;
    spy.status = 200;
    spy.left = i % 2;
    bool stopped = waba_op_writes(fixture.call.op) && spy.left > 0;
    check(waba_easy_exchange(&fixture.easy, &fixture.call), "%s: told", operation);
    check(fixture.call.state == (stopped ? WABA_TROUBLED : WABA_RECEIVED),
          "%s: second send after %ld bytes, state", operation, spy.left);
    check(!stopped || fixture.call.error.kind == WABA_KIND_INDETERMINATE, "%s: second send, kind",
          operation);
    fixture_close(&fixture);
  }
}

/* ---- curl_easy_setopt, curl_easy_init, curl_global_init ------------------------------------ */

/* A handle that is not fully set up sends nothing; nothing of ours stays on it; and the client
 * works again afterwards. Answers whether the fault was reached before the transfer. */
static bool setopt_fails(const char *operation, unsigned at, CURLcode code) {
  struct fixture fixture;
  struct waba_call *call = &fixture.call;
  fixture_open(&fixture);
  fixture_text(&fixture, "ca_file", "/etc/ca.pem");
  fixture_call(&fixture, operation);
  spy_reset();
  spy.setopt_fails_at = at;
  spy.setopt_code = code;
  bool told = waba_easy_exchange(&fixture.easy, call);
  bool reached = spy.refusals > 0 && (spy.performs == 0 || spy.setopts > at + 1);
  if (reached) {
    check(spy.performs == 0, "%s, setopt %u fails with %d: it was sent all the same", operation, at,
          (int)code);
    bool sound = told ? ended(call) && call->error.kind != WABA_KIND_INDETERMINATE
                      : call->state == WABA_SENDING && code == CURLE_OUT_OF_MEMORY;
    check(sound, "%s, setopt %u fails with %d: state %d, kind %s", operation, at, (int)code,
          (int)call->state, name_of(call->error.kind));
    const struct spy_option *headers = spy_now(CURLOPT_HTTPHEADER);
    check(!fixture.easy.transfer || !headers || !headers->pointer,
          "%s, setopt %u fails with %d: a pointer stays on the handle", operation, at, (int)code);
  }
  fixture_call(&fixture, operation);
  spy_reset();
  spy.status = 200;
  check(waba_easy_exchange(&fixture.easy, call) && call->state == WABA_RECEIVED,
        "%s: usable after setopt %u failed with %d", operation, at, (int)code);
  fixture_close(&fixture);
  return reached;
}

static void test_setopt(void) {
  static const CURLcode codes[] = {CURLE_UNSUPPORTED_PROTOCOL, CURLE_OUT_OF_MEMORY,
                                   CURLE_BAD_FUNCTION_ARGUMENT, CURLE_UNKNOWN_OPTION,
                                   CURLE_SSL_CACERT_BADFILE};
  for (int i = 0; i < OPERATIONS; i++) {
    for (size_t c = 0; c < sizeof codes / sizeof codes[0]; c++) {
      unsigned at = 1;
      while (setopt_fails(operations[i], at, codes[c]))
        at++;
      check(at > 35, "%s: only %u places where an option is set", operations[i], at - 1);
    }
  }
  for (int code = 1; code < MOST_CODES; code++)
    setopt_fails("assign", 1, (CURLcode)code);
}

static void test_init(void) {
  for (int i = 0; i < OPERATIONS; i++) {
    struct fixture fixture;
    fixture_open(&fixture);
    fixture_call(&fixture, operations[i]);
    spy_reset();
    spy.init_fails = true;
    check(!waba_easy_exchange(&fixture.easy, &fixture.call) && fixture.call.state == WABA_SENDING,
          "%s: no handle is out of memory", operations[i]);
    spy.init_fails = false;
    spy.status = 200;
    check(waba_easy_exchange(&fixture.easy, &fixture.call) && fixture.call.state == WABA_RECEIVED,
          "%s: usable when there is a handle", operations[i]);
    fixture_close(&fixture);
  }
}

/* It is tried once in a process, and not again: this must be the first to ask. */
static void test_global_init(void) {
  spy_reset();
  spy.global_fails = true;
  check(!waba_curl_init(), "curl_global_init fails: false");
  check(!waba_curl_init(), "and again");
  spy_reset();
}

/* ---- what the callbacks let through -------------------------------------------------------- */

static void (*during)(void);

static void reply(struct fixture *fixture, const char *operation, const char *body) {
  fixture_call(fixture, operation);
  spy_reset();
  spy.status = 200;
  spy.sends = 1;
  spy.reply = body;
  spy.during = during;
  check(waba_easy_exchange(&fixture->easy, &fixture->call), "%s: told", operation);
}

static void test_body_bound(void) {
  static char body[WABA_MAX_BODY + 2];
  struct fixture fixture;
  memset(body, 'x', sizeof body - 1);
  fixture_open(&fixture);
  reply(&fixture, "system_users", body);
  check(fixture.call.state == WABA_TROUBLED && fixture.call.error.kind == WABA_KIND_PROTOCOL,
        "a read with too large a reply is a protocol error");
  reply(&fixture, "assign", body);
  check(fixture.call.error.kind == WABA_KIND_INDETERMINATE, "a write with one is indeterminate");
  body[WABA_MAX_BODY] = '\0';
  reply(&fixture, "system_users", body);
  check(fixture.call.state == WABA_RECEIVED && fixture.call.response.body.len == WABA_MAX_BODY,
        "a reply of just the bound is whole");
  fixture_close(&fixture);
}

static size_t header(const char *line) {
  const struct spy_option *function = spy_at_perform(CURLOPT_HEADERFUNCTION);
  const struct spy_option *data = spy_at_perform(CURLOPT_HEADERDATA);
  return ((curl_write_callback)function->function)((char *)line, 1, strlen(line), data->pointer);
}

static void flood(void) {
  unsigned taken = 0;
  check(header("HTTP/1.1 200 OK\r\n") == 17, "a status line is taken");
  while (taken < 1000 && header("A: b\r\n") > 0)
    taken++;
  check(taken == WABA_MAX_HEADER_LINES, "%u header lines are taken", taken);
  check(header("HTTP/1.1 200 OK\r\n") == 17, "a new status line begins anew");
  check(header("A: b\r\n") == 6, "and headers are taken again");
  check(header("A") == 1, "a line without an end is taken");
}

static void large(void) {
  static char line[WABA_MAX_HEADERS / 4 + 1];
  unsigned taken = 0;
  memset(line, 'y', sizeof line - 1);
  while (taken < 100 && header(line) > 0)
    taken++;
  check(taken == 3, "%u large header lines are taken", taken);
}

static void test_header_bounds(void) {
  struct fixture fixture;
  fixture_open(&fixture);
  during = flood;
  reply(&fixture, "system_users", NULL);
  during = large;
  reply(&fixture, "system_users", NULL);
  during = NULL;
  fixture_close(&fixture);
}

int main(void) {
  test_global_init();
  test_perform();
  test_second_send();
  test_setopt();
  test_init();
  test_body_bound();
  test_header_bounds();
  return check_end();
}
