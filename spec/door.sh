#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The front door itself: what ./dev prints and how it counts, the demo, the worked example of
# CONTRIBUTING.md.
. spec/count.sh

# The copy of the checkout that may be changed.
copy=$scratch/copy

lists_commands() {
  ./dev >"$scratch/usage"
  for command in setup build demo test lint specs rock sandbox lua; do
    grep -qE "^  $command " "$scratch/usage" || { echo "$command is not listed"; return 1; }
  done
}

refuses_unknown_commands() {
  fails ./dev nonsense
  fails ./dev test nonsense
}

# Everything is installed by now, so this does nothing and needs no network.
sets_up() { [ -z "$(./dev setup)" ]; }

# spec NAME LINES: a spec for the checks below.
spec() { printf '%s\n' "describe('x', function() it('y', function()" "$2" "end) end)" >"$scratch/$1"; }

ends_with() { [ "$(tail -n 1 "$1")" = "$2" ] || { cat "$1"; return 1; }; }

counts_a_pass() {
  spec good_spec.lua ''
  ./dev specs lua5.4 "$scratch/good_spec.lua" >"$scratch/out"
  ends_with "$scratch/out" '1 passed, 0 failed'
}

counts_a_failure() {
  spec bad_spec.lua 'error("no")'
  fails ./dev specs lua5.4 "$scratch/bad_spec.lua" >"$scratch/out"
  ends_with "$scratch/out" '0 passed, 1 failed'
}

counts_both_vms() {
  spec vm_spec.lua 'assert(not jit, "only one")'
  fails ./dev specs "$scratch/vm_spec.lua" >"$scratch/out"
  ends_with "$scratch/out" '1 passed, 1 failed'
  grep -v '^#' "$scratch/out" | head -n 5 | tr '\n' ';' |
    grep -qx 'specs on lua5.4;  1 on lua5.4 passed, 0 failed;specs on luajit;not ok 1 - x y;  0 on luajit passed, 1 failed;'
}

counts_a_broken_file() {
  echo 'this is no Lua' >"$scratch/broken_spec.lua"
  fails ./dev specs lua5.4 "$scratch/broken_spec.lua" >"$scratch/out"
  grep -qE '^0 passed, [1-9] failed$' "$scratch/out" # how many, busted's TAP does not tell
}

counts_a_suite_that_broke_off() {
  spec dead_spec.lua 'os.exit(0)'
  fails ./dev specs lua5.4 "$scratch/dead_spec.lua" >"$scratch/out"
  ends_with "$scratch/out" '0 passed, 1 failed'
}

counts_no_spec_at_all() {
  echo '-- nothing' >"$scratch/empty_spec.lua"
  fails ./dev specs lua5.4 "$scratch/empty_spec.lua" >"$scratch/out"
  ends_with "$scratch/out" '0 passed, 1 failed'
}

# In a copy, suites can be anything.
adds_up() {
  mkdir -p "$scratch/sum/spec/c"
  cp dev "$scratch/sum/"
  cd "$scratch/sum"
  echo 'echo fine; echo "3 passed, 0 failed"' >spec/lint.sh
  echo 'echo "2 passed, 1 failed"; exit 1' >spec/rock.sh
  echo 'echo "4 passed, 0 failed"; exit 7' >spec/c/memory.sh
  echo 'echo nothing; exit 0' >spec/c/fuzz.sh
  echo 'echo "skipped: no tool"' >spec/c/valgrind.sh
  echo 'cmd_build() { echo "1 passed, 0 failed"; }' >build.sh
  sed -i '/^usage() {/e cat build.sh' dev
  fails ./dev test lint rock memory fuzz valgrind coverage >out
  grep -qx 'skipped: valgrind: no tool' out
  grep -qx 'skipped: coverage: spec/c/coverage.sh is not there' out
  grep -qx 'failed: memory ended with status 7' out
  grep -q 'failed: fuzz died' out
  ends_with out '10 passed, 3 failed'
  ./dev test lint >out
  ends_with out '4 passed, 0 failed'
}

# ./dev demo, on one VM.
demonstrates() {
  WABA_LUA=$1 ./dev demo >"$scratch/demo"
  grep -qE '^    1972555232742222 +My System User +MANAGE$' "$scratch/demo"
  grep -q '^    hint: system users belong to a business' "$scratch/demo"
  grep -q 'export WABA_ACCESS_TOKEN=' "$scratch/demo"
}

# ./dev sandbox, and ./dev lua with one of the examples against it.
serves() {
  local url server
  timeout 60 ./dev sandbox 0 >"$scratch/served" & server=$!
  for _ in $(seq 500); do [ -s "$scratch/served" ] && break; sleep 0.02; done
  url=$(head -n 1 "$scratch/served")
  WABA_GRAPH_URL=$url WABA_ACCESS_TOKEN=EAATEST_ADMIN WABA_BUSINESS_ID=9876543210987654 \
    WABA_ACCOUNT_ID=1234567890123456 ./dev lua examples/list.lua >"$scratch/listed" || true
  kill "$server"
  grep -q 'Anna Flex        MANAGE' "$scratch/listed"
}

# The block of CONTRIBUTING.md whose fence says so.
block() {
  awk -v start="^\`+$1\$" '
    fence && $0 == fence { exit }
    fence { print }
    $0 ~ start { fence = $0; sub(/[a-z].*/, "", fence) }' CONTRIBUTING.md
}

takes_an_operation() {
  mkdir -p "$copy"
  cp -r CMakeLists.txt csrc lua spec .busted "$copy/"
  block 'c row' >"$scratch/row"
  block 'md golden' >"$copy/spec/golden/phone_numbers.md"
  grep -q phone_numbers "$scratch/row"
  cd "$copy"
  # Before the first row whose name comes after it.
  awk -v row="$scratch/row" '
    /^    {\.name = "/ && !added {
      split($0, word, "\"")
      if (word[2] > "phone_numbers") { added = 1; while ((getline line < row) > 0) print line }
    }
    { print }' "$OLDPWD/csrc/op.c" >csrc/op.c
  cmake -S . -B build -DWABA_LUA=lua5.4 -DWABA_HTTPD=OFF -DWABA_WERROR=ON
  cmake --build build -j "$(nproc)"
  LUA_PATH="$copy/lua/?.lua;$copy/lua/?/init.lua;$copy/?.lua;;" LUA_CPATH="$copy/build/?.so;;" \
    lua5.4 "$(command -v busted)" -o TAP spec/golden_spec.lua >golden || { cat golden; return 1; }
  grep -q '^ok .*phone_numbers' golden
}

check "./dev lists its commands" lists_commands
check "./dev refuses what it does not know" refuses_unknown_commands
check "./dev setup has nothing left to do" sets_up
check "./dev specs counts a pass" counts_a_pass
check "./dev specs counts a failure" counts_a_failure
check "./dev specs adds up both VMs, each in one piece" counts_both_vms
check "./dev specs counts a file that does not load" counts_a_broken_file
check "./dev specs counts a run that broke off" counts_a_suite_that_broke_off
check "./dev specs counts no spec at all" counts_no_spec_at_all
check "./dev test adds up what its suites count" adds_up
check "./dev demo on lua5.4" demonstrates lua5.4
check "./dev demo on luajit" demonstrates luajit
check "./dev sandbox and ./dev lua" serves
check "CONTRIBUTING.md: a row and a golden block make an operation" takes_an_operation
finish
