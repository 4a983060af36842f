#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What a fleet costs: client:map over many accounts, held against bare libcurl and against Node.js.
# Every figure is a ratio of two things measured in this run; they are printed, and drawn into
# build/bench/fleet.svg. README.md says how to read them.
# ROUNDS and READS (environment) make the timed parts longer or shorter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. bench/lib.sh

ROUNDS=${ROUNDS:-5} READS=${READS:-20000}
FEW=500 MANY=2500
PROGRAMS=(bare "${VMS[@]}")
LIMIT=120 # seconds for one run of a program

figures=$OUT/fleet.tsv # what is drawn: panel, name, value, and how the value is written

# read_many <program> <url> <reads> <concurrency> [wrapper...]: prints seconds of wall clock and of
# CPU, and peak memory in KiB (not of bare). Under valgrind LuaJIT's compiler is off.
read_many() {
  local program=$1 at=$2 reads=$3 concurrency=$4 run=("${@:5}")
  [ $# -gt 4 ] || run=(timeout $LIMIT)
  case $program in
    bare) "${run[@]}" "$OUT/bare_many" "$at" "$reads" "$concurrency" ;;
    sdk | fetch) "${run[@]}" node bench/peers.js "$program" "$at" "$reads" "$concurrency" ;;
    luajit) with_waba luajit "${run[@]}" luajit ${5:+-joff} bench/map.lua "$at" "$reads" \
      "$concurrency" ;;
    *) with_waba "$program" "${run[@]}" "$program" bench/map.lua "$at" "$reads" "$concurrency" ;;
  esac
}

