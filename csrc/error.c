/* SPDX-License-Identifier: MIT */
#include "error.h"

#include "redact.h"

/* A text is redacted whole and cut afterwards: cut first, half a token could stay behind. */
enum { LONGEST_TEXT = 2000, LONGEST_UNCUT_TEXT = 16 * 1024 * 1024 };

const struct waba_kind_info waba_kinds[WABA_KIND_COUNT] = {
    [WABA_KIND_INVALID] = {"invalid", false,
                           "a value is not what it must be; found before sending, or by Graph",
                           "an id with a letter in it; (#100) The parameter business is required"},
    [WABA_KIND_AUTH] = {"auth", false, "the access token or the app secret proof is not accepted",
                        "code 190, subcode 463: the session has expired"},
    [WABA_KIND_PERMISSION] = {"permission", false, "the token is good, but may not do this",
                              "(#200) Requires business_management permission"},
    [WABA_KIND_NOT_FOUND] = {"not_found", false,
                             "the id does not exist, or this token cannot see it",
                             "code 803, or code 100 with subcode 33"},
    [WABA_KIND_THROTTLED] = {"throttled", true,
                             "a budget of calls is used up; every further call prolongs the block",
                             "(#80008) There have been too many calls"},
    [WABA_KIND_TRANSIENT] = {"transient", true, "Graph failed for the moment and says so",
                             "code 2 with is_transient; HTTP 503 on a read"},
    [WABA_KIND_REFUSED] = {"refused", false,
                           "Graph understood and did not do it, for a reason of no other kind",
                           "{\"success\":false}; code 368"},
    [WABA_KIND_PROTOCOL] = {"protocol", false, "the reply is not one that Graph gives",
                            "a redirect; JSON without data; a page with a cursor seen before"},
    [WABA_KIND_NETWORK] = {"network", true, "no connection, or it broke",
                           "connection refused; a name that does not resolve"},
    [WABA_KIND_TLS] = {"tls", false, "the server's certificate is not trusted",
                       "a certificate of an unknown authority, or for another host"},
    [WABA_KIND_TIMEOUT] = {"timeout", true, "time ran out before anything could be told",
                           "attempt_timeout passed on a read; timeout passed between pages"},
    [WABA_KIND_INDETERMINATE] = {"indeterminate", false,
                                 "a write was sent and its fate is unknown: read before resending",
                                 "the connection broke after the request had left"},
    [WABA_KIND_UNVERIFIED] = {"unverified", false,
                              "a write succeeded, but reading back did not show it in time",
                              "assigned, and not among the assigned users yet"},
    [WABA_KIND_BLOCKING] = {"blocking", false,
                            "the call would stop an event loop that others depend on",
                            "a blocking call in an nginx request"},
    [WABA_KIND_CLOSED] = {"closed", false, "the client was closed",
                          "a call after client:close(), or of a map that was broken off"},
};

void waba_error_init(struct waba_error *error) {
  *error = (struct waba_error){.code = WABA_NO_CODE, .subcode = WABA_NO_CODE, .retry_after = -1};
  for (int i = 0; i < WABA_TEXT_COUNT; i++)
    waba_buf_init(&error->texts[i], LONGEST_UNCUT_TEXT);
  waba_buf_init(&error->hint, LONGEST_UNCUT_TEXT);
}

void waba_error_clear(struct waba_error *error) {
  for (int i = 0; i < WABA_TEXT_COUNT; i++)
    waba_buf_clear(&error->texts[i]);
  waba_buf_clear(&error->hint);
}

static void cut(struct waba_buf *text) {
  size_t len = LONGEST_TEXT;
  if (text->len <= len) return;
  for (int i = 0; i < 3 && ((unsigned char)text->ptr[len] & 0xC0) == 0x80; i++)
    len--;
  waba_buf_truncate(text, len);
}

bool waba_error_set_text(struct waba_error *error, enum waba_text which, struct waba_str text,
                         const struct waba_str *secrets, size_t secret_count) {
  if (text.len == 0) return true;
  struct waba_buf *out = &error->texts[which];
  waba_buf_reset(out);
  if (!waba_redact(out, text, secrets, secret_count)) return false;
  cut(out);
  return true;
}
