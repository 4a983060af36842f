/* SPDX-License-Identifier: MIT */
#include "redact.h"

#include <string.h>

enum { SHORTEST_EAA = 23 };

static bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* A character of a token, raw or percent-encoded. */
static bool is_token_char(char c) {
  return is_alnum(c) || (c != '\0' && strchr("_|.-%", c));
}

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static struct waba_str from(struct waba_str text, size_t at) {
  return (struct waba_str){text.ptr + at, text.len - at};
}

/* Length of secret where text starts with it, its `|` perhaps written %7C; else 0. */
static size_t match_secret(struct waba_str text, struct waba_str secret) {
  size_t at = 0;
  for (size_t i = 0; i < secret.len; i++, at++) {
    if (at >= text.len) return 0;
    if (text.ptr[at] == secret.ptr[i]) continue;
    bool escaped = secret.ptr[i] == '|' && text.len - at >= 3 && text.ptr[at] == '%' &&
                   text.ptr[at + 1] == '7' && lower(text.ptr[at + 2]) == 'c';
    if (!escaped) return 0;
    at += 2;
  }
  return at;
}

static size_t run_length(struct waba_str text, bool (*accepts)(char)) {
  size_t len = 0;
  while (len < text.len && accepts(text.ptr[len]))
    len++;
  return len;
}

static size_t match_shape(struct waba_str text) {
  if (text.len < SHORTEST_EAA || memcmp(text.ptr, "EAA", 3) != 0) return 0;
  return run_length(text, is_alnum) >= SHORTEST_EAA ? run_length(text, is_token_char) : 0;
}

static bool starts(struct waba_str text, const char *label) {
  size_t i = 0;
  for (; label[i] != '\0'; i++)
    if (i >= text.len || lower(text.ptr[i]) != label[i]) return false;
  return true;
}

/* What announces a secret, by name. */
static const char *const names[] = {"access_token",      "input_token",   "revoke_token",
                                    "fb_exchange_token", "client_secret", "appsecret_proof"};

/* What may stand between a name and its value: in a query, a form, JSON (once or twice), prose. */
static size_t joint_length(struct waba_str text) {
  size_t len = 0;
  bool joined = false;
  while (len < text.len) {
    struct waba_str rest = from(text, len);
    if (starts(rest, "%3d")) {
      joined = true;
      len += 3;
    } else if (rest.ptr[0] != '\0' && strchr("=:\\\"' ", rest.ptr[0])) {
      joined = joined || rest.ptr[0] == '=' || rest.ptr[0] == ':';
      len++;
    } else {
      break;
    }
  }
  return joined ? len : 0;
}

/* Prose such as "access_token: missing" or "Invalid OAuth access token" is to stay readable: what
 * follows a mere space is a secret only where it is long. */
enum { LEAST_AFTER_SPACE = 16 };

/* The words of an Authorization header. */
static size_t match_scheme(struct waba_str text) {
  size_t len = starts(text, "bearer ") ? 7 : starts(text, "oauth ") ? 6 : 0;
  bool follows = len > 0 && run_length(from(text, len), is_token_char) >= LEAST_AFTER_SPACE;
  return follows ? len : 0;
}

/* Length of the label that text starts with and a secret follows, else 0. */
static size_t match_label(struct waba_str text) {
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (!starts(text, names[i])) continue;
    size_t len = strlen(names[i]);
    size_t joint = joint_length(from(text, len));
    if (joint == 0) continue;
    len += joint;
    size_t least = text.ptr[len - 1] == ' ' ? LEAST_AFTER_SPACE : 1;
    if (run_length(from(text, len), is_token_char) >= least) return len;
  }
  return match_scheme(text);
}

static size_t match(struct waba_str text, const struct waba_str *secrets, size_t count) {
  for (size_t i = 0; i < count; i++) {
    size_t len = match_secret(text, secrets[i]);
    if (len > 0) return len;
  }
  return match_shape(text);
}

bool waba_redact(struct waba_buf *out, struct waba_str text, const struct waba_str *secrets,
                 size_t count) {
  for (size_t at = 0; at < text.len;) {
    struct waba_str rest = from(text, at);
    size_t label = 0;
    size_t secret = match(rest, secrets, count);
    if (secret == 0) {
      label = match_label(rest);
      if (label > 0) secret = run_length(from(rest, label), is_token_char);
    }
    if (secret > 0) {
      waba_buf_add(out, rest.ptr, label);
      waba_buf_add_text(out, "[redacted]");
      at += label + secret;
      continue;
    }
    char c = text.ptr[at++];
    if ((unsigned char)c < ' ' || c == 0x7f) c = ' ';
    waba_buf_add(out, &c, 1);
  }
  return out->state == WABA_BUF_OK;
}
