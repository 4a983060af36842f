#!/bin/sh
# SPDX-License-Identifier: MIT
# What is set on a libcurl handle, and what comes of libcurl's failures. Nothing is sent.
. spec/c/common.sh
need "$CC"
OUT=${OUT:-build/spec-c}
mkdir -p "$OUT"

WRAP=""
for name in curl_easy_init curl_easy_setopt curl_easy_perform curl_easy_getinfo curl_easy_cleanup \
  curl_global_init; do
  WRAP="$WRAP -Wl,--wrap=$name"
done

for program in setopt curl_fault unit; do
  extra=
  [ "$program" != unit ] || extra=-Wl,--wrap=malloc
  # shellcheck disable=SC2046,SC2086
  $CC $C_FLAGS -g ${EXTRA_FLAGS:-} -o "$OUT/$program" "spec/c/$program.c" spec/c/curl_spy.c \
    $(plain_sources) $WRAP $extra $CURL_LIBS
  counted "$program" "$OUT/$program"
done
finish
