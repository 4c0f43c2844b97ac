#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A daemon that is away for a second, while a program counts a thousand times a second: no count is
# lost, and the new daemon is found soon.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

burst=$(program statgate-burst)
catalog=$scenarios/catalogs/burst.json

# From a program that starts before the daemon, all is the new daemon's: 3,000 counts of 87 bytes.
for series in 1 300; do
  free_port
  socket=$work/away-$series.sock
  url=http://127.0.0.1:$port
  timeout 500 "$burst" "$socket" 1 3000 "$series" 1000 >"$work/report" &
  counting=$!
  helpers+=("$counting")
  sleep 1 # the absence is what the scenario is about
  launch_daemon --catalog "$catalog" --socket "$socket" --metrics-listen "127.0.0.1:$port"
  wait_for is_ready || fail "statgated was not ready"
  made=$(stat -c %.3Z "$socket")
  wait "$counting" || fail "statgate-burst ended with exit code $?"
  report=$(<"$work/report")
  found_ms=$(jq --arg made "$made" '(.connected - ($made | tonumber)) * 1000 | round' <<<"$report")
  say "$series series: found after $found_ms ms, $report"
  expect_eq "lost" "$(jq .lost <<<"$report")" 0
  wait_for sum_is burst_total 3000 || fail "$last of 3000 counts arrived"
  # 50 ms are what the header promises; on a busy machine the program itself comes late.
  ((found_ms < 5000)) || fail "the new daemon was found $found_ms ms after its start"
  expect_json /debug/senders '[.senders[] | .sent - .numbered - .lost] | add' 0
  stop_daemon
done

# A restart: what was given to the first is the first's, and the program goes on.
free_port
socket=$work/restart.sock
url=http://127.0.0.1:$port
launch_daemon --catalog "$catalog" --socket "$socket" --metrics-listen "127.0.0.1:$port"
wait_for is_ready || fail "statgated was not ready"
timeout 500 "$burst" "$socket" 1 4000 100 1000 >"$work/report" &
counting=$!
helpers+=("$counting")
counts_some() {
  before=$(sum_of burst_total)
  ((before > 500))
}
wait_for counts_some || fail "only $before counts arrived"
stop_daemon
sleep 1
launch_daemon --catalog "$catalog" --socket "$socket" --metrics-listen "127.0.0.1:$port"
wait_for is_ready || fail "statgated was not ready"
wait "$counting" || fail "statgate-burst ended with exit code $?"
say "restart: $(<"$work/report")"
expect_eq "lost" "$(jq .lost "$work/report")" 0
(($(sum_of burst_total) > 1000)) || fail "only $(sum_of burst_total) counts arrived after the restart"
stop_daemon