# rounds <concurrency> <name=program=url...>: interleaved; into $dir/<name>.wall, .cpu and .kib
rounds() {
  local concurrency=$1 round run name program at; shift
  rm -f "$dir"/*.wall "$dir"/*.cpu "$dir"/*.kib
  for ((round = 0; round < ROUNDS; round++)); do
    for run; do
      IFS='=' read -r name program at <<<"$run"
      read_many "$program" "$at" "$READS" "$concurrency" | awk -v to="$dir/$name" \
        '{ print $1 >> (to ".wall"); print $2 >> (to ".cpu"); print $3 + 0 >> (to ".kib") }'
    done
  done
}

draw() { printf '%s\t%s\t%s\t%s\n' "$@" >>"$figures"; }

title() { printf '\n%s\n' "$1"; }

# ---- 1: against bare libcurl ---------------------------------------------------------------------

count_instructions() { # <concurrency>: the slope, so that what is done once cancels out
  local program name
  for program in "${PROGRAMS[@]}"; do
    name=$dir/$program.$1
    read_many "$program" "$url" $FEW "$1" callgrind "$name.few"
    read_many "$program" "$url" $MANY "$1" callgrind "$name.many"
    awk -v calls=$((MANY - FEW)) -f bench/cost.awk "$name.few" "$name.many" >"$name.cost"
  done
}

total_of() { awk -F'\t' '$1 == "total" { print $2 }' "$dir/$1.$2.cost"; }

against_bare() { # <concurrency>
  local program row bare_count=0 instructions
  if [ "$counting" ]; then
    count_instructions "$1"
    bare_count=$(total_of bare "$1")
  fi
  rounds "$1" "bare=bare=$url" "lua5.4=lua5.4=$url" "luajit=luajit=$url"
  for program in "${PROGRAMS[@]}"; do
    instructions=0
    if [ "$counting" ]; then instructions=$(total_of "$program" "$1"); fi
    row=$(printf '%s\n' "$instructions" "$bare_count" "$(ratio "$dir/$program.cpu" "$dir/bare.cpu")" \
      "$(ratio "$dir/$program.wall" "$dir/bare.wall")" "$(median <"$dir/$program.cpu")" \
      "$(median <"$dir/$program.wall")" | paste -s -d ' ')
    awk -v who="$program" -v at="$1" -v reads="$READS" -v row="$row" 'BEGIN {
      split(row, v, " ")
      times = v[2] > 0 ? sprintf("%.2f", v[1] / v[2]) : "-"
      printf "%-8s %4d %14s %11.2f %12.2f %14d %10.1f %10.1f %10d\n", who, at, times, v[3], v[4],
        v[1], v[5] / reads * 1e6, v[6] / reads * 1e6, reads / v[6] }'
    [ "$program" = bare ] || draw "CPU time of a read, times bare libcurl's" \
      "$program, $1 at once" "$(cut -d' ' -f3 <<<"$row")" "$(cut -d' ' -f3 <<<"$row" |
        awk '{ printf "%.2f", $1 }')"
  done
}

# Where the instructions go that bare libcurl does not spend; inclusive costs.
print_split() { # <vm> <concurrency>
  title "Instructions a read above bare libcurl, $1 at $2"
  awk -f bench/split_map.awk "$dir/bare.$2.cost" "$dir/$1.$2.cost"
}

bench_bare() {
  title "1. map of $READS assigned_users, against bare libcurl; medians of $ROUNDS interleaved rounds"
  printf '%-8s %4s %14s %11s %12s %14s %10s %10s %10s\n' "" "" "instr / bare" "CPU / bare" \
    "wall / bare" "instructions" "CPU, us" "wall, us" "reads/s"
  against_bare 32
  against_bare 128
  if [ "$counting" ]; then
    for vm in "${VMS[@]}"; do print_split "$vm" 32; done
  fi
}

# ---- 2: against Node.js --------------------------------------------------------------------------

# Meta's SDK, into a folder that is not kept in the repository.
install_sdk() {
  [ -d bench/node_modules/facebook-nodejs-business-sdk ] ||
    timeout $LIMIT npm install --silent --no-audit --no-fund --no-save --prefix bench \
      facebook-nodejs-business-sdk >"$OUT/npm.log" 2>&1
}

bench_node() {
  local name names=(lua5.4 luajit fetch) runs=("lua5.4=lua5.4=$url" "luajit=luajit=$url")
  title "2. the same at 32, against Node.js"
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    echo "skipped: node and npm are not installed"
    return
  fi
  runs+=("fetch=fetch=$url")
  if install_sdk; then
    names+=(sdk) runs+=("sdk=sdk=$url")
  else
    echo "skipped: Meta's SDK: npm could not install it, see $OUT/npm.log"
  fi
  local ROUNDS=3
  rounds 32 "${runs[@]}"
  printf '%-8s %10s %10s %12s %20s %20s\n' "" "reads/s" "CPU, us" "memory, MiB" \
    "lua5.4: speed, memory" "luajit: speed, memory"
  for name in "${names[@]}"; do
    printf '%s\n' "$(median <"$dir/$name.wall")" "$(median <"$dir/$name.cpu")" \
      "$(median <"$dir/$name.kib")" \
      "$(ratio "$dir/$name.wall" "$dir/lua5.4.wall")" "$(ratio "$dir/lua5.4.kib" "$dir/$name.kib")" \
      "$(ratio "$dir/$name.wall" "$dir/luajit.wall")" "$(ratio "$dir/luajit.kib" "$dir/$name.kib")" |
      paste -s -d ' ' | awk -v who="$name" -v reads="$READS" '{
        printf "%-8s %10d %10.1f %12.1f %12.2f x, %.3f %12.2f x, %.3f\n", who, reads / $1,
          $2 / reads * 1e6, $3 / 1024, $4, $5, $6, $7 }'
    median <"$dir/$name.wall" | awk -v n="$READS" '{ printf "%d\n", n / $1 }' |
      { read -r rate; draw "Reads a second" "$name" "$rate" "$rate"; }
    median <"$dir/$name.kib" | awk '{ printf "%.1f\n", $1 / 1024 }' |
      { read -r mib; draw "Peak memory, MiB" "$name" "$mib" "$mib"; }
  done
  echo "speed: how many times as fast as that row; memory: what part of it waba takes"
}

# ---- 3: HTTP/2 -----------------------------------------------------------------------------------

bench_http2() {
  local vm row concurrency
  export BENCH_CA_FILE=$dir/ca.pem
  title "3. HTTP/2 over TLS on one connection, against HTTP/1.1 over TLS on 32"
  printf '%-8s %4s %14s %14s %14s %14s\n' "" "" "wall 2 / 1.1" "CPU 2 / 1.1" "2: reads/s" \
    "1.1: reads/s"
  for concurrency in 32 128; do
    rounds "$concurrency" "lua5.4.h1=lua5.4=$url_tls" "lua5.4.h2=lua5.4=$url_http2" \
      "luajit.h1=luajit=$url_tls" "luajit.h2=luajit=$url_http2"
    for vm in "${VMS[@]}"; do
      row=$(printf '%s\n' "$(ratio "$dir/$vm.h2.wall" "$dir/$vm.h1.wall")" \
        "$(ratio "$dir/$vm.h2.cpu" "$dir/$vm.h1.cpu")" "$(median <"$dir/$vm.h2.wall")" \
        "$(median <"$dir/$vm.h1.wall")" | paste -s -d ' ')
      awk -v who="$vm" -v at="$concurrency" -v n="$READS" -v row="$row" 'BEGIN { split(row, v, " ")
        printf "%-8s %4d %14.2f %14.2f %14d %14d\n", who, at, v[1], v[2], n / v[3], n / v[4] }'
      draw "HTTP/2 on one connection: wall clock, times HTTP/1.1 on 32" "$vm, $concurrency at once" \
        "${row%% *}" "$(printf '%.2f' "${row%% *}")"
    done
  done
  unset BENCH_CA_FILE
}

# ---- 4: memory -----------------------------------------------------------------------------------

bench_memory() {
  local vm accounts kib first
  title "4. peak memory with on_result, MiB, and against that for 1,000 accounts"
  printf '%-8s %14s %16s %16s\n' "" "1,000" "10,000" "100,000"
  for vm in "${VMS[@]}"; do
    printf '%-8s' "$vm"
    first=
    for accounts in 1000 10000 100000; do
      kib=$(read_many "$vm" "$url" $accounts 32 | cut -d' ' -f3)
      first=${first:-$kib}
      awk -v k="$kib" -v f="$first" 'BEGIN { printf "%8.1f (%4.2f)", k / 1024, k / f }'
      draw "Peak memory with on_result, MiB" "$vm, $accounts accounts" \
        "$(awk -v k="$kib" 'BEGIN { print k / 1024 }')" \
        "$(awk -v k="$kib" 'BEGIN { printf "%.1f", k / 1024 }')"
    done
    printf '\n'
  done
}

# ---- 5: requests ---------------------------------------------------------------------------------

bench_requests() {
  local way sent calls
  title "5. requests to learn who is assigned on 10,000 accounts"
  printf '%-24s %14s %20s\n' "" "HTTP requests" "calls Graph counts"
  with_waba luajit timeout $LIMIT luajit bench/requests.lua 10000 >"$dir/requests.tsv"
  while IFS=$'\t' read -r way sent calls; do
    printf '%-24s %14d %20d\n' "$way" "$sent" "$calls"
    draw "HTTP requests for 10,000 accounts" "$way" "$sent" "$sent"
  done <"$dir/requests.tsv"
}

# ---- the run -------------------------------------------------------------------------------------

needs nginx cmake openssl
build bare_many
serve
: >"$figures"
counting=$(command -v valgrind || true)
[ "$counting" ] || echo "valgrind is not installed: instructions are left out"
bench_bare
bench_node
bench_http2
bench_memory
bench_requests
with_waba "${VMS[0]}" "${VMS[0]}" bench/plot.lua "$figures" >"$OUT/fleet.svg"
printf '\ndrawn in %s\n' "$OUT/fleet.svg"
