#!/bin/sh
# SPDX-License-Identifier: MIT
# Threads, fork and unloading: plain on both VMs, then under ThreadSanitizer on Lua 5.4. (Under
# LuaJIT, which runs code no sanitizer has seen, ThreadSanitizer has nothing to hold on to.)
. spec/c/common.sh
need "$CC" cmake pkg-config

# run NAME VM MODULE_FLAGS: builds and runs in build/threads-NAME.
run() {
  build_modules "threads-$1" "$2" "-g -O1 $3 ${EXTRA_FLAGS:-}" || { fail "build for $1"; return 0; }
  # shellcheck disable=SC2046,SC2086
  $CC $C_FLAGS -g -O1 $3 -rdynamic -o "build/threads-$1/threads" spec/c/threads.c \
    spec/c/loopback.c $(pkg-config --cflags --libs "$2") -ldl -lpthread
  counted "threads-$1" "build/threads-$1/threads" "build/threads-$1"
}

run lua5.4 lua5.4 ""
run luajit luajit ""
# Not instrumented, so that their locks are not seen.
printf 'called_from_lib:%s\n' libcurl.so libcrypto.so libssl.so >build/tsan.supp
export TSAN_OPTIONS="suppressions=$PWD/build/tsan.supp:exitcode=66:die_after_fork=0"
if echo 'int main(void) { return 0; }' | $CC -fsanitize=thread -x c -o build/tsan-probe - &&
  build/tsan-probe; then
  run tsan lua5.4 "-fsanitize=thread"
else
  echo "ThreadSanitizer does not run here: left out"
fi
finish
