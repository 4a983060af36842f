/* SPDX-License-Identifier: MIT */
#include "curl_spy.h"

#undef curl_easy_setopt
#undef curl_easy_getinfo

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "op.h"

struct spy spy;

CURL *__real_curl_easy_init(void);
CURLcode __real_curl_easy_setopt(CURL *handle, CURLoption option, ...);
void __real_curl_easy_cleanup(CURL *handle);
CURLcode __real_curl_global_init(long flags);
CURL *__wrap_curl_easy_init(void);
CURLcode __wrap_curl_easy_setopt(CURL *handle, CURLoption option, ...);
CURLcode __wrap_curl_easy_perform(CURL *handle);
CURLcode __wrap_curl_easy_getinfo(CURL *handle, CURLINFO info, ...);
void __wrap_curl_easy_cleanup(CURL *handle);
CURLcode __wrap_curl_global_init(long flags);

static void forget_options(void) {
  memset(spy.options, 0, sizeof spy.options);
  spy.option_count = 0;
}

/* All but the options: they are the handle's, which is kept. */
void spy_reset(void) {
  static struct spy before;
  before = spy;
  memset(&spy, 0, sizeof spy);
  memcpy(spy.options, before.options, sizeof spy.options);
  spy.option_count = before.option_count;
  spy.left = 1;
}

static const struct spy_option *find(const struct spy_option *options, unsigned count,
                                     CURLoption option) {
  for (unsigned i = 0; i < count; i++)
    if (options[i].option == option) return &options[i];
  return NULL;
}

const struct spy_option *spy_at_perform(CURLoption option) {
  return find(spy.at_perform, spy.at_perform_count, option);
}

const struct spy_option *spy_now(CURLoption option) {
  return find(spy.options, spy.option_count, option);
}

/* ---- the wrapped interface ----------------------------------------------------------------- */

CURL *__wrap_curl_easy_init(void) {
  spy.inits++;
  forget_options();
  return spy.init_fails ? NULL : __real_curl_easy_init();
}

void __wrap_curl_easy_cleanup(CURL *handle) {
  spy.cleanups++;
  __real_curl_easy_cleanup(handle);
}

CURLcode __wrap_curl_global_init(long flags) {
  return spy.global_fails ? CURLE_FAILED_INIT : __real_curl_global_init(flags);
}

static bool is_text(CURLoption option) {
  const struct curl_easyoption *known = curl_easy_option_by_id(option);
  return option == CURLOPT_POSTFIELDS || (known && known->type == CURLOT_STRING);
}

static struct spy_option *slot_of(CURLoption option) {
  struct spy_option *slot = (struct spy_option *)spy_now(option);
  if (!slot) {
    assert(spy.option_count < SPY_OPTIONS);
    slot = &spy.options[spy.option_count++];
    slot->option = option;
  }
  slot->times++;
  return slot;
}

CURLcode __wrap_curl_easy_setopt(CURL *handle, CURLoption option, ...) {
  va_list args;
  struct spy_option *slot = slot_of(option);
  CURLcode code;
  if (++spy.setopts == spy.setopt_fails_at) {
    spy.refusals++;
    return spy.setopt_code;
  }
  va_start(args, option);
  if (option < CURLOPTTYPE_OBJECTPOINT) {
    slot->number = va_arg(args, long);
    code = __real_curl_easy_setopt(handle, option, slot->number);
  } else if (option < CURLOPTTYPE_FUNCTIONPOINT) {
    slot->pointer = va_arg(args, void *);
    slot->text[0] = '\0';
    if (slot->pointer && is_text(option)) strncpy(slot->text, slot->pointer, SPY_TEXT - 1);
    code = __real_curl_easy_setopt(handle, option, slot->pointer);
  } else if (option < CURLOPTTYPE_OFF_T) {
    slot->function = va_arg(args, void (*)(void));
    code = __real_curl_easy_setopt(handle, option, slot->function);
  } else {
    curl_off_t number = va_arg(args, curl_off_t);
    slot->number = (long)number;
    code = __real_curl_easy_setopt(handle, option, number);
  }
  va_end(args);
  return code;
}

static void keep_headers(void) {
  const struct spy_option *list = spy_at_perform(CURLOPT_HTTPHEADER);
  const struct curl_slist *line = list ? list->pointer : NULL;
  for (; line && spy.header_count < 8; line = line->next)
    strncpy(spy.headers[spy.header_count++], line->data, SPY_TEXT - 1);
}

