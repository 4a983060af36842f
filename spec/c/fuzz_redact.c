/* SPDX-License-Identifier: MIT */
/* The redactor: a secret never survives, wherever in a text it stands. The input is
 * [place][text]: a secret is put into the text, raw, as in a URL, or behind a label. */
#include "error.h"
#include "fuzz.h"
#include "redact.h"

#define SECRET  "1234|s3cret.Canary-_"
#define ESCAPED "1234%7Cs3cret.Canary-_"

static void put(struct waba_buf *text, const uint8_t *data, size_t size, size_t at,
                const char *what) {
  waba_buf_add(text, data, at);
  waba_buf_add_text(text, what);
  waba_buf_add(text, data + at, size - at);
}

static void check_clean(struct waba_str out) {
  NEVER(holds(out.ptr, out.len, SECRET, sizeof SECRET - 1));
  NEVER(holds(out.ptr, out.len, ESCAPED, sizeof ESCAPED - 1));
  for (size_t i = 0; i < out.len; i++)
    NEVER((unsigned char)out.ptr[i] < ' ' || out.ptr[i] == 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const forms[] = {SECRET, ESCAPED, "access_token=" SECRET, "EAA" SECRET};
  const struct waba_str secrets[] = {WABA_STR(""), WABA_STR(SECRET)};
  struct waba_buf text, out;
  struct waba_error error;
  if (size < 2 || size > 1 << 16) return 0;
  waba_buf_init(&text, 1 << 20);
  waba_buf_init(&out, 1 << 22);
  put(&text, data + 2, size - 2, data[1] % (size - 1), forms[data[0] & 3]);
  NEVER(!waba_redact(&out, waba_buf_str(&text), secrets, 2));
  check_clean(waba_buf_str(&out));
  waba_error_init(&error);
  NEVER(!waba_error_set_text(&error, WABA_TEXT_TITLE, waba_buf_str(&text), secrets, 2));
  check_clean(waba_buf_str(&error.texts[WABA_TEXT_TITLE]));
  NEVER(error.texts[WABA_TEXT_TITLE].len > 2000);
  waba_error_clear(&error);
  waba_buf_clear(&text);
  waba_buf_clear(&out);
  return 0;
}
