#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What the blocking call costs, held against bench/bare.c: the same HTTP in a plain libcurl loop.
# Every figure is a ratio of two things measured in this run. README.md says how to read them.
# ROUNDS and CALLS (environment) make the timed part longer.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. bench/lib.sh

ROUNDS=${ROUNDS:-11} CALLS=${CALLS:-1000}
FEW=200 MANY=1200
PROGRAMS=(bare "${VMS[@]}")
KINDS=(get2 get100 assign)
declare -A SAYS=([get2]="GET, 2 users" [get100]="GET, 100 users" [assign]="POST assign")

# ---- what is measured ----------------------------------------------------------------------------

# loop <program> <kind> <count> [wrapper...]: prints seconds of wall clock and of CPU. Under
# valgrind LuaJIT's compiler is off: it would be the compiled code's first steps that are counted.
loop() {
  local program=$1 kind=$2 count=$3; shift 3
  case $program in
    bare) "$@" "$OUT/bare" "$url" "$kind" "$count" ;;
    luajit) with_waba luajit "$@" luajit ${1:+-joff} bench/call.lua "$url" "$kind" "$count" ;;
    *) with_waba "$program" "$@" "$program" bench/call.lua "$url" "$kind" "$count" ;;
  esac
}

# ---- tables --------------------------------------------------------------------------------------

