#!/bin/sh
# SPDX-License-Identifier: MIT
# Threads, fork and unloading: plain on both VMs, then under ThreadSanitizer on Lua 5.4. (Under
# LuaJIT, which runs code no sanitizer has seen, ThreadSanitizer has nothing to hold on to.)
. spec/c/common.sh
need "$CC" cmake pkg-config

# run NAME: builds and runs in build/threads-NAME, a VM's or that of ThreadSanitizer.
run() {
  vm=$1
  flags="-g -O1"
  [ "$1" != tsan ] || { vm=lua5.4; flags="$flags -fsanitize=thread"; }
  build_modules "threads-$1" "$vm" "$flags ${EXTRA_FLAGS:-}" || { fail "build for $1"; return 0; }
  # shellcheck disable=SC2046,SC2086
  $CC $C_FLAGS $flags -rdynamic -o "build/threads-$1/threads" spec/c/threads.c \
    spec/c/loopback.c $(pkg-config --cflags --libs "$vm") -ldl -lpthread
  counted "threads-$1" "build/threads-$1/threads" "build/threads-$1"
}

# Not instrumented, so that their locks are not seen.
mkdir -p build
printf 'called_from_lib:%s\n' libcurl.so libcrypto.so libssl.so >build/tsan.supp
export TSAN_OPTIONS="suppressions=$PWD/build/tsan.supp:exitcode=66:die_after_fork=0"
if echo 'int main(void) { return 0; }' | $CC -fsanitize=thread -x c -o build/tsan-probe - &&
  build/tsan-probe; then
  at_once run lua5.4 luajit tsan
else
  echo "ThreadSanitizer does not run here: left out"
  at_once run lua5.4 luajit
fi
finish
