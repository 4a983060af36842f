/* SPDX-License-Identifier: MIT */
/* What every libcurl handle of ours is set to, whatever it is used for. */
#ifndef WABA_CURL_OPTIONS_H
#define WABA_CURL_OPTIONS_H

#include <curl/curl.h>

#include "settings.h"

/* Sets all that does not change from request to request. The first failure, or CURLE_OK. */
CURLcode waba_curl_configure(CURL *handle, const struct waba_settings *settings);

#endif
