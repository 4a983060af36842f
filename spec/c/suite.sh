# SPDX-License-Identifier: MIT
# Sourced: runs the busted suite on the modules of one build flavour.

# Not here either: the simulations, which take minutes on instrumented code, the matrix of wire
# faults, whose cases differ in the server and not in our C (wire_phase stays), and what loads an
# nginx, which is none of these tools'.
# provider_accounts has none of our C in it.
# Not here: dns puts a library of its own before all others, as these tools do; layering, docs,
# examples, completion, generated, page, page_browser, readme and cli_terminal look at files, or run
# what a user would run.
LEFT_OUT="access_fleet dns layering docs examples completion generated page page_browser readme \
  cli_terminal fleet_simulation wire_matrix resty_load provider provider_accounts sandbox_nginx"

left_out() {
  for name in $LEFT_OUT; do
    echo "spec/${name}_spec.lua"
  done
}

suite_files() {
  ls spec/*_spec.lua | grep -vxF "$(left_out)"
}

# run_suite FLAVOUR VM HELPER COMMAND...: COMMAND is what stands before the VM (env, valgrind ...).
# Output in SUITE_LOG, or build/FLAVOUR/suite.log; status in SUITE_STATUS, successes and the rest in
# SUITE_GOOD and SUITE_BAD.
run_suite() {
  flavour=$1
  vm=$2
  helper=$3
  shift 3
  log=${SUITE_LOG:-build/$flavour/suite.log}
  SUITE_STATUS=0
  # shellcheck disable=SC2046
  env LUA_PATH="$PWD/lua/?.lua;$PWD/lua/?/init.lua;$PWD/?.lua;;" \
    LUA_CPATH="$PWD/build/$flavour/?.so;;" WABA_LUA="$vm" \
    "$@" "$(command -v "$vm")" ${VM_FLAGS:-} /usr/bin/busted -o TAP --helper="$helper" \
    $(suite_files) >"$log" 2>&1 || SUITE_STATUS=$?
  SUITE_GOOD=$(grep -c '^ok ' "$log" || true)
  SUITE_BAD=$(grep -c '^not ok ' "$log" || true)
  grep -A 12 '^not ok ' "$log" | head -60 || true
}
