/* SPDX-License-Identifier: MIT */
#include "usage.h"

#include <string.h>

#include "scan.h"

enum { MOST_PERCENT = 1000, MOST_MINUTES = 24 * 60, MOST_DEPTH = 32, MOST_EXPONENT = 400 };

enum { CALL_COUNT, TOTAL_CPUTIME, TOTAL_TIME, REGAIN, METERS };

#define NAME(text)                                                                                 \
  { (text), sizeof(text) - 1 }
static const struct waba_str meters[METERS] = {
    [CALL_COUNT] = NAME("call_count"),
    [TOTAL_CPUTIME] = NAME("total_cputime"),
    [TOTAL_TIME] = NAME("total_time"),
    [REGAIN] = NAME("estimated_time_to_regain_access"), /* minutes */
};

void waba_usage_init(struct waba_usage *usage) {
  *usage = (struct waba_usage){.percent = -1};
}

static double at_most(double value, double most) {
  return value < most ? value : most;
}

static double larger(double a, double b) {
  return a > b ? a : b;
}

/* Takes one field of an entry in. A value that is no number from 0 up is not believed. */
static void take(struct waba_usage *usage, int meter, double value) {
  if (meter == REGAIN) { /* no header parks anybody for more than a day */
    if (value >= 0) usage->regain = larger(usage->regain, 60 * at_most(value, MOST_MINUTES));
  } else if (value >= 0) {
    usage->percent = larger(usage->percent, at_most(value, MOST_PERCENT));
  } else {
    usage->partial = true;
  }
}

void waba_usage_join(struct waba_usage *usage, const struct waba_usage *other) {
  usage->percent = larger(usage->percent, other->percent);
  usage->regain = larger(usage->regain, other->regain);
  usage->partial = usage->partial || other->partial;
}

/* ---- JSON, as far as these headers need it --------------------------------------------------- */

struct cursor {
  const char *at, *end;
  int depth;
};

static struct cursor cursor_of(struct waba_str text) {
  const char *at = text.len > 0 ? text.ptr : ""; /* what is not there is {NULL, 0} */
  return (struct cursor){at, at + text.len, 0};
}

static bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The next character that counts; NUL at the end, and where one stands, which begins nothing. */
static char peek(struct cursor *in) {
  while (in->at < in->end && is_space(*in->at))
    in->at++;
  return in->at < in->end ? *in->at : '\0';
}

static bool take_char(struct cursor *in, char c) {
  if (peek(in) != c) return false;
  in->at++;
  return true;
}

static bool take_word(struct cursor *in, const char *word) {
  size_t len = strlen(word);
  peek(in);
  if ((size_t)(in->end - in->at) < len || memcmp(in->at, word, len) != 0) return false;
  in->at += len;
  return true;
}

/* What stands between the quotes, its escapes as they are: nothing that is looked for has any. */
static bool read_string(struct cursor *in, struct waba_str *text) {
  if (!take_char(in, '"')) return false;
  text->ptr = in->at;
  for (; in->at < in->end && *in->at != '"'; in->at++)
    if ((unsigned char)*in->at < ' ' || (*in->at == '\\' && ++in->at == in->end)) return false;
  text->len = (size_t)(in->at - text->ptr);
  return take_char(in, '"');
}

/* Adds digits to a number; answers how many there were. */
static int read_digits(struct cursor *in, double *value) {
  const char *from = in->at;
  for (; in->at < in->end && is_digit(*in->at); in->at++)
    *value = *value * 10 + (*in->at - '0');
  return (int)(in->at - from);
}

static bool read_exponent(struct cursor *in, double *value) {
  double exponent = 0;
  bool negative = in->at < in->end && *in->at == '-';
  if (negative || (in->at < in->end && *in->at == '+')) in->at++;
  if (read_digits(in, &exponent) == 0) return false;
  for (int i = 0; i < at_most(exponent, MOST_EXPONENT); i++)
    *value = negative ? *value / 10 : *value * 10;
  return true;
}

static bool read_number(struct cursor *in, double *value) {
  double scale = 1;
  bool negative = take_char(in, '-');
  *value = 0;
  if (read_digits(in, value) == 0) return false;
  if (in->at < in->end && *in->at == '.') {
    in->at++;
    int places = read_digits(in, value);
    if (places == 0 || places > MOST_EXPONENT / 2) return false;
    while (places-- > 0)
      scale *= 10;
  }
  *value /= negative ? -scale : scale;
  if (in->at == in->end || (*in->at != 'e' && *in->at != 'E')) return true;
  in->at++;
  return read_exponent(in, value);
}

enum more { MORE, OVER, BROKEN };

static bool open_with(struct cursor *in, char c) {
  return take_char(in, c) && ++in->depth <= MOST_DEPTH;
}

/* Before each item of what was opened, and after the last. */
static enum more next_item(struct cursor *in, char close, bool *first) {
  bool comma = !*first && take_char(in, ',');
  if (!comma && take_char(in, close)) {
    in->depth--;
    return OVER;
  }
  if (!comma && !*first) return BROKEN;
  *first = false;
  return MORE;
}

