#!/bin/sh
# SPDX-License-Identifier: MIT
# libFuzzer with AddressSanitizer and UndefinedBehaviorSanitizer, FUZZ_SECONDS a target. What it
# finds is kept in build/fuzz/TARGET, seeds are in spec/c/corpus.
. spec/c/common.sh
need clang pkg-config
pkg-config --exists lua5.4 || skip "lua5.4 is not installed"
SECONDS_EACH=${FUZZ_SECONDS:-30}
OUT=build/fuzz
FUZZ="-g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all"
mkdir -p $OUT
echo 'int LLVMFuzzerTestOneInput(const char *d, long n); int LLVMFuzzerTestOneInput(const char *d, long n) { return d && n ? 0 : 0; }' >$OUT/probe.c
clang $FUZZ -o $OUT/probe $OUT/probe.c 2>/dev/null || skip "clang has no libFuzzer (libclang-rt-14-dev)"

uses_lua() { [ "$1" = reply ] || [ "$1" = batch ] || [ "$1" = budget ]; }

build_target() {
  sources=$(plain_sources)
  libs=$CURL_LIBS
  if uses_lua "$1"; then
    sources="$sources $(ls csrc/lua_*.c | grep -v -e lua_httpd -e lua_curl -e lua_easy)"
    libs="$libs $(pkg-config --cflags --libs lua5.4) -rdynamic"
  fi
  # shellcheck disable=SC2086
  clang $C_FLAGS $FUZZ -o "$OUT/fuzz_$1" "spec/c/fuzz_$1.c" $sources $libs
}

run_target() {
  build_target "$1" || { fail "build of fuzz_$1"; return 0; }
  mkdir -p "$OUT/$1"
  status=0
  # What lua-cjson leaks when an error is raised is not ours: leaks are sanitize.sh's.
  ASAN_OPTIONS=detect_leaks=$(uses_lua "$1" && echo 0 || echo 1) "$OUT/fuzz_$1" \
    -max_total_time="$SECONDS_EACH" -timeout=10 -rss_limit_mb=1024 -max_len=4096 \
    -print_final_stats=1 -artifact_prefix="$OUT/$1-" "$OUT/$1" "spec/c/corpus/$1" \
    >"$OUT/$1.log" 2>&1 || status=$?
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$OUT/$1.log")
  echo "fuzz_$1: ${runs:-0} inputs in $SECONDS_EACH s, status $status"
  if [ "$status" -eq 0 ] && [ "${runs:-0}" -gt 0 ]; then
    pass
  else
    tail -n 40 "$OUT/$1.log"
    fail "fuzz_$1: $(ls $OUT/"$1"-* 2>/dev/null | tail -n 1)"
  fi
}

export LUA_PATH="$PWD/lua/?.lua;$PWD/lua/?/init.lua;;"
set -- ${TARGETS:-reply batch budget check redact usage}
while [ $# -gt 1 ]; do
  at_once run_target "$1" "$2"
  shift 2
done
[ $# -eq 0 ] || at_once run_target "$1"
finish
