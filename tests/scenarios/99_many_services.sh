#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Five hundred services: each one's counts are its own, in every scrape.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mkdir "$work/catalogs"
for i in {1..500}; do
  printf '{"statgate": 1, "service": "s%d", "families": {"s%d_x_total": {"type": "counter", "help": "x"}}}' "$i" "$i" \
    >"$work/catalogs/$i.json"
done
start_daemon --catalog "$work/catalogs"

scrapes() {
  curl -fsS -o /dev/null "$url/metrics?[1-30]" || fail "a scrape failed"
}
samples() {
  echo "statgate_samples_total{service=\"$1\",verdict=\"$2\"}"
}

scrapes
for i in {1..500}; do printf 's%d_x_total:1|c\n' "$i"; done >"$work/lines"
"$statgate" send --socket "$socket" --quiet - <"$work/lines"
expect_metric "$(samples s500 accepted)" 1
expect_metric "$(samples s1 accepted)" 1
scrapes
send 's7_x_total:2|c' 's7_x_total:x|c'
expect_metric "$(samples s7 accepted)" 2
expect_metric "$(samples s7 rejected)" 1
expect_metric 'statgate_rejected_samples_total{reason="bad_value",service="s7"}' 1
expect_metric "$(samples s8 accepted)" 1
say "$(metric statgate_slow_callbacks_cpu_total) callbacks took over 1 ms of processor time"

# A bridge sends for all of them: it is a sender of each, with what it sent for that one, and still is after a crash.
start_sender bridge
send_as bridge "$(cat "$work/lines")" 's9_x_total:5|c' 's9_x_total:x|c'
look() {
  json '/debug/senders?service=s9' '.senders[] | select(.alive and .services == 500) | "\(.service) \(.accepted) \(.rejected)"'
}
expect_eq "the bridge, of one service" "$(look)" "s9 2 1"
expect_json '/debug/services?service=s499' '.services[0].senders' 1
expect_json '/debug/services?order=trouble&limit=2' '[.services[].service] | sort | join(" ")' 's7 s9'
"$statgate" senders --daemon "$url" --service s9 | grep -qF 's9 +499' || fail "statgate senders names no others"
kill -KILL "$(daemon_of "$daemon_pid")"
expect_metric 'statgate_restarts_total{cause="crash"}' 1
expect_eq "after a crash" "$(look)" "s9 2 1"
stop_daemon
