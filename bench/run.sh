#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The benches: run.sh [call] [fleet] [onboard] [command], all of them unless some are named.
# README.md says what each measures, and what was measured.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

BENCHES=(call fleet onboard command)
for name in "${@:-${BENCHES[@]}}"; do
  [ -f "bench/$name.sh" ] && [[ " ${BENCHES[*]} " == *" $name "* ]] || {
    echo "no bench is called $name; there are ${BENCHES[*]}" >&2
    exit 1
  }
done
for name in "${@:-${BENCHES[@]}}"; do
  printf '==== %s\n' "$name"
  bash "bench/$name.sh"
done
