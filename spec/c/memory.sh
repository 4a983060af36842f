#!/bin/sh
# SPDX-License-Identifier: MIT
# Every public function, run out of memory at every allocation it makes, on both VMs.
. spec/c/common.sh
need "$CC" cmake pkg-config
# A default client that reaches nobody.
export WABA_ACCESS_TOKEN=EAAcanarycanarycanarycanary0123456789 WABA_GRAPH_URL=http://127.0.0.1:1
unset WABA_APP_ID WABA_APP_SECRET WABA_API_VERSION
WRAP=-Wl,--wrap=malloc,--wrap=calloc,--wrap=free,--wrap=HMAC
WRAP=$WRAP,--wrap=curl_easy_init,--wrap=curl_multi_init,--wrap=curl_url

PREFIX=${PREFIX:-}

# Thousands of states load the Lua files: they are compiled once.
compile() {
  # shellcheck disable=SC2046
  "$1" - "$2" $(find lua -name '*.lua') <<'END'
for i = 2, #arg do
  local path = arg[1] .. "/" .. arg[i]
  os.execute("mkdir -p " .. path:match ".*/")
  local file = assert(io.open(path, "wb"))
  assert(file:write(string.dump(assert(loadfile(arg[i])))))
  file:close()
end
END
}

check_vm() {
  vm=$1
  build_modules "${PREFIX}memory-$vm" "$vm" "-O1 -g ${EXTRA_FLAGS:-}" "$WRAP"
  # shellcheck disable=SC2046,SC2086
  $CC $C_FLAGS -g -O1 -rdynamic -o "build/${PREFIX}memory-$vm/memory" spec/c/memory.c \
    $(pkg-config --cflags --libs "$vm") $CURL_LIBS
  compile "$vm" "build/${PREFIX}memory-$vm"
  counted "${PREFIX}memory-$vm" "build/${PREFIX}memory-$vm/memory" "build/${PREFIX}memory-$vm" spec/c/memory.lua
}

at_once check_vm ${VMS:-lua5.4 luajit}
finish