static CURLcode begin_sends(void) {
  const struct spy_option *function = spy_at_perform(CURLOPT_PREREQFUNCTION);
  const struct spy_option *data = spy_at_perform(CURLOPT_PREREQDATA);
  if (!function || !data) return CURLE_OK;
  curl_prereq_callback on_send = (curl_prereq_callback)function->function;
  for (unsigned i = 0; i < spy.sends; i++)
    if (on_send(data->pointer, "127.0.0.1", "127.0.0.1", 1, 1) != CURL_PREREQFUNC_OK)
      return CURLE_ABORTED_BY_CALLBACK;
  return CURLE_OK;
}

CURLcode __wrap_curl_easy_perform(CURL *handle) {
  (void)handle;
  spy.performs++;
  memcpy(spy.at_perform, spy.options, sizeof spy.options);
  spy.at_perform_count = spy.option_count;
  keep_headers();
  CURLcode code = begin_sends();
  if (code != CURLE_OK) return code;
  if (spy.during) spy.during();
  if (spy.perform_code == CURLE_OK && spy.reply) {
    curl_write_callback on_body =
        (curl_write_callback)spy_at_perform(CURLOPT_WRITEFUNCTION)->function;
    size_t len = strlen(spy.reply);
    if (on_body((char *)spy.reply, 1, len, spy_at_perform(CURLOPT_WRITEDATA)->pointer) != len)
      return CURLE_WRITE_ERROR;
  }
  return spy.perform_code;
}

CURLcode __wrap_curl_easy_getinfo(CURL *handle, CURLINFO info, ...) {
  va_list args;
  (void)handle;
  assert(info == CURLINFO_RESPONSE_CODE || info == CURLINFO_REQUEST_SIZE);
  va_start(args, info);
  *va_arg(args, long *) = info == CURLINFO_RESPONSE_CODE ? spy.status : spy.left;
  va_end(args);
  return CURLE_OK;
}

/* ---- a client and a call ------------------------------------------------------------------- */

static const struct waba_option *option_named(const char *name) {
  for (size_t i = 0; i < waba_option_count; i++)
    if (strcmp(waba_options[i].name, name) == 0) return &waba_options[i];
  abort();
}

bool fixture_text(struct fixture *fixture, const char *option, const char *value) {
  return waba_settings_set_text(&fixture->settings, option_named(option), waba_str(value));
}

void fixture_number(struct fixture *fixture, const char *option, double value) {
  waba_settings_set_number(&fixture->settings, option_named(option), value);
}

void fixture_open(struct fixture *fixture) {
  waba_settings_init(&fixture->settings);
  for (size_t i = 0; i < waba_option_count; i++) {
    const struct waba_option *option = &waba_options[i];
    if (option->type == WABA_OPTION_TEXT && option->preset_text)
      fixture_text(fixture, option->name, option->preset_text);
    if (option->type == WABA_OPTION_NUMBER || option->type == WABA_OPTION_WHOLE)
      fixture_number(fixture, option->name, option->preset_number);
  }
  fixture_number(fixture, "max_attempts", 1);
  waba_auth_set(&fixture->settings.auth, WABA_STR(FIXTURE_TOKEN), (struct waba_str){"", 0});
  waba_easy_init(&fixture->easy, &fixture->settings);
  waba_call_init(&fixture->call, &waba_ops[0], &fixture->settings);
}

void fixture_call(struct fixture *fixture, const char *operation) {
  struct waba_args args = {.limit = 0};
  const struct waba_op *op = waba_ops;
  while (strcmp(op->name, operation) != 0)
    op++;
  for (int i = 0; op->params[i].name; i++)
    args.values[i] =
        op->params[i].type == WABA_TASKS ? WABA_STR("[\"MANAGE\"]") : WABA_STR("102290129340398");
  waba_call_clear(&fixture->call);
  waba_call_init(&fixture->call, op, &fixture->settings);
  bool sending =
      waba_call_begin(&fixture->call, &args) && waba_call_step(&fixture->call, 0, 0) == WABA_SEND;
  if (!sending) abort();
}

void fixture_close(struct fixture *fixture) {
  waba_call_clear(&fixture->call);
  waba_easy_close(&fixture->easy);
  waba_settings_close(&fixture->settings);
}
