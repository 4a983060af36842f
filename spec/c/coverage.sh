#!/bin/sh
# SPDX-License-Identifier: MIT
# Lines and branches of csrc/ that the specs and the C programs reach, on both VMs together. Below
# the floors it fails: they are what was reached, and may only rise. "core" is without
# the files between Lua and the system: how a system call fails there, specs can rarely bring about.
. spec/c/common.sh
. spec/c/suite.sh
need gcovr gcov cmake pkg-config busted "$CC"
FLAGS="--coverage -O0 -g"
CORE_LINES=${CORE_LINES:-99.0}
CORE_BRANCHES=${CORE_BRANCHES:-94.5}
ALL_LINES=${ALL_LINES:-98.5}
ALL_BRANCHES=${ALL_BRANCHES:-92.0}
SYSTEM='.*/(httpd|posix|lua_httpd|lua_posix|lua_file)[^/]*'

export GCOV_ERROR_FILE=$PWD/build/gcov.err # not among what the specs expect of their processes
reach() {
  if [ "$1" = memory ]; then
    # What this finds is its own script's to say; here it only runs.
    find build/coverage-memory-* -name '*.gcda' -delete 2>/dev/null || true
    VMS=lua5.4 PREFIX=coverage- EXTRA_FLAGS="-O0 --coverage" spec/c/memory.sh | tail -n 1
    pass
    return 0
  fi
  build_modules "coverage-$1" "$1" "$FLAGS" || { fail "build for $1"; return 0; }
  find "build/coverage-$1" -name '*.gcda' -delete
  run_suite "coverage-$1" "$1" spec/c/gc.lua
  echo "$1: $SUITE_GOOD specs ok, $SUITE_BAD not"
  pass
}

at_once reach lua5.4 luajit memory
# These too only run.
rm -rf build/coverage-c
OUT=build/coverage-c EXTRA_FLAGS="$FLAGS" spec/c/setopt.sh | tail -n 1

# report NAME LINES BRANCHES GCOVR_OPTIONS...: the table, and the totals against the floors.
report() {
  name=$1
  lines=$2
  branches=$3
  shift 3
  # lua_compat.h has some functions twice, one for each VM, which gcovr 5 cannot merge.
  gcovr -r . --filter 'csrc/' --exclude '.*lua_compat\.h' "$@" --json-summary "build/coverage-$name.json" --txt -s \
    build/coverage-lua5.4 build/coverage-luajit build/coverage-c build/coverage-memory-lua5.4 \
    >"build/coverage-$name.txt" 2>"build/coverage-$name.err" ||
    { tail -n 5 "build/coverage-$name.err"; fail "gcovr"; return 0; }
  cat "build/coverage-$name.txt"
  floor "$name: lines" "$lines" "$(sed -n 's/^lines: \([0-9.]*\)%.*/\1/p' "build/coverage-$name.txt")"
  floor "$name: branches" "$branches" \
    "$(sed -n 's/^branches: \([0-9.]*\)%.*/\1/p' "build/coverage-$name.txt")"
}

floor() {
  echo "$1 $3 %, floor $2 %"
  if awk "BEGIN { exit !($3 >= $2) }"; then pass; else fail "$1 $3 % is below $2 %"; fi
}

report all "$ALL_LINES" "$ALL_BRANCHES"
gcovr -r . --filter 'csrc/' --exclude "$SYSTEM|.*lua_compat\.h" --branches build/coverage-lua5.4 \
  build/coverage-luajit build/coverage-c build/coverage-memory-lua5.4 2>/dev/null || true
report core "$CORE_LINES" "$CORE_BRANCHES" --exclude "$SYSTEM"
finish
