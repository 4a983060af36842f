/* SPDX-License-Identifier: MIT */
#include "curl_transfer.h"

#include <stdlib.h>
#include <string.h>

#include "curl_options.h"

/* The callbacks touch the response's bounded buffers and nothing else: no Lua, no allocation that
 * could jump out of libcurl. */

static size_t on_body(char *bytes, size_t size, size_t count, void *data) {
  struct waba_transfer *transfer = data;
  size_t len = size * count;
  return waba_buf_add(&transfer->call->response.body, bytes, len) ? len : 0;
}

/* A status line begins another set of headers: after a 100 Continue, say. */
static size_t on_header(char *bytes, size_t size, size_t count, void *data) {
  struct waba_transfer *transfer = data;
  struct waba_response *response = &transfer->call->response;
  size_t len = size * count;
  if (len >= 5 && memcmp(bytes, "HTTP/", 5) == 0) {
    waba_response_reset(response);
    return len;
  }
  return waba_response_add_header(response, (struct waba_str){bytes, len}) ? len : 0;
}

/* libcurl calls this before it sends a request, and again before it sends it anew on its own
 * account, when a kept connection turned out dead: up to five times, POST included. If any of it
 * had left, a write may have been applied, and its second sending is stopped here. */
static int on_send(void *data, char *remote, char *local, int remote_port, int local_port) {
  struct waba_transfer *transfer = data;
  (void)remote, (void)local, (void)remote_port, (void)local_port;
  long left = 1;
  curl_easy_getinfo(transfer->handle, CURLINFO_REQUEST_SIZE, &left);
  bool again = transfer->sends > 0 && left > 0;
  if (again && waba_op_writes(transfer->call->op)) return CURL_PREREQFUNC_ABORT;
  transfer->sends++;
  return CURL_PREREQFUNC_OK;
}

static struct curl_slist *link_headers(struct waba_transfer *transfer) {
  struct waba_str lines[WABA_REQUEST_HEADERS];
  size_t count = waba_call_headers(transfer->call, lines);
  for (size_t i = 0; i < count; i++) {
    transfer->headers[i].data = (char *)lines[i].ptr; /* libcurl only reads it */
    transfer->headers[i].next = i + 1 < count ? &transfer->headers[i + 1] : NULL;
  }
  return transfer->headers;
}

/* The host goes as a URL that has been taken apart, and what follows it as the target, which is
 * sent as it is: libcurl takes a URL apart and puts it together byte by byte, for every request
 * anew. But a proxy may be told the whole URL, in libcurl's own spelling; a URL of somebody else's
 * may need libcurl's care; and another client's call may go to another host. */
static CURLcode set_url(const struct waba_transfer *transfer) {
  const struct waba_call *call = transfer->call;
  const struct waba_settings *settings = transfer->settings;
  const char *url = call->request.url.ptr;
  bool apart = call->request.target > 0 && call->settings == settings && settings->proxy.len == 0;
  CURL *handle = transfer->handle;
  CURLcode code = curl_easy_setopt(handle, CURLOPT_CURLU, apart ? transfer->base : NULL);
  if (code == CURLE_OK && !apart) code = curl_easy_setopt(handle, CURLOPT_URL, url);
  if (code != CURLE_OK) return code;
  const char *target = apart ? url + call->request.target : NULL;
  return curl_easy_setopt(handle, CURLOPT_REQUEST_TARGET, target);
}

static CURLcode set_method(CURL *handle, const struct waba_request *request) {
  const char *custom = request->method == WABA_DELETE ? "DELETE" : NULL;
  /* An earlier body is no part of it. */
  CURLcode code = curl_easy_setopt(handle, CURLOPT_HTTPGET, 1L);
  if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, custom);
  if (code != CURLE_OK || request->method != WABA_POST) return code;
  code = curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, (long)request->body.len);
  if (code != CURLE_OK) return code;
  return curl_easy_setopt(handle, CURLOPT_POSTFIELDS, waba_buf_str(&request->body).ptr);
}

static CURLcode set_callbacks(struct waba_transfer *transfer) {
  CURL *handle = transfer->handle;
  CURLcode code = curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
  if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_WRITEDATA, transfer);
  if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_header);
  if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_HEADERDATA, transfer);
  if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, on_send);
  if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_PREREQDATA, transfer);
  if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, transfer->message);
  return code;
}

