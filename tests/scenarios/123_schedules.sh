#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Expressions of cron are due when croniter says so, but for what Debian's cron does otherwise.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools python3
need_python croniter

for seed in 1 2; do
  "$python" "$root/tests/support/compare_cron.py" "$(program statgate-slots)" 500 "$seed" >"$work/out" || fail "$(<"$work/out")"
  say "$(tail -n 1 "$work/out")"
done
# The two ways in which Debian's cron differs: Monday, 5 January 2026, and Thursday, 1 January.
expect_eq "a star with a step" "$(echo '1767225600 2 0 0 */2 * 1' | "$(program statgate-slots)")" "1767571200 1768780800 "
expect_eq "all days as a range" "$(echo '1767225600 2 0 0 1-31 * 1' | "$(program statgate-slots)")" "1767312000 1767398400 "
