/* SPDX-License-Identifier: MIT */
#include "settings.h"

#include <string.h>

#define FIELD(name) offsetof(struct waba_settings, name)
#define LUA(name)                                                                                  \
  { name, WABA_OPTION_LUA, 0, 0, 0, NULL, 0, 0 }
#define TEXT(name, rule, preset)                                                                   \
  { #name, WABA_OPTION_TEXT, rule, 0, 0, preset, 0, FIELD(name) }
#define SECONDS(name, preset)                                                                      \
  { #name, WABA_OPTION_NUMBER, 0, 0.001, 86400, NULL, preset, FIELD(name) }

const struct waba_option waba_options[] = {
    LUA("access_token"),
    LUA("allow_blocking"),
    TEXT(api_version, WABA_RULE_VERSION, "v26.0"),
    TEXT(app_id, WABA_RULE_ID, NULL),
    TEXT(app_secret, WABA_RULE_SECRET, NULL),
    SECONDS(attempt_timeout, 20),
    TEXT(base_url, WABA_RULE_BASE_URL, "https://graph.facebook.com"),
    LUA("budget"),
    TEXT(ca_file, WABA_RULE_TEXT, NULL),
    LUA("cache"),
    LUA("clock"),
    SECONDS(connect_timeout, 5),
    {"max_attempts", WABA_OPTION_WHOLE, 0, 1, 10, NULL, 0, FIELD(max_attempts)},
    LUA("on_event"),
    TEXT(proxy, WABA_RULE_PROXY, NULL),
    SECONDS(timeout, 60),
    LUA("transport"),
    TEXT(user_agent, WABA_RULE_USER_AGENT, ""),
};

const size_t waba_option_count = sizeof waba_options / sizeof waba_options[0];

void waba_settings_init(struct waba_settings *settings) {
  *settings = (struct waba_settings){.closed = false};
  waba_auth_init(&settings->auth);
  waba_quota_init(&settings->quota);
  for (size_t i = 0; i < waba_option_count; i++)
    if (waba_options[i].type == WABA_OPTION_TEXT)
      waba_buf_init((struct waba_buf *)((char *)settings + waba_options[i].offset), 8192);
}

void waba_settings_close(struct waba_settings *settings) {
  settings->closed = true;
  waba_auth_clear(&settings->auth);
  for (size_t i = 0; i < waba_option_count; i++)
    if (waba_options[i].type == WABA_OPTION_TEXT)
      waba_buf_clear((struct waba_buf *)((char *)settings + waba_options[i].offset));
}

bool waba_settings_set_text(struct waba_settings *settings, const struct waba_option *option,
                            struct waba_str value) {
  struct waba_buf *field = (struct waba_buf *)((char *)settings + option->offset);
  waba_buf_reset(field);
  if (field != &settings->user_agent) return waba_buf_add_str(field, value);
  waba_buf_add_text(field, "User-Agent: waba/" WABA_VERSION);
  return waba_buf_add_text(field, value.len > 0 ? " " : "") && waba_buf_add_str(field, value);
}

void waba_settings_set_number(struct waba_settings *settings, const struct waba_option *option,
                              double value) {
  memcpy((char *)settings + option->offset, &value, sizeof value);
}
