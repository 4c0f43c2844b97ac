#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The log: JSON lines for log systems, console lines for people, levels, nothing per packet.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

catalog=$scenarios/catalogs/basic.json
before=$(date +%s%3N)
start_daemon --catalog "$catalog" --log-format json --log-level debug
for _ in $(seq 20); do
  send 'nobody:1|c' 'broken' $'shop_visits_total:\x01\xff\xfe"\\|c'
done
expect_json /debug/rejections .total 60
stop_daemon
after=$(date +%s%3N)
jq -e -s --argjson pid "$daemon_pid" --argjson supervisor "$supervisor_pid" --argjson before "$before" --argjson after "$after" '
  length > 0 and all(
    (keys_unsorted == ["level", "pid", "timestamp", "message", "context"]) and
    (.level | IN("debug", "log", "warn", "error")) and (.pid | IN($pid, $supervisor)) and
    (.timestamp | type == "number" and . >= $before and . <= $after) and
    (.message | type == "string" and length > 0) and (.context | type == "string" and length > 0))' \
  "$log" >/dev/null || fail "not the JSON lines that were promised"
expect_eq "lines and objects" "$(wc -l <"$log" | tr -d ' ')" "$(jq -c . "$log" | wc -l | tr -d ' ')"
grep -q 'nobody\|broken' "$log" && fail "what was sent is in the log"
(($(wc -l <"$log") < 40)) || fail "the log grows with packets"

start_daemon --catalog "$catalog"
stop_daemon
grep -q '{' "$log" && fail "the console log looks like JSON: $(cat "$log")"
grep -q "$socket" "$log" || fail "the console log does not name the socket"
grep -q $'\e' "$log" && fail "colours in a log that is no terminal"

start_daemon --catalog "$catalog" --log-level error
stop_daemon
[[ ! -s $log ]] || fail "a quiet daemon logs: $(cat "$log")"