same_requests() {
  local program kind
  for program in "${PROGRAMS[@]}"; do
    for kind in "${KINDS[@]}"; do loop "$program" "$kind" 1 >/dev/null; done
    for _ in {1..50}; do # nginx logs a request after it has answered it
      if [ "$(wc -l <"$dir/requests.log")" -ge ${#KINDS[@]} ]; then break; fi
      sleep 0.1
    done
    sort "$dir/requests.log" >"$dir/requests.$program"
    : >"$dir/requests.log"
    cmp "$dir/requests.bare" "$dir/requests.$program" || {
      echo "the requests of bare and of waba differ" >&2
      diff "$dir/requests.bare" "$dir/requests.$program" >&2
      exit 1
    }
  done
}

# The slope between FEW and MANY calls: what is done once cancels out.
count_instructions() {
  local program kind name
  for kind in "${KINDS[@]}"; do
    for program in "${PROGRAMS[@]}"; do
      name=$dir/$program.$kind
      loop "$program" "$kind" "$FEW" callgrind "$name.few"
      loop "$program" "$kind" "$MANY" callgrind "$name.many"
      awk -v calls=$((MANY - FEW)) -f bench/cost.awk "$name.few" "$name.many" >"$name.cost"
    done
  done
}

print_instructions() {
  local kind bare program
  printf '\nInstructions a call, user space (LuaJIT with its compiler off)\n'
  printf '%-16s %-8s %12s %14s %12s %12s %12s\n' \
    "" "" "waba / bare" "w/o lua-cjson" "bare" "waba" "lua-cjson"
  for kind in "${KINDS[@]}"; do
    bare=$(awk -F'\t' '$1 == "total" { print $2 }' "$dir/bare.$kind.cost")
    for program in lua5.4 luajit; do
      awk -F'\t' -v kind="${SAYS[$kind]}" -v vm="$program" -v bare="$bare" '
        $1 == "total" { waba = $2 }
        $3 ~ /^waba_json_decode > lua_callk?$/ { json = $2 }
        END { printf "%-16s %-8s %12.2f %14.2f %12d %12d %12d\n",
                kind, vm, waba / bare, (waba - json) / bare, bare, waba, json }
      ' "$dir/$program.$kind.cost"
    done
  done
}

# Where they go: inclusive costs, so the collector's work counts where it happened to run.
print_split() {
  printf '\n%s on %s, above bare:\n' "${SAYS[$1]}" "$2"
  awk -f bench/split.awk "$dir/bare.$1.cost" "$dir/$2.$1.cost"
}

# A B C A B C ...: what disturbs one disturbs its neighbours, so a ratio is taken round by round.
print_times() {
  local kind program round what
  printf '\nMicroseconds a call, medians of %d interleaved rounds of %d calls\n' "$ROUNDS" "$CALLS"
  printf '%-16s %-8s %12s %12s %12s %12s\n' "" "" "wall / bare" "CPU / bare" "wall" "CPU"
  for kind in "${KINDS[@]}"; do
    rm -f "$dir"/*.wall "$dir"/*.cpu
    for ((round = 0; round < ROUNDS; round++)); do
      for program in "${PROGRAMS[@]}"; do
        loop "$program" "$kind" "$((CALLS + 1))" |
          awk -v n="$CALLS" -v to="$dir/$program" \
            '{ print $1 / n * 1e6 >> (to ".wall"); print $2 / n * 1e6 >> (to ".cpu") }'
      done
    done
    for program in "${PROGRAMS[@]}"; do
      printf '%-16s %-8s' "${SAYS[$kind]}" "$program"
      for what in wall cpu; do
        ratio "$dir/$program.$what" "$dir/bare.$what"
      done | xargs printf ' %12.2f %12.2f'
      for what in wall cpu; do median <"$dir/$program.$what"; done | xargs printf ' %12.1f %12.1f\n'
    done
  done
}

milliseconds() { # of one run of a program, wall clock
  local start=$EPOCHREALTIME
  "$@" >/dev/null
  awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { print (b - a) * 1000 }'
}

whole() { # <program> <one|empty|libcurl|require> [wrapper...]
  local program=$1 what=$2; shift 2
  case $what in
    one) loop "$program" get2 1 "$@" ;;
    empty) "$@" "$program" -e "" ;;
    libcurl) "$@" "$program" -e 'assert(package.loadlib("libcurl.so.4", "*"))' ;;
    require) with_waba "$program" "$@" "$program" -e 'require "waba"' ;;
  esac
}

WHOLE=("bare one")
for vm in lua5.4 luajit; do WHOLE+=("$vm empty" "$vm libcurl" "$vm require" "$vm one"); done

print_whole() {
  local round program what run vm
  local -A ms count
  for ((round = 0; round < 3 * ROUNDS; round++)); do
    for run in "${WHOLE[@]}"; do
      read -r program what <<<"$run"
      milliseconds whole "$program" "$what" >>"$dir/$program.$what.ms"
    done
  done
  printf '\nWhole processes, medians of %d interleaved runs\n' $((3 * ROUNDS))
  printf 'one: one call, GET of 2 users; libcurl: the VM loads libcurl and does nothing\n'
  printf '%-25s %12s %12s %12s\n' "" "wall / bare" "wall, ms" "instructions"
  for run in "${WHOLE[@]}"; do
    read -r program what <<<"$run"
    ms[$run]=$(median <"$dir/$program.$what.ms")
    count[$run]=-
    if [ "$counting" ]; then
      whole "$program" "$what" callgrind "$dir/whole"
      count[$run]=$(awk '/^totals:/ { print $2 }' "$dir/whole")
    fi
    awk -v r="$run" -v m="${ms[$run]}" -v b="${ms["bare one"]}" -v c="${count[$run]}" \
      'BEGIN { printf "%-25s %12.2f %12.2f %12s\n", r, m / b, m, c }'
  done
  for vm in lua5.4 luajit; do
    awk -v v="$vm" -v r="${ms["$vm require"]}" -v l="${ms["$vm libcurl"]}" \
      -v e="${ms["$vm empty"]}" 'BEGIN {
        printf "require \"waba\" on %s: %.2f ms (aim: 3); loading libcurl alone: %.2f ms\n",
          v, r - e, l - e }'
  done
}

# ---- the run -------------------------------------------------------------------------------------

needs nginx cmake openssl
build bare
serve
same_requests
counting=$(command -v valgrind || true)
if [ "$counting" ]; then
  count_instructions
  print_instructions
  for kind in "${KINDS[@]}"; do print_split "$kind" lua5.4; done
else
  echo "valgrind is not installed: instructions are left out"
fi
print_times
print_whole