static bool read_key(struct cursor *in, struct waba_str *key) {
  return read_string(in, key) && take_char(in, ':');
}

static bool skip_value(struct cursor *in);

static bool skip_items(struct cursor *in, char open, char close) {
  struct waba_str key;
  bool first = true;
  enum more more;
  if (!open_with(in, open)) return false;
  while ((more = next_item(in, close, &first)) == MORE)
    if ((open == '{' && !read_key(in, &key)) || !skip_value(in)) return false;
  return more == OVER;
}

/* As deep as MOST_DEPTH at most. */
static bool skip_value(struct cursor *in) {
  struct waba_str text;
  double number;
  char c = peek(in);
  if (c == '{') return skip_items(in, '{', '}');
  if (c == '[') return skip_items(in, '[', ']');
  if (c == '"') return read_string(in, &text);
  if (c == '-' || is_digit(c)) return read_number(in, &number);
  return take_word(in, "true") || take_word(in, "false") || take_word(in, "null");
}

/* ---- the headers ----------------------------------------------------------------------------- */

/* A number from text: 17, 17%, 9.67, nothing else. Negative: it is none. */
static double to_number(struct waba_str text) {
  double value;
  if (text.len > 1 && text.ptr[text.len - 1] == '%') text.len--;
  for (size_t i = 0; i < text.len; i++)
    if (!is_digit(text.ptr[i]) && text.ptr[i] != '.') return -1;
  struct cursor in = cursor_of(text);
  return text.len <= 16 && read_number(&in, &value) && in.at == in.end ? value : -1;
}

/* A meter: a number, or text that holds one. Anything else is negative. */
static bool read_meter(struct cursor *in, double *value) {
  struct waba_str text;
  char c = peek(in);
  if (c == '-' || is_digit(c)) return read_number(in, value);
  *value = -1;
  if (c != '"') return skip_value(in);
  if (!read_string(in, &text)) return false;
  *value = to_number(text);
  return true;
}

static int meter_named(struct waba_str name) {
  int meter = 0;
  while (meter < METERS && !waba_str_equal(name, meters[meter]))
    meter++;
  return meter;
}

/* An object of meters, of whichever `type`. */
static bool read_meters(struct cursor *in, struct waba_usage *usage) {
  double values[METERS + 1] = {-1, -1, -1, -1}; /* the last is of no meter */
  struct waba_str name;
  bool first = true;
  enum more more;
  if (!open_with(in, '{')) return false;
  while ((more = next_item(in, '}', &first)) == MORE)
    if (!read_key(in, &name) || !read_meter(in, &values[meter_named(name)])) return false;
  for (int meter = 0; meter < METERS; meter++)
    take(usage, meter, values[meter]);
  return more == OVER;
}

static bool read_entry(struct cursor *in, struct waba_usage *usage) {
  double value;
  if (peek(in) == '{') return read_meters(in, usage);
  if (!read_meter(in, &value)) return false;
  take(usage, CALL_COUNT, value);
  return true;
}

/* A list of entries, or one without a list around it. */
static bool read_entries(struct cursor *in, struct waba_usage *usage) {
  bool first = true;
  enum more more;
  if (peek(in) != '[') return read_entry(in, usage);
  if (!open_with(in, '[')) return false;
  while ((more = next_item(in, ']', &first)) == MORE)
    if (!take_word(in, "null") && !read_entry(in, usage)) return false;
  return more == OVER;
}

/* A whole header; 17% is no JSON, but sent. */
static bool read_bare(struct waba_str header, struct waba_usage *usage) {
  double percent = to_number(header);
  if (percent < 0) return false;
  take(usage, CALL_COUNT, percent);
  return true;
}

bool waba_usage_read(struct waba_str header, struct waba_usage *usage) {
  struct cursor in = cursor_of(header);
  waba_usage_init(usage);
  if (read_bare(header, usage)) return true;
  return read_entries(&in, usage) && peek(&in) == '\0' && in.at == in.end;
}

static bool read_keyed(struct cursor *in, waba_usage_fn *tell, void *context) {
  struct waba_str key;
  bool first = true;
  enum more more;
  if (!open_with(in, '{')) return false;
  while ((more = next_item(in, '}', &first)) == MORE) {
    struct waba_usage usage;
    waba_usage_init(&usage);
    if (!read_key(in, &key)) return false;
    if (take_word(in, "null")) continue;
    if (!read_entries(in, &usage)) return false;
    tell(context, key, &usage);
  }
  return more == OVER;
}

bool waba_usage_read_keys(struct waba_str header, waba_usage_fn *tell, void *context) {
  struct cursor in = cursor_of(header);
  struct waba_usage usage;
  if (peek(&in) == '{')
    return read_keyed(&in, tell, context) && peek(&in) == '\0' && in.at == in.end;
  if (!waba_usage_read(header, &usage)) return false;
  tell(context, (struct waba_str){NULL, 0}, &usage);
  return true;
}
