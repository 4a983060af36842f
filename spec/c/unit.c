/* SPDX-License-Identifier: MIT */
/* What the core without Lua promises and no caller through Lua can reach: rows of the operation
 * table that do not exist yet, signals that wait, memory that runs out inside a transfer. */
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "counted.h"
#include "curl_process.h"
#include "curl_spy.h"
#include "nearest.h"
#include "request.h"
#include "retry.h"

/* ---- rules --------------------------------------------------------------------------------- */

static void test_rules(void) {
  static const struct {
    enum waba_rule rule;
    const char *value;
    bool kept;
  } rows[] = {
      {WABA_RULE_SECRET, "~!", true},
      {WABA_RULE_SECRET, "a\x7f", false},
      {WABA_RULE_SECRET, "a b", false},
      {WABA_RULE_TEXT, "a b\xc3\xa9", true},
      {WABA_RULE_TEXT, "a\x7f", false},
      {WABA_RULE_BASE_URL, "https://", false},
      {WABA_RULE_BASE_URL, "https://[", false},
      {WABA_RULE_BASE_URL, "https://[]", false},
      {WABA_RULE_BASE_URL, "https://[::g]", false},
      {WABA_RULE_BASE_URL, "https://[::1]x", false},
      {WABA_RULE_BASE_URL, "https://[FE80::A]:443", true},
      {WABA_RULE_BASE_URL, "https://h:", false},
      {WABA_RULE_BASE_URL, "https://h:123456", false},
      {WABA_RULE_BASE_URL, "https://h_x", false},
      {WABA_RULE_BASE_URL, "http://127.0.0.1", true},
      {WABA_RULE_BASE_URL, "http://127.", false},
      {WABA_RULE_BASE_URL, "http://127.0", false},
      {WABA_RULE_BASE_URL, "http://127.x.0.1", false},
      {WABA_RULE_BASE_URL, "http://127.0.0.x", false},
      {WABA_RULE_BASE_URL, "http://127.0.0.1.example", false},
      {WABA_RULE_BASE_URL, "http://localhost.example", false},
      {WABA_RULE_VERSION, "v", false},
      {WABA_RULE_VERSION, "v1.", false},
      {WABA_RULE_USER_AGENT, "/1", false},
      {WABA_RULE_USER_AGENT, "a/", false},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    check((waba_check(rows[i].rule, waba_str(rows[i].value)) == NULL) == rows[i].kept,
          "rule %d, \"%s\"", (int)rows[i].rule, rows[i].value);
  for (int rule = WABA_RULE_ID; rule <= WABA_RULE_TEXT; rule++)
    check(waba_check((enum waba_rule)rule, (struct waba_str){NULL, 0}) != NULL,
          "rule %d refuses what is not there", rule);
  check(!waba_nearest((struct waba_str){NULL, 0}, (const char *const[]){"a"}, 1),
        "nothing is near to nothing");
}

static void test_texts(void) {
  check(waba_str(NULL).ptr == NULL && waba_str(NULL).len == 0, "no text");
  check(waba_str_equal(WABA_STR(""), (struct waba_str){NULL, 0}), "nothing equals nothing");
  struct waba_buf buf;
  waba_buf_init(&buf, 64);
  waba_buf_add_escaped(&buf, WABA_STR("azAZ09-._~/ \xff"));
  check(waba_str_equal(waba_buf_str(&buf), WABA_STR("azAZ09-._~%2F%20%FF")), "escaped");
  check(!waba_buf_add_escaped(&buf, WABA_STR("////////////////////////////////")), "full");
  check(buf.state == WABA_BUF_FULL && !buf.ptr, "full, and freed");
  waba_buf_clear(&buf);
}

/* ---- operations that do not exist yet ------------------------------------------------------ */

static void test_rows(void) {
  static const struct waba_op op = {
      .name = "odd",
      .method = WABA_POST,
      .path = "{owner}/x/{item}",
      .effect = WABA_CREATES,
      .shape = WABA_SUCCESS,
      .params = {{"item", WABA_ID, WABA_IN_PATH}, {"owner", WABA_ID, WABA_IN_PATH}}};
  struct waba_args args = {.values = {WABA_STR("1"), WABA_STR("2")}};
  struct fixture fixture;
  struct waba_request request;
  fixture_open(&fixture);
  waba_request_init(&request);
  check(waba_request_build(&request, &fixture.settings, &op, &args), "built");
  check(waba_str_equal(waba_buf_str(&request.url),
                       WABA_STR("https://graph.facebook.com/v26.0/2/x/1")),
        "the path takes parameters by name: %s", request.url.ptr);
  waba_request_clear(&request);
  check(!waba_retry_allowed(&op, WABA_KIND_TRANSIENT, 1, 9), "what does harm twice is sent once");
  fixture_close(&fixture);
}

/* ---- signals ------------------------------------------------------------------------------- */

static bool waits(void) {
  sigset_t set;
  sigpending(&set);
  return sigismember(&set, SIGPIPE) == 1;
}

static void break_pipe(void) {
  check(pthread_kill(pthread_self(), SIGPIPE) == 0, "raised");
}

static bool exchange(struct fixture *fixture, void (*during)(void)) {
  fixture_call(fixture, "assign");
  spy_reset();
  spy.sends = 1;
  spy.status = 200;
  spy.during = during;
  return waba_easy_exchange(&fixture->easy, &fixture->call);
}

/* One that we caused is gone afterwards; one of somebody else's is left to them. */
static void test_sigpipe(void) {
  struct fixture fixture;
  sigset_t pipe, before;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  fixture_open(&fixture);
  check(exchange(&fixture, break_pipe), "told"); /* unblocked: it would end this process */
  pthread_sigmask(SIG_BLOCK, &pipe, &before);
  check(exchange(&fixture, break_pipe) && !waits(), "ours is taken away");
  break_pipe();
  check(exchange(&fixture, NULL) && waits(), "somebody else's stays");
  int signal = 0;
  sigwait(&pipe, &signal);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  fixture_close(&fixture);
}

/* ---- memory -------------------------------------------------------------------------------- */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
static bool memory_is_out;

void *__wrap_malloc(size_t size) {
  return memory_is_out ? NULL : __real_malloc(size);
}

static void run_out(void) {
  memory_is_out = true;
}

/* The reply could not be kept: a write that was sent is indeterminate, and nothing crashes. */
static void test_memory_in_transfer(void) {
  struct fixture fixture;
  fixture_open(&fixture);
  fixture_call(&fixture, "assign");
  spy_reset();
  spy.sends = 1;
  spy.status = 200;
  spy.reply = "{\"success\":true}";
  spy.during = run_out;
  bool told = waba_easy_exchange(&fixture.easy, &fixture.call);
  memory_is_out = false;
  check(!told && fixture.call.state == WABA_SENDING, "out of memory");
  check(waba_call_lost(&fixture.call, WABA_KIND_NETWORK, true, WABA_STR("x")) &&
            fixture.call.error.kind == WABA_KIND_INDETERMINATE,
        "a write that was sent");
  fixture_close(&fixture);
}

int main(void) {
  waba_curl_init();
  test_rules();
  test_texts();
  test_rows();
  test_sigpipe();
  test_memory_in_transfer();
  return check_end();
}
