#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A process holds all tickets of a half-open breaker and reports nothing: epochs are counted as silent, the problem is named,
# and clients may probe without a ticket. It ends with the first report.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_tools python3

catalog=$work/shop.json
cat >"$catalog" <<'EOC'
{"statgate": 1, "service": "shop", "attempts": {"pay": {"success": ["ok"], "failure": ["error"],
  "expose": ["circuit_silent_epochs_total"],
  "breaker": {"open_after": 1, "cooldown_s": 0.2, "probes": 2, "probe_s": 2}}}}
EOC
start_daemon --catalog "$catalog"
expect_metric pay_circuit_silent_epochs_total 0
python3 -c '
import fcntl, sys, time
tickets = open(sys.argv[1], "r+b", 0)
fcntl.lockf(tickets, fcntl.LOCK_EX)
time.sleep(600)' "${socket%.sock}.probes" &
holder=$!
helpers+=("$holder")
send 'pay:error|a'
counts_two() { (($(printf %.0f "$(metric pay_circuit_silent_epochs_total)") >= 2)); }
wait_for counts_two || fail "silent epochs: $(metric pay_circuit_silent_epochs_total)"
silent='[.problems[].kind] | index("probes_silent") != null'
expect_json /debug/status "$silent" true
"$statgate" doctor --socket "$socket" >"$work/doctor" 2>&1 && fail "doctor finds nothing"
expect_contains "doctor" "$(<"$work/doctor")" "no process reports the probes of pay"
kill "$holder"
# Who probes without a ticket reports all the same.
for _ in 1 2; do
  send 'pay:ok|a'
done
expect_json /debug/breakers '.breakers[0].state' closed
expect_json /debug/status "$silent" false
stop_daemon
