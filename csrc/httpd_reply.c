/* SPDX-License-Identifier: MIT */
/* Answers requests as HTTP has it; httpd_fault.c has the other ways. */
#include "httpd_private.h"

#include <string.h>
#include <strings.h>

/* Header fields that are the server's to write, whatever a reply says. */
static bool is_framing(const char *name) {
  return strcasecmp(name, "content-length") == 0 || strcasecmp(name, "transfer-encoding") == 0 ||
         strcasecmp(name, "connection") == 0;
}

static bool add_headers(struct MHD_Response *response, struct waba_str packed) {
  const char *end = packed.ptr + packed.len;
  for (const char *name = packed.ptr; name < end;) {
    const char *value = name + strlen(name) + 1;
    if (!is_framing(name) && MHD_add_response_header(response, name, value) != MHD_YES)
      return false;
    name = value + strlen(value) + 1;
  }
  return true;
}

bool httpd_reply_send(struct httpd_request *request, const struct waba_httpd_reply *reply,
                      struct MHD_Response *response) {
  if (!response) return false;
  bool ok = add_headers(response, reply->headers) &&
            MHD_queue_response(request->connection, reply->status, response) == MHD_YES;
  MHD_destroy_response(response);
  if (ok) httpd_release(request, HTTPD_SENDING);
  return ok;
}

struct MHD_Response *httpd_reply_header(struct MHD_Response *response, const char *name,
                                        const char *value) {
  if (!response || MHD_add_response_header(response, name, value) == MHD_YES) return response;
  MHD_destroy_response(response);
  return NULL;
}

bool httpd_reply_plain(struct httpd_request *request, const struct waba_httpd_reply *reply) {
  return httpd_reply_send(request, reply,
                          MHD_create_response_from_buffer(reply->body.len, (void *)reply->body.ptr,
                                                          MHD_RESPMEM_MUST_COPY));
}

static bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

const char *waba_httpd_header_fault(struct waba_str name, struct waba_str value) {
  if (name.len == 0) return "has no name";
  for (size_t i = 0; i < name.len; i++)
    if (!is_name_char(name.ptr[i])) return "has a name that HTTP does not allow";
  if (value.len == 0) return "is empty";
  for (size_t i = 0; i < value.len; i++)
    if (((unsigned char)value.ptr[i] < ' ' && value.ptr[i] != '\t') || value.ptr[i] == 127)
      return "holds a control character";
  return NULL;
}
