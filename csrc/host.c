/* SPDX-License-Identifier: MIT */
#include "host.h"

#include "check.h"
#include "scan.h"

static bool is_host_char(char c) {
  return is_alnum(c) || c == '-' || c == '.';
}

static bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
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

static bool is_octet(struct waba_str s) {
  return is_number_up_to(s, 255);
}

static bool is_ipv4(struct waba_str s) {
  for (int i = 0; i < 3; i++) {
    size_t dot = find(s, '.');
    if (dot == s.len || !is_octet((struct waba_str){s.ptr, dot})) return false;
    s = skip(s, dot + 1);
  }
  return is_octet(s);
}

/* Eight groups, of which an IPv4 address may stand for the last two, and "::" for any number of
 * zeros. Without a zone, which is a name of this machine's. */
static bool is_ipv6(struct waba_str s) {
  unsigned groups = 0;
  bool gap = starts(s, "::");
  if (gap) s = skip(s, 2);
  while (s.len > 0) {
    struct waba_str group = {s.ptr, find(s, ':')};
    bool is_last = group.len == s.len, is_v4 = is_last && is_ipv4(group);
    if (!is_v4 && !all(group, 4, is_hex)) return false;
    groups += is_v4 ? 2 : 1;
    s = skip(s, group.len);
    if (is_last) break;
    bool is_gap = starts(s, "::");
    if ((is_gap && gap) || s.len == 1) return false;
    gap = gap || is_gap;
    s = skip(s, is_gap ? 2 : 1);
  }
  return gap ? groups < 8 : groups == 8;
}

/* Splits "host[:port]", "[v6][:port]"; false where it is neither. */
static bool split_host(struct waba_str authority, struct waba_str *host) {
  size_t end;
  if (authority.len > 0 && authority.ptr[0] == '[') {
    end = find(authority, ']');
    if (end == authority.len) return false;
    *host = (struct waba_str){authority.ptr + 1, end - 1};
    if (!is_ipv6(*host)) return false;
    end++;
  } else {
    end = find(authority, ':');
    *host = (struct waba_str){authority.ptr, end};
    if (!all(*host, 253, is_host_char)) return false;
  }
  struct waba_str rest = skip(authority, end);
  return rest.len == 0 || (rest.ptr[0] == ':' && is_port(skip(rest, 1)));
}

/* The whole of 127.0.0.0/8, written as four numbers so that 127.example.org is not taken for it. */
static bool is_loopback_v4(struct waba_str host) {
  return starts(host, "127.") && is_ipv4(host);
}

static bool is_loopback(struct waba_str host) {
  return waba_str_equal(host, WABA_STR("localhost")) || waba_str_equal(host, WABA_STR("::1")) ||
         is_loopback_v4(host);
}

/* Without user name, path, query or fragment: those would move or leak the request. */
bool waba_is_base_url(struct waba_str s) {
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

bool waba_is_proxy(struct waba_str s) {
  struct waba_str host;
  return split_proxy(s, &host);
}

bool waba_proxy_is_local(struct waba_str proxy) {
  struct waba_str host;
  return split_proxy(proxy, &host) && is_loopback(host);
}
