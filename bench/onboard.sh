#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Requests a second through POST /onboard of examples/openresty: the client of waba.resty, whose
# calls wait in worker threads, against the same handler with a client that blocks the worker. Graph
# is another nginx, which takes its time. Each onboarding is two reads. README.md says how to read it.
# SECONDS_EACH and ROUNDS (environment) make it longer.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

. bench/lib.sh
VMS=(luajit)
SECONDS_EACH=${SECONDS_EACH:-3} ROUNDS=${ROUNDS:-3} CONNECTIONS=${CONNECTIONS:-32}
DELAYS=(0 0.02 0.1) # seconds that Graph takes
PATH=$PATH:/usr/sbin
MODULES=/usr/lib/nginx/modules

needs nginx cmake wrk
[ -e "$MODULES/ngx_http_lua_module.so" ] || { echo "skipped: nginx has no Lua module"; exit 0; }
build

servers=()
stop() {
  if [ ${#servers[@]} -gt 0 ]; then kill "${servers[@]}" 2>/dev/null || true; fi
  wait 2>/dev/null || true
  cleanup
}
trap stop EXIT

export LUA_PATH="$PWD/lua/?.lua;$PWD/lua/?/init.lua;;" LUA_CPATH="$PWD/$OUT/luajit/?.so;;"
export WABA_APP_SECRET=s3cret WABA_VERIFY_TOKEN=v WABA_BUSINESS_ID=9876543210987654

# ---- servers -------------------------------------------------------------------------------------

load=
for module in ndk_http_module ngx_http_lua_module; do
  if [ -e "$MODULES/$module.so" ]; then load+="load_module $MODULES/$module.so; "; fi
done
user="user $(id -un) $(id -gn);"

begin() { # <folder> <port>: starts what is configured there, and waits until it answers
  mkdir -p "$1"
  nginx -p "$1/" -c nginx.conf -e error.log -g "daemon off;" &
  servers+=($!)
  for _ in {1..100}; do
    if curl -s -o "$dir/out" "http://127.0.0.1:$2/healthz"; then return; fi
    sleep 0.05
  done
  cat "$1/error.log" >&2
  exit 1
}

# Answers what the policy of examples/openresty wants to see, once it has waited.
graph() { # <port>
  mkdir -p "$dir/graph"
  cat >"$dir/graph/nginx.conf" <<CONF
$load $user
worker_processes 1;
pid nginx.pid;
error_log error.log;
events { worker_connections 2048; }
http {
  access_log off;
  keepalive_requests 10000000;
  lua_shared_dict delay 100k;
  server {
    listen 127.0.0.1:$1;
    default_type application/json;
    location = /healthz { return 200; }
    location = /delay {
      content_by_lua_block { ngx.shared.delay:set("seconds", tonumber(ngx.var.arg_seconds)) }
    }
    location / { content_by_lua_block {
      local seconds = ngx.shared.delay:get "seconds" or 0
      if seconds > 0 then ngx.sleep(seconds) end
      if ngx.var.uri:find("system_users", 1, true) then
        ngx.print '{"data":[{"id":"11","name":"My System User"},{"id":"12","name":"Night shift"}]}'
      else
        ngx.print '{"data":[{"id":"11","tasks":["DEVELOP","MANAGE_TEMPLATES"]},'
        ngx.print '{"id":"12","tasks":["VIEW_COST"]}]}'
      end
    } }
  }
}
CONF
  begin "$dir/graph" "$1"
}

BLOCKING='local c = require "provider.config"
  require("provider.client").use(assert(require("waba").new {
    access_token = c.access_token, app_secret = c.app_secret, base_url = c.base_url, timeout = 20,
    budget = ngx.shared.waba_budget, cache = ngx.shared.waba_cache,
    on_event = require("provider.metrics").on_event, allow_blocking = true }))'

provider() { # <name> <port> <threads> [Lua for init_worker]: one worker process
  mkdir -p "$dir/$1"
  cp -r examples/openresty/lua "$dir/$1/"
  awk -v port="$2" -v threads="$3" -v lua="${4:-}" -v head="$load $user" '
    NR == 1 { print head }
    /^worker_processes/ { $0 = "worker_processes 1;" }
    /^thread_pool/ { $0 = "thread_pool waba threads=" threads ";" }
    /lua_worker_thread_vm_pool_size/ { $0 = "lua_worker_thread_vm_pool_size " threads ";" }
    { sub(/listen 127\.0\.0\.1:8080/, "listen 127.0.0.1:" port + 1000) } # the webhook: not asked
    { sub(/listen 127\.0\.0\.1:8090/, "listen 127.0.0.1:" port) }
    { sub(/init_worker_by_lua_block \{/, "& " lua " ") }
    { print }' examples/openresty/nginx.conf >"$dir/$1/nginx.conf"
  begin "$dir/$1" "$2"
}

# ---- measuring -----------------------------------------------------------------------------------

# once <name> <port>: adds a rate, p50 and p99 in ms, and how many /healthz were answered a second
# meanwhile: one connection asks without a pause
once() {
  wrk -t1 -c1 -d"${SECONDS_EACH}s" "http://127.0.0.1:$2/healthz" >"$dir/health" &
  local health=$!
  wrk -t1 -c"$CONNECTIONS" -d"${SECONDS_EACH}s" --timeout 20s -s bench/onboard.lua \
    "http://127.0.0.1:$2" | awk '/^onboard/ { print $2, $3, $4, $5 }' >"$dir/once"
  wait "$health"
  read -r rate p50 p99 failed <"$dir/once"
  if [ "$failed" != 0 ]; then echo "$1: $failed requests failed" >&2; exit 1; fi
  echo "$rate" >>"$dir/$1.rate"
  echo "$p50" >>"$dir/$1.p50"
  echo "$p99" >>"$dir/$1.p99"
  awk '/^Requests.sec:/ { print $2 }' "$dir/health" >>"$dir/$1.health"
}

port=$(shuf -i 20000-32000 -n 1)
export WABA_GRAPH_URL="http://127.0.0.1:$port"
graph "$port"
NAMES=(blocking threads16 threads64)
provider blocking $((port + 1)) 1 "$BLOCKING"
provider threads16 $((port + 2)) 16
provider threads64 $((port + 3)) 64

printf 'POST /onboard, %s connections, one nginx worker; medians of %s interleaved rounds of %s s\n' \
  "$CONNECTIONS" "$ROUNDS" "$SECONDS_EACH"
printf '%-10s %-10s %12s %12s %10s %10s %16s\n' "Graph" "client" "requests/s" "/ blocking" \
  "p50, ms" "p99, ms" "/healthz a second"
for delay in "${DELAYS[@]}"; do
  curl -s "$WABA_GRAPH_URL/delay?seconds=$delay"
  rm -f "$dir"/*.rate "$dir"/*.p50 "$dir"/*.p99 "$dir"/*.health
  for ((round = 0; round < ROUNDS; round++)); do
    for i in "${!NAMES[@]}"; do once "${NAMES[i]}" $((port + 1 + i)); done
  done
  base=$(median <"$dir/blocking.rate")
  for name in "${NAMES[@]}"; do
    awk -v d="$delay" -v n="$name" -v r="$(median <"$dir/$name.rate")" -v b="$base" \
      -v p="$(median <"$dir/$name.p50")" -v q="$(median <"$dir/$name.p99")" \
      -v h="$(median <"$dir/$name.health")" 'BEGIN {
        printf "%-10s %-10s %12.1f %12.2f %10.1f %10.1f %16.1f\n",
          d * 1000 " ms", n, r, r / b, p, q, h }'
  done
done
