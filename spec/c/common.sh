# SPDX-License-Identifier: MIT
# Shared by the scripts beside it, which source it from the root of the repository. Each of them
# ends with a line "N passed, N failed", or "skipped: reason".
set -eu

CC=${CC:-cc}
CURL_LIBS="-lcurl -lcrypto -lpthread -lm"
C_FLAGS="-std=c11 -D_DEFAULT_SOURCE -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Icsrc -Ispec/c"
PASSED=0
FAILED=0

skip() {
  echo "skipped: $1"
  exit 0
}

need() {
  for tool in "$@"; do
    command -v "$tool" >/dev/null || skip "$tool is not installed"
  done
}

finish() {
  echo "$PASSED passed, $FAILED failed"
  [ "$FAILED" -eq 0 ] && [ "$PASSED" -gt 0 ]
}

pass() {
  PASSED=$((PASSED + 1))
}

fail() {
  FAILED=$((FAILED + 1))
  echo "FAILED: $1"
}

# All that knows nothing of Lua.
plain_sources() {
  ls csrc/*.c | grep -v -e '/lua_' -e '/httpd_'
}

# build_modules FLAVOUR VM C_FLAGS [LINK_FLAGS [CC]]: waba/*.so in build/FLAVOUR
build_modules() {
  cmake -S . -B "build/$1" -DWABA_LUA="$2" -DCMAKE_BUILD_TYPE=None -DCMAKE_C_COMPILER="${5:-$CC}" \
    -DCMAKE_C_FLAGS="$3" -DCMAKE_MODULE_LINKER_FLAGS="${4:-}" >/dev/null
  cmake --build "build/$1" -j2 >"build/$1/make.log" 2>&1 || {
    cat "build/$1/make.log"
    return 1
  }
}

# tally NAME STATUS: adds up what build/NAME.log says in its last line, "N passed, N failed".
tally() {
  sed '$d' "build/$1.log"
  last=$(tail -n 1 "build/$1.log")
  good=$(echo "$last" | sed -n 's/^\([0-9][0-9]*\) passed, [0-9][0-9]* failed$/\1/p')
  bad=$(echo "$last" | sed -n 's/^[0-9][0-9]* passed, \([0-9][0-9]*\) failed$/\1/p')
  if [ -z "$good" ]; then
    echo "$last"
    fail "$1 ended with status $2 before its last line"
    return 0
  fi
  echo "$1: $last"
  PASSED=$((PASSED + good))
  FAILED=$((FAILED + bad))
  [ "$2" -eq 0 ] || [ "$bad" -gt 0 ] || fail "$1 ended with status $2"
}

# counted NAME COMMAND...: runs a program and tallies it.
counted() {
  name=$1
  shift
  status=0
  "$@" >"build/$name.log" 2>&1 || status=$?
  tally "$name" "$status"
}

# at_once FUNCTION ARGUMENT...: the function with each of the arguments, all at the same time, which
# passes and fails as ever.
at_once() {
  function=$1
  shift
  mkdir -p build
  for one in "$@"; do
    (
      status=0
      (PASSED=0 FAILED=0 && "$function" "$one" && finish) >"build/$function-$one.log" 2>&1 ||
        status=$?
      echo "$status" >"build/$function-$one.status"
    ) &
  done
  wait
  for one in "$@"; do
    tally "$function-$one" "$(cat "build/$function-$one.status")"
  done
}