static CURLcode make_base(struct waba_transfer *transfer) {
  const char *url = transfer->settings->base_url.ptr;
  transfer->base = curl_url();
  if (!transfer->base) return CURLE_OUT_OF_MEMORY;
  CURLUcode code = curl_url_set(transfer->base, CURLUPART_URL, url, CURLU_DISALLOW_USER);
  if (code == CURLUE_OUT_OF_MEMORY) return CURLE_OUT_OF_MEMORY;
  return code == CURLUE_OK ? CURLE_OK : CURLE_URL_MALFORMAT;
}

/* Every failure counts: a request without its guard or its bounds must not go. */
struct waba_transfer *waba_transfer_new(const struct waba_settings *settings, CURLcode *result) {
  struct waba_transfer *transfer = calloc(1, sizeof *transfer);
  *result = CURLE_OUT_OF_MEMORY;
  if (!transfer) return NULL;
  transfer->settings = settings;
  transfer->handle = curl_easy_init();
  if (transfer->handle) *result = waba_curl_configure(transfer->handle, settings);
  if (*result == CURLE_OK) *result = set_callbacks(transfer);
  if (*result == CURLE_OK) *result = make_base(transfer);
  if (*result == CURLE_OK) return transfer;
  waba_transfer_free(transfer);
  return NULL;
}

void waba_transfer_free(struct waba_transfer *transfer) {
  if (!transfer) return;
  curl_easy_cleanup(transfer->handle);
  curl_url_cleanup(transfer->base);
  free(transfer);
}

/* No pointer to header lines that are gone stays behind; one to a body is looked at no more. */
void waba_transfer_drop(struct waba_transfer *transfer) {
  curl_easy_setopt(transfer->handle, CURLOPT_HTTPHEADER, NULL);
}

CURLcode waba_transfer_begin(struct waba_transfer *transfer, struct waba_call *call) {
  CURL *handle = transfer->handle;
  transfer->call = call;
  transfer->sends = 0;
  transfer->message[0] = '\0';
  const struct waba_request *request = waba_call_request(call);
  if (!request) return CURLE_OUT_OF_MEMORY;
  long timeout = (long)(call->attempt_timeout * 1000 + 0.5);
  CURLcode code = curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, timeout > 0 ? timeout : 1L);
  if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_HTTPHEADER, link_headers(transfer));
  if (code == CURLE_OK) code = set_url(transfer);
  if (code == CURLE_OK) code = set_method(handle, request);
  if (code == CURLE_OUT_OF_MEMORY) waba_transfer_drop(transfer);
  return code;
}

/* Everything not named is a connection that was not made, or broke. */
static enum waba_kind kind_of(CURLcode result) {
  switch (result) {
  case CURLE_OPERATION_TIMEDOUT:
    return WABA_KIND_TIMEOUT;
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CIPHER:
  case CURLE_SSL_ISSUER_ERROR:
  case CURLE_SSL_CRL_BADFILE:
  case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
  case CURLE_SSL_INVALIDCERTSTATUS:
    return WABA_KIND_TLS;
  case CURLE_WRITE_ERROR:
  case CURLE_WEIRD_SERVER_REPLY:
  case CURLE_UNSUPPORTED_PROTOCOL:
  case CURLE_BAD_CONTENT_ENCODING:
    return WABA_KIND_PROTOCOL;
  default:
    return WABA_KIND_NETWORK;
  }
}

static const char *message_of(const struct waba_transfer *transfer, CURLcode result) {
  if (result == CURLE_ABORTED_BY_CALLBACK)
    return "the kept connection broke after the request was sent; sending it again was stopped";
  if (result == CURLE_WRITE_ERROR)
    return "the reply is larger than a reply may be (4 MiB of body, 256 KiB or 200 lines of "
           "headers)";
  return transfer->message[0] != '\0' ? transfer->message : curl_easy_strerror(result);
}

bool waba_transfer_end(struct waba_transfer *transfer, CURLcode result) {
  struct waba_call *call = transfer->call;
  struct waba_response *response = &call->response;
  waba_transfer_drop(transfer);
  if (response->body.state == WABA_BUF_NO_MEMORY || response->headers.state == WABA_BUF_NO_MEMORY)
    result = CURLE_OUT_OF_MEMORY;
  if (result != CURLE_OK)
    return waba_call_lost(call, kind_of(result), transfer->sends > 0,
                          waba_str(message_of(transfer, result)));
  long status = 0;
  curl_easy_getinfo(transfer->handle, CURLINFO_RESPONSE_CODE, &status);
  response->status = (int)status;
  waba_call_received(call);
  return true;
}
