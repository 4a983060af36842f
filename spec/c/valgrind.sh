#!/bin/sh
# SPDX-License-Identifier: MIT
# The suite under valgrind's memcheck: Lua 5.4, and LuaJIT without its compiler.
. spec/c/common.sh
. spec/c/suite.sh
need valgrind "$CC" cmake pkg-config busted

# Children are not followed: what looks at processes of its own would only take time, and under
# valgrind posix_spawn does not tell why it failed. canary takes minutes here, and is among what the
# sanitizers see.
LEFT_OUT="$LEFT_OUT canary cli cli_access cli_bulk cli_hostile cli_names cli_system_user cli_token doctor posix"

check_vm() {
  vm=$1
  command -v "$vm" >/dev/null || return 0
  [ "$vm" = lua5.4 ] || VM_FLAGS=-joff
  build_modules "valgrind-$vm" "$vm" "-g -O1" || { fail "build for $vm"; return 0; }
  run_suite "valgrind-$vm" "$vm" spec/c/gc.lua valgrind -q --error-exitcode=99 --num-callers=20 \
    --suppressions=spec/c/valgrind.supp --log-file="build/valgrind-$vm/valgrind.log" \
    --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=none
  log="build/valgrind-$vm/valgrind.log"
  # Errors count wherever they are; leaks where our code allocated.
  errors=$(grep -cE '== (Invalid|Conditional|Use of|Syscall param|Mismatched|Source and dest)' "$log" || true)
  leaks=$(awk '/definitely lost/ { lost = 1 } lost && /(core|httpd)\.so|csrc\// { n++; lost = 0 }
    /^==[0-9]+== $/ { lost = 0 } END { print n + 0 }' "$log")
  echo "$vm: $SUITE_GOOD specs ok, $SUITE_BAD not, $errors errors, $leaks leaks"
  PASSED=$((PASSED + SUITE_GOOD))
  FAILED=$((FAILED + SUITE_BAD))
  if [ "$errors" -gt 0 ] || [ "$leaks" -gt 0 ] || [ "$SUITE_GOOD" -eq 0 ]; then
    head -80 "$log"
    fail "$vm: $errors errors, $leaks leaks, status $SUITE_STATUS"
  fi
}

echo "left out: $LEFT_OUT"
at_once check_vm ${VMS:-lua5.4 luajit}
finish
