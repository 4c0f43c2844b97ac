#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Supervisors are killed under load, and others started at the same socket: each takes over the daemon that was left alone, which
# may reload meanwhile, or be killed right after. All that was sent is counted.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

rounds=6
[[ -z $long ]] || rounds=200
catalog=$scenarios/catalogs/basic.json

start_daemon --catalog "$catalog"
start_flood
for ((round = 1; round <= rounds; round++)); do
  left=$(daemon_of "$supervisor_pid")
  disown "$supervisor_pid" 2>/dev/null || true
  kill -KILL "$supervisor_pid"
  wait_for is_gone "$supervisor_pid" || fail "the supervisor is still there"
  ((round % 3)) || kill -HUP "$left"
  launch_daemon --socket "$socket" --metrics-listen "127.0.0.1:$port" --catalog "$catalog"
  supervisor_pid=$daemon_pid
  wait_for children_of "$supervisor_pid" >/dev/null || fail "round $round: no daemon: $(cat "$log")"
  wait_for is_ready || fail "round $round: the daemon is not ready"
  grep -qF 'the next daemon continues with its values' "$log" || fail "round $round: it was not taken over"
  ((round % 2)) && continue
  left=$(daemon_of "$supervisor_pid")
  kill -KILL "$left"
  wait_for is_gone "$left" || fail "the daemon is still there"
  wait_for is_ready || fail "round $round: the daemon is not back"
done
end_flood
say "$rounds supervisors killed, $flood_samples samples"
