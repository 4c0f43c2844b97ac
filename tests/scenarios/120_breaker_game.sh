#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Random games of a breaker against a model: attempts of several processes with right, old and no marks, denied counts,
# decisions of a person; daemon and senders are killed, and the daemon is reloaded, all the while.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools python3

cat >"$work/game.json" <<'EOC'
{"statgate": 1, "service": "shop", "attempts": {"pay": {"success": ["ok"], "failure": ["error"], "breaker": {
  "open_after": 4, "failure_ratio": 0.5, "min_attempts": 8, "agree": 2, "window_s": 3600, "cooldown_s": 86400,
  "probes": 2, "probe_s": 86400}}}}
EOC
for seed in 1 2; do
  start_daemon --catalog "$work/game.json"
  "$root/tests/support/breaker_game.py" "$socket" "$url" "$statgate" "$supervisor_pid" "$seed" 250 >"$work/game.out" 2>&1 ||
    fail "$(tail -n 3 "$work/game.out")"
  say "$(<"$work/game.out")"
  stop_daemon "$supervisor_pid"
done
