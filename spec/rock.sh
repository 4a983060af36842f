#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs waba the way README.md says, for both VMs, and uses it from outside the checkout.
. spec/count.sh

rockspec=waba-scm-1.rockspec

# The line of README.md that installs for this version of Lua, with a folder in place of --local.
install_as_written() {
  local line
  line=$(grep "^luarocks --lua-version=$1 make " README.md)
  echo "$line" | sed "s|--local|--tree $scratch/$1|" >"$scratch/install"
  sh -e "$scratch/install"
}

# Runs a script with the installed tree only, outside the checkout.
outside() {
  local version=$1 vm=$2 paths; shift 2
  paths=$(grep "^eval .*--lua-version=$version path" README.md | sed "s| path| path --tree $scratch/$version|")
  (
    eval "$paths"
    cd "$scratch"
    "$vm" "$@"
  )
}

works_outside() {
  cat >"$scratch/use.lua" <<'LUA'
local waba, sandbox = require "waba", require "waba.sandbox"
local world = sandbox.world
local options = { access_token = world.admin_token, transport = sandbox.new() }
assert(waba.new(options):assign(world.waba, world.system_user, "MANAGE"))
local server = assert(require("waba.sandbox.http").new(sandbox.new()))
server:close()
-- Through libcurl, to a port where nobody listens any more.
local client = assert(waba.new { access_token = "T", base_url = server.url })
local done, err = client:system_users(world.business)
assert(not done and err.kind == "network", tostring(err))
-- And all of it from the installed tree.
local source = debug.getinfo(waba.new, "S").source
assert(source:find(arg[1], 1, true), source)
LUA
  outside "$1" "$2" "$scratch/use.lua" "$scratch"
}

man_page_installed() {
  ls "$scratch/$1"/lib/luarocks/rocks-"$1"/waba/*/docs/waba.1
}

exports_only_luaopen() {
  local file names
  for file in "$scratch/$1"/lib/lua/"$1"/waba/*.so; do
    names=$(nm -D --defined-only "$file" | awk '{ print $NF }')
    echo "$file: $names"
    [ "$names" = "luaopen_waba_$(basename "$file" .so)" ]
  done
}

# luarocks runs what the rockspec says; one spec is enough to see that it does.
luarocks_tests() {
  luarocks --lua-version=5.4 test "$rockspec" -- lua5.4 spec/docs_spec.lua | tee "$scratch/test"
  tail -n 1 "$scratch/test" | grep -qE '^[1-9][0-9]* passed, 0 failed$'
}

plain_cmake() {
  cmake -B build/plain
  cmake --build build/plain -j "$(nproc)"
  [ -e build/plain/waba/core.so ]
}

for pair in "5.4 lua5.4" "5.1 luajit"; do
  read -r version vm <<<"$pair"
  check "luarocks make for $version" install_as_written "$version"
  check "the installed tree works on $vm, elsewhere" works_outside "$version" "$vm"
  check "the man page for $version is installed" man_page_installed "$version"
  check "the modules for $version export luaopen_* only" exports_only_luaopen "$version"
done
check "luarocks test runs the specs" luarocks_tests
check "cmake without any option" plain_cmake
finish
