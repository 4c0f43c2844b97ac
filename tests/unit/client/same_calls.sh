#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# same_calls.sh CLIENT: each public function of statgate.h has the same type with STATGATE_NOOP, which includes no header
# of an operating system.
set -euo pipefail
cd "$1"
prototypes=$(mktemp)
trap 'rm -f "$prototypes"' EXIT

# calls [FLAG]: their prototypes as the compiler read them, without the names of parameters.
calls() {
  gcc -std=gnu11 "$@" -aux-info "$prototypes" -fsyntax-only -I . -include statgate.h -x c /dev/null
  sed -nE 's/.* static ([a-zA-Z_].*\**statgate_[a-z_]*[a-z]) \((.*)\); .*/\1(\2)/p' "$prototypes" |
    sed -E 's/( |\*)[a-z_]+([,)])/\1\2/g' | sort -u
}
real=$(calls)
((${#real} > 3000)) || { echo "gcc lists no functions"; exit 1; }
diff <(echo "$real") <(calls -DSTATGATE_NOOP)

! gcc -DSTATGATE_NOOP -M -I . -include statgate.h -x c /dev/null | grep -E '/(unistd|poll|pthread|fcntl|sys/(socket|mman|un|stat))\.h'
