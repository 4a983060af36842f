#!/bin/sh
# SPDX-License-Identifier: MIT
# The suite under AddressSanitizer and UndefinedBehaviorSanitizer, on both VMs, with the garbage
# collector at its most aggressive, and (5.4) generational. As it is ("plain") it finds no more.
. spec/c/common.sh
. spec/c/suite.sh
need "$CC" cmake pkg-config busted
RUNTIME=$($CC -print-file-name=libasan.so)
[ -e "$RUNTIME" ] || skip "there is no libasan for $CC"
FLAGS="-g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all"

# What leaks is reported when the process ends. Not ours: lua-cjson keeps a buffer where an error is
# raised in it, and OpenSSL what it loads once.
mkdir -p build
cat >build/lsan.supp <<END
leak:cjson.so
leak:libcrypto.so
leak:ld-linux
END
export ASAN_OPTIONS="detect_leaks=1:abort_on_error=0:exitcode=99:log_path=stderr"
export LSAN_OPTIONS="suppressions=$PWD/build/lsan.supp:print_suppressions=0"
export UBSAN_OPTIONS=print_stacktrace=1

echo "left out: $LEFT_OUT"
# check VM-COLLECTOR
check() {
  vm=${1%-*}
  gc=${1##*-}
  SUITE_LOG=build/sanitize-$vm/$gc.log
  run_suite "sanitize-$vm" "$vm" spec/c/gc.lua LD_PRELOAD="$RUNTIME" WABA_GC="$gc"
  reports=$(grep -cE 'ERROR: (Address|Leak)Sanitizer|runtime error:' "$SUITE_LOG" || true)
  echo "$vm, collector $gc: $SUITE_GOOD specs ok, $SUITE_BAD not, $reports reports"
  PASSED=$((PASSED + SUITE_GOOD))
  FAILED=$((FAILED + SUITE_BAD))
  [ "$reports" -eq 0 ] || grep -A 30 -E 'ERROR: |runtime error:' "$SUITE_LOG" | head -80
  if [ "$reports" -gt 0 ] || [ "$SUITE_GOOD" -eq 0 ] ||
    { [ "$SUITE_STATUS" -ne 0 ] && [ "$SUITE_BAD" -eq 0 ]; }; then
    fail "$vm, collector $gc: status $SUITE_STATUS, $reports reports"
  fi
}

runs=
for vm in ${VMS:-lua5.4 luajit}; do
  command -v "$vm" >/dev/null || continue
  build_modules "sanitize-$vm" "$vm" "$FLAGS" || { fail "build for $vm"; continue; }
  for gc in ${COLLECTORS:-stress generational}; do
    [ "$vm-$gc" = luajit-generational ] || runs="$runs $vm-$gc"
  done
done
# shellcheck disable=SC2086
at_once check $runs
finish
