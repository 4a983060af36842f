/* SPDX-License-Identifier: MIT */
#include "check.h"

#include <string.h>

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

static bool is_alnum(char c) {
  return is_digit(c) || is_upper(c) || (c >= 'a' && c <= 'z');
}

static bool is_word(char c) {
  return is_alnum(c) || c == '_' || c == '-';
}

static bool is_token_char(char c) {
  return is_word(c) || c == '|' || c == '.';
}

static bool is_graphic(char c) {
  return c > ' ' && c < 0x7f;
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

/* At least one character, at most max, all of them accepted. */
static bool all(struct waba_str s, size_t max, bool (*accepts)(char)) {
  if (s.len == 0 || s.len > max) return false;
  for (size_t i = 0; i < s.len; i++)
    if (!accepts(s.ptr[i])) return false;
  return true;
}

static struct waba_str skip(struct waba_str s, size_t count) {
  return (struct waba_str){s.ptr + count, s.len - count};
}

static bool starts(struct waba_str s, const char *prefix) {
  size_t len = strlen(prefix);
  return s.len >= len && memcmp(s.ptr, prefix, len) == 0;
}

/* Where c first stands, or s.len. */
static size_t find(struct waba_str s, char c) {
  const char *at = s.len > 0 ? memchr(s.ptr, c, s.len) : NULL;
  return at ? (size_t)(at - s.ptr) : s.len;
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

static bool is_host_char(char c) {
  return is_alnum(c) || c == '-' || c == '.';
}

static bool is_ipv6_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
}

/* Without leading zeros, which some would read as octal, and some would ask a name server for. */
static bool is_number_up_to(struct waba_str s, unsigned most) {
  unsigned value = 0;
  if (!all(s, 5, is_digit) || (s.len > 1 && s.ptr[0] == '0')) return false;
  for (size_t i = 0; i < s.len; i++)
    value = value * 10 + (unsigned)(s.ptr[i] - '0');
  return value <= most;
}

static bool is_port(struct waba_str s) {
  return is_number_up_to(s, 65535) && s.ptr[0] != '0';
}

/* Splits "host[:port]", "[v6][:port]"; false where it is neither. */
static bool split_host(struct waba_str authority, struct waba_str *host) {
  size_t end;
  if (authority.len > 0 && authority.ptr[0] == '[') {
    end = find(authority, ']');
    if (end == authority.len) return false;
    *host = (struct waba_str){authority.ptr + 1, end - 1};
    if (!all(*host, 45, is_ipv6_char)) return false;
    end++;
  } else {
    end = find(authority, ':');
    *host = (struct waba_str){authority.ptr, end};
    if (!all(*host, 253, is_host_char)) return false;
  }
  struct waba_str rest = skip(authority, end);
  return rest.len == 0 || (rest.ptr[0] == ':' && is_port(skip(rest, 1)));
}

static bool is_octet(struct waba_str s) {
  return is_number_up_to(s, 255);
}

/* The whole of 127.0.0.0/8, written as four numbers so that 127.example.org is not taken for it. */
static bool is_loopback_v4(struct waba_str host) {
  if (!starts(host, "127.")) return false;
  struct waba_str rest = skip(host, 4);
  for (int i = 0; i < 2; i++) {
    size_t dot = find(rest, '.');
    if (dot == rest.len || !is_octet((struct waba_str){rest.ptr, dot})) return false;
    rest = skip(rest, dot + 1);
  }
  return is_octet(rest);
}

static bool is_loopback(struct waba_str host) {
  return waba_str_equal(host, WABA_STR("localhost")) || waba_str_equal(host, WABA_STR("::1")) ||
         is_loopback_v4(host);
}

/* Without user name, path, query or fragment: those would move or leak the request. */
static bool is_base_url(struct waba_str s) {
  struct waba_str host;
  if (starts(s, "https://")) return split_host(skip(s, 8), &host);
  return starts(s, "http://") && split_host(skip(s, 7), &host) && is_loopback(host);
}

struct waba_str waba_userinfo(struct waba_str proxy) {
  size_t scheme = 0;
  for (size_t i = 0; i + 3 <= proxy.len && scheme == 0; i++)
    if (memcmp(proxy.ptr + i, "://", 3) == 0) scheme = i + 3;
  struct waba_str rest = skip(proxy, scheme);
  size_t at = rest.len;
  while (at > 0 && rest.ptr[at - 1] != '@')
    at--;
  return at > 0 ? (struct waba_str){rest.ptr, at - 1} : (struct waba_str){NULL, 0};
}

static bool is_userinfo_char(char c) {
  return is_graphic(c) && !strchr("/?#@", c);
}

static bool split_proxy(struct waba_str s, struct waba_str *host) {
  static const char *const schemes[] = {"http://",    "https://",  "socks4://",
                                        "socks4a://", "socks5://", "socks5h://"};
  struct waba_str user = waba_userinfo(s);
  if (user.ptr && !all(user, 1024, is_userinfo_char)) return false;
  for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
    if (!starts(s, schemes[i])) continue;
    s = skip(s, strlen(schemes[i]));
    break;
  }
  return split_host(skip(s, user.ptr ? user.len + 1 : 0), host);
}

static bool is_proxy(struct waba_str s) {
  struct waba_str host;
  return split_proxy(s, &host);
}

bool waba_proxy_is_local(struct waba_str proxy) {
  struct waba_str host;
  return split_proxy(proxy, &host) && is_loopback(host);
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
    return is_base_url(value);
  case WABA_RULE_FIELDS:
    return all(value, 2048, is_field_char);
  case WABA_RULE_USER_AGENT:
    return is_user_agent(value);
  case WABA_RULE_PROXY:
    return is_proxy(value);
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
      [WABA_RULE_TEXT] = "1 to 4096 printable characters",
  };
  return keeps(rule, value) ? NULL : musts[rule];
}
