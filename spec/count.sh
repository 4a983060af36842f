# SPDX-License-Identifier: MIT
# Sourced by lint.sh, rock.sh and door.sh, from the root of the repository: named checks, counted.
set -euo pipefail

passed=0 failed=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# check NAME COMMAND...: the command is quiet where it succeeds and heard where it does not. It runs
# in a shell of its own that ends at the first failure. (With `||` behind it, it would not.)
check() {
  local name=$1 status; shift
  set +e
  (trap - EXIT; set -e; "$@") >"$scratch/output" 2>&1
  status=$?
  set -e
  if [ "$status" -eq 0 ]; then
    passed=$((passed + 1))
    echo "ok: $name"
  else
    failed=$((failed + 1))
    echo "failed: $name"
    sed 's/^/    /' "$scratch/output"
  fi
}

# fails COMMAND...: succeeds where the command does not; `!` alone ends no shell.
fails() {
  if "$@"; then
    echo "succeeded: $*"
    return 1
  fi
}

finish() {
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}
