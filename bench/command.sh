#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What the command costs: `waba version` against the bare VM, and `waba access` of many accounts
# against client:access alone, over HTTP. README.md says how to read it.
# ROUNDS, STARTS and ACCOUNTS (environment) make it longer or shorter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

. bench/lib.sh
ROUNDS=${ROUNDS:-5} STARTS=${STARTS:-20} ACCOUNTS=${ACCOUNTS:-10000}

needs cmake curl
[ -x /usr/bin/time ] || { echo "skipped: GNU time is not installed"; exit 0; }
mkdir -p "$OUT"
for vm in "${VMS[@]}"; do
  cmake -S . -B "$OUT/command-$vm" -DWABA_LUA="$vm" -DCMAKE_BUILD_TYPE=Release >"$OUT/build.log"
  cmake --build "$OUT/command-$vm" >>"$OUT/build.log"
done

with_modules() { # <vm> <command...>
  LUA_PATH="lua/?.lua;lua/?/init.lua;;" LUA_CPATH="$OUT/command-$1/?.so;;" "${@:2}"
}

# timed <name> <vm> <arguments...>: into $dir/<name>.wall, .cpu (user, seconds) and .kib
timed() {
  local name=$1 vm=$2 from to; shift 2
  from=$(date +%s%N)
  with_modules "$vm" /usr/bin/time -f '%U %M' -o "$dir/time" timeout 60 "$vm" "$@" \
    >"$dir/rows" 2>"$dir/said" </dev/null || { cat "$dir/said" >&2; exit 1; }
  to=$(date +%s%N)
  awk -v ns=$((to - from)) 'BEGIN { print ns / 1e9 }' >>"$dir/$name.wall"
  awk -v to="$dir/$name" '{ print $1 >> (to ".cpu"); print $2 >> (to ".kib") }' "$dir/time"
}

over() { # <name> <other> <what>: the quotient of the medians
  awk -v a="$(median <"$dir/$1.$3")" -v b="$(median <"$dir/$2.$3")" \
    'BEGIN { if (b > 0) printf "%.2f", a / b; else printf "-" }'
}

printf 'Cold start: medians of %s, ms\n%-8s %10s %14s %8s\n' "$STARTS" "" "bare VM" "waba version" ""
for vm in "${VMS[@]}"; do
  for ((round = 0; round < STARTS; round++)); do
    timed "$vm.none" "$vm" -e ''
    timed "$vm.version" "$vm" bin/waba version
  done
  printf '%-8s %10.1f %14.1f %8s\n' "$vm" \
    "$(median <"$dir/$vm.none.wall" | awk '{ print $1 * 1000 }')" \
    "$(median <"$dir/$vm.version.wall" | awk '{ print $1 * 1000 }')" \
    "$(over "$vm.version" "$vm.none" wall)"
done

with_modules luajit luajit bench/command_graph.lua "$ACCOUNTS" >"$dir/graph" &
echo $! >"$dir/pid"
for _ in {1..200}; do
  [ "$(wc -l <"$dir/graph")" -lt 3 ] || break
  sleep 0.05
done
{ read -r WABA_GRAPH_URL; read -r WABA_ACCESS_TOKEN; read -r business; } <"$dir/graph"
export WABA_GRAPH_URL WABA_ACCESS_TOKEN

reset() { curl -s -o "$dir/out" -X POST "$WABA_GRAPH_URL/sandbox/reset"; }

printf '\nwaba access of %s accounts / client:access; medians of %s interleaved rounds\n' \
  "$ACCOUNTS" "$ROUNDS"
printf '%-8s %8s %8s %8s %22s %22s\n' "" wall "user CPU" memory "alone: s, s, MiB" "waba: s, s, MiB"
for vm in "${VMS[@]}"; do
  for ((round = 0; round < ROUNDS; round++)); do
    reset; timed "$vm.alone" "$vm" bench/command.lua "$business"
    reset; timed "$vm.access" "$vm" bin/waba access "$business"
  done
  [ "$(wc -l <"$dir/rows")" -ge "$ACCOUNTS" ]
  printf '%-8s %8s %8s %8s' "$vm" "$(over "$vm.access" "$vm.alone" wall)" \
    "$(over "$vm.access" "$vm.alone" cpu)" "$(over "$vm.access" "$vm.alone" kib)"
  for name in alone access; do
    printf '%8.2f %5.2f %7.1f' "$(median <"$dir/$vm.$name.wall")" \
      "$(median <"$dir/$vm.$name.cpu")" \
      "$(median <"$dir/$vm.$name.kib" | awk '{ print $1 / 1024 }')"
  done
  printf '\n'
done
