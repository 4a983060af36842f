/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "host.h"
#include "scan.h"

static bool is_word(char c) {
  return is_alnum(c) || c == '_' || c == '-';
}

static bool is_token_char(char c) {
  return is_word(c) || c == '|' || c == '.';
}

static bool is_field_char(char c) {
  return is_alnum(c) || (c != '\0' && strchr("_.,{}()", c));
}

static bool is_agent_version_char(char c) {
  return is_digit(c) || c == '.' || c == '-';
}

static bool is_text_char(char c) {
  return (unsigned char)c >= ' ' && c != 0x7f;
}

static bool is_id(struct waba_str s) {
  return all(s, 20, is_digit) && s.ptr[0] != '0';
}

static bool is_task_char(char c) {
  return is_upper(c) || c == '_';
}

static bool is_task(struct waba_str s) {
  return all(s, 64, is_task_char) && is_upper(s.ptr[0]);
}

static bool is_version(struct waba_str s) {
  if (s.len == 0 || s.ptr[0] != 'v') return false;
  struct waba_str number = skip(s, 1);
  size_t dot = find(number, '.');
  if (dot == number.len) return false;
  return all((struct waba_str){number.ptr, dot}, 4, is_digit) &&
         all(skip(number, dot + 1), 4, is_digit);
}

static bool is_user_agent(struct waba_str s) {
  size_t slash = find(s, '/');
  if (slash == s.len) return false;
  return all((struct waba_str){s.ptr, slash}, 64, is_word) &&
         all(skip(s, slash + 1), 32, is_agent_version_char);
}

static bool is_scope_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || c == '_';
}

static bool is_scope(struct waba_str s) {
  return all(s, 64, is_scope_char) && s.ptr[0] != '_' && !is_digit(s.ptr[0]);
}

/* All the parts that `joint` separates keep a rule. */
static bool all_parts(struct waba_str s, char joint, bool (*keeps)(struct waba_str)) {
  for (;;) {
    size_t end = find(s, joint);
    if (!keeps((struct waba_str){s.ptr, end})) return false;
    if (end == s.len) return true;
    s = skip(s, end + 1);
  }
}

static bool is_path_char(char c) {
  return is_word(c) || c == '.';
}

static bool is_segment(struct waba_str s) {
  bool dots = waba_str_equal(s, WABA_STR(".")) || waba_str_equal(s, WABA_STR(".."));
  return all(s, 128, is_path_char) && !dots;
}

static bool is_param(struct waba_str s) {
  return all(s, 64, is_path_char) && is_alnum(s.ptr[0]) && !is_digit(s.ptr[0]);
}

static bool is_role(struct waba_str s) {
  return waba_str_equal(s, WABA_STR("ADMIN")) || waba_str_equal(s, WABA_STR("EMPLOYEE"));
}

/* Bytes that follow a first byte of UTF-8; 9: no such byte. */
static size_t utf8_follow(unsigned char first) {
  if (first < 0x80) return 0;
  if (first >= 0xc2 && first < 0xe0) return 1;
  if (first >= 0xe0 && first < 0xf0) return 2;
  return first >= 0xf0 && first < 0xf5 ? 3 : 9;
}

/* Length of the character that s begins with, 0 where it is none: neither a shorter form was
 * possible, nor is it a surrogate, past U+10FFFF, or a control character. */
static size_t utf8_length(struct waba_str s) {
  unsigned char first = (unsigned char)s.ptr[0];
  size_t follow = utf8_follow(first);
  if (follow >= s.len || first < ' ' || first == 0x7f) return 0;
  for (size_t i = 1; i <= follow; i++)
    if (((unsigned char)s.ptr[i] & 0xc0) != 0x80) return 0;
  if (follow == 0) return 1;
  unsigned char second = (unsigned char)s.ptr[1];
  bool wrong = (first == 0xc2 && second < 0xa0) || (first == 0xe0 && second < 0xa0) ||
               (first == 0xed && second > 0x9f) || (first == 0xf0 && second < 0x90) ||
               (first == 0xf4 && second > 0x8f);
  return wrong ? 0 : follow + 1;
}

static bool is_name(struct waba_str s) {
  enum { LONGEST_NAME = 200 };
  if (s.len == 0 || s.len > LONGEST_NAME) return false;
  while (s.len > 0) {
    size_t length = utf8_length(s);
    if (length == 0) return false;
    s = skip(s, length);
  }
  return true;
}

static bool keeps(enum waba_rule rule, struct waba_str value) {
  switch (rule) {
  case WABA_RULE_ID:
    return is_id(value);
  case WABA_RULE_TASK:
    return is_task(value);
  case WABA_RULE_VERSION:
    return is_version(value);
  case WABA_RULE_TOKEN:
    return all(value, 4096, is_token_char);
  case WABA_RULE_SECRET:
    return all(value, 256, is_graphic);
  case WABA_RULE_BASE_URL:
    return waba_is_base_url(value);
  case WABA_RULE_FIELDS:
    return all(value, 2048, is_field_char);
  case WABA_RULE_USER_AGENT:
    return is_user_agent(value);
  case WABA_RULE_PROXY:
    return waba_is_proxy(value);
  case WABA_RULE_ROLE:
    return is_role(value);
  case WABA_RULE_SCOPES:
    return value.len <= 2048 && all_parts(value, ',', is_scope);
  case WABA_RULE_CURRENCY:
    return value.len == 3 && all(value, 3, is_upper);
  case WABA_RULE_NAME:
    return is_name(value);
  case WABA_RULE_PATH:
    return value.len <= 1024 && all_parts(value, '/', is_segment);
  case WABA_RULE_PARAM:
    return is_param(value);
  case WABA_RULE_TEXT:
    break;
  }
  return all(value, 4096, is_text_char);
}

const char *waba_check(enum waba_rule rule, struct waba_str value) {
  static const char *const musts[] = {
      [WABA_RULE_ID] = "1 to 20 digits that do not start with 0",
      [WABA_RULE_TASK] = "1 to 64 capital letters and underscores, such as MANAGE",
      [WABA_RULE_VERSION] = "like v26.0",
      [WABA_RULE_TOKEN] = "letters, digits and _ | . - only, at most 4096",
      [WABA_RULE_SECRET] = "printable ASCII without spaces, at most 256",
      [WABA_RULE_BASE_URL] = "https://host[:port] (http:// for a loopback address only), "
                             "without user name, path or query",
      [WABA_RULE_FIELDS] = "field names with commas, dots, braces and parentheses, "
                           "such as id,name",
      [WABA_RULE_USER_AGENT] = "like my-app/1.2",
      [WABA_RULE_PROXY] = "[scheme://][user:password@]host[:port], with http, https, socks4, "
                          "socks4a, socks5 or socks5h as the scheme",
      [WABA_RULE_ROLE] = "ADMIN or EMPLOYEE",
      [WABA_RULE_SCOPES] = "names of permissions, such as whatsapp_business_management",
      [WABA_RULE_CURRENCY] = "three capital letters, such as USD",
      [WABA_RULE_NAME] = "1 to 200 bytes of UTF-8 without control characters",
      [WABA_RULE_PATH] = "letters, digits and _ . - joined by /, such as "
                         "102290129340398/phone_numbers",
      [WABA_RULE_PARAM] = "letters, digits and _ . -, a letter first, at most 64",
      [WABA_RULE_TEXT] = "1 to 4096 printable characters",
  };
  return keeps(rule, value) ? NULL : musts[rule];
}
