# SPDX-License-Identifier: MIT
# What the benches share; sourced at the root of the checkout. Afterwards `dir` is a folder that
# goes with the script, and so does what `serve` started.
# shellcheck shell=bash

OUT=build/bench
VMS=(lua5.4 luajit)

# A token as long as a system user's is. No proxy from the environment for the bare client either.
WABA_ACCESS_TOKEN=EAA$(printf 'a0B1c2D3e4F5%.0s' {1..16})
export WABA_ACCESS_TOKEN no_proxy='*'
unset LUA_INIT LUA_PATH_5_4 LUA_CPATH_5_4 WABA_APP_SECRET

needs() { # <tool...>: without one of them there is nothing to measure
  local tool
  for tool; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed"; exit 0; }
  done
}

build() { # [bare program...]
  local vm program
  mkdir -p "$OUT"
  for program; do
    # shellcheck disable=SC2046
    cc -O2 -std=c11 -D_POSIX_C_SOURCE=200809L -o "$OUT/$program" "bench/$program.c" \
      $(pkg-config --libs libcurl)
  done
  for vm in "${VMS[@]}"; do
    cmake -S . -B "$OUT/$vm" -DWABA_LUA="$vm" -DWABA_HTTPD=OFF -DCMAKE_BUILD_TYPE=Release \
      >"$OUT/build.log"
    cmake --build "$OUT/$vm" >>"$OUT/build.log"
  done
}

# with_waba <vm> <command...>
with_waba() {
  local vm=$1; shift
  LUA_PATH="lua/?.lua;lua/?/init.lua;;" LUA_CPATH="$OUT/$vm/?.so;;" "$@"
}

callgrind() { # <file> <command...>
  timeout 300 valgrind -q --tool=callgrind --callgrind-out-file="$1" "${@:2}" >/dev/null
}

median() { sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# The median of the quotients of two files' numbers, line by line: pairs of one round.
ratio() { paste "$1" "$2" | awk '{ print $1 / $2 }' | median; }

dir=$(mktemp -d)
cleanup() {
  if [ -s "$dir/pid" ]; then kill "$(cat "$dir/pid")" 2>/dev/null || true; fi
  rm -rf "$dir"
}
trap cleanup EXIT

serve() { # afterwards `url`, `url_tls` and `url_http2` say where
  sh bench/serve.sh "$dir"
  url=$(cat "$dir/url")
  url_tls=$(cat "$dir/url.tls")
  url_http2=$(cat "$dir/url.http2")
  export url url_tls url_http2
}
