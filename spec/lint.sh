#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What can be said of the sources without running them. cppcheck and not clang-tidy: it takes five
# seconds and has nothing to say here, which is how a new finding gets noticed.
. spec/count.sh

mapfile -t c_files < <(find csrc spec/c bench -name '*.[ch]' | sort)
mapfile -t lua_files < <(find lua spec examples -name '*.lua' | sort)

formatted() { clang-format --dry-run -Werror "${c_files[@]}"; }

cppchecked() {
  cppcheck -q --std=c11 --enable=warning,performance,portability -j "$(nproc)" --error-exitcode=1 \
    -D_POSIX_C_SOURCE=200809L -DLIBCURL_VERSION_NUM=0x075800 -I csrc csrc
}

# A function of C spans 60 lines at most, nine in ten 30; of files, 300 (a spec, which is
# read case by case, 650).
short_functions() {
  ctags -x --c-kinds=f --fields=+ne --_xformat='%{end} %n %N %F' csrc/*.c | sort -k4 |
    awk '{ print $1 - $2 + 1, $3, $4 }' | sort -n >"$scratch/lengths"
  awk '$1 > 60 { print; bad = 1 } { all[NR] = $1 }
    END { p90 = all[int(NR * 0.9)]; print "p90:", p90; exit bad || NR == 0 || p90 > 30 }' \
    "$scratch/lengths"
}

short_files() {
  wc -l csrc/*.[ch] "${lua_files[@]}" | awk '$2 != "total" && $1 > ($2 ~ /^spec/ ? 650 : 300) { print; bad = 1 } END { exit bad }'
}

# Rules of the texts: no trailing blanks, no tabs, 100 columns in what is not luacheck's.
plain_text() {
  fails grep -nE '[[:blank:]]+$' dev spec/*.sh CMakeLists.txt packages.txt "${c_files[@]}" "${lua_files[@]}"
  fails grep -nP '^ *\t' dev spec/*.sh CMakeLists.txt "${c_files[@]}" "${lua_files[@]}"
  fails grep -nE '^.{101,}' "${c_files[@]}"
}

licensed() {
  local file bad=0
  for file in "${c_files[@]}"; do
    head -n 1 "$file" | grep -q 'SPDX-License-Identifier: MIT' || { echo "$file"; bad=1; }
  done
  return "$bad"
}

sound_shell() {
  local file
  for file in dev .ci/run spec/*.sh spec/c/*.sh bench/*.sh; do
    [ ! -e "$file" ] || bash -n "$file"
  done
}

check "luacheck" luacheck -q .
check "clang-format" formatted
check "cppcheck" cppchecked
check "functions of C are short" short_functions
check "files are short" short_files
check "no blanks at line ends, no tabs, 100 columns" plain_text
check "every C file names its license" licensed
check "shell scripts parse" sound_shell
finish
