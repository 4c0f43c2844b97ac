#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A sender that floods with random names and label values leaves memory flat, every table at its
# bound, and its neighbours' samples exact.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

flood=$(program statgate-flood)
start_daemon --catalog "$scenarios/catalogs/flood.json" --catalog "$scenarios/catalogs/basic.json"

resident_kb() {
  awk '$1 == "VmRSS:" { print $2 }' "/proc/$daemon_pid/status"
}
received() {
  metric statgate_datagrams_total
}

# Warm-up: fills every table that can be filled, the senders' and recent rejections among them.
timeout 500 "$flood" "$socket" 300000 1
wait_for metric_is statgate_datagrams_total 300000 || fail "only $last of 300000 datagrams arrived"
expect_sums
resident=$(resident_kb)
series=$(scrape /metrics/flood | grep -vc '^#')

# The flood again, from two processes, and neighbours beside it: one that blocks until it is heard,
# and the shipped command.
"$flood" "$socket" 500000 2 &
floods=($!)
"$flood" "$socket" 500000 3 &
floods+=($!)
neighbours=0
while kill -0 "${floods[0]}" 2>/dev/null && ((neighbours < 2000)); do
  send 'shop_visits_total:1|c' 'shop_orders_total:2|c|#outcome:ok' 'shop_checkout_duration_seconds:0.5|h|#till:1'
  neighbours=$((neighbours + 1))
done
wait "${floods[@]}" || fail "a flood ended with exit code $?"
((neighbours > 10)) || fail "the neighbour was heard only $neighbours times during a flood"

expect_metric statgate_datagrams_total $((1300000 + neighbours))
expect_metric shop_visits_total "$neighbours"
expect_metric 'shop_orders_total{outcome="ok"}' $((2 * neighbours))
expect_metric 'shop_checkout_duration_seconds_count{till="1"}' "$neighbours"
grown=$(($(resident_kb) - resident))
say "resident $resident kB, grown by $grown kB with a million datagrams; $neighbours neighbours heard"
((grown < 2048)) || fail "memory grew by $grown kB"

# Each table at its bound, not beyond it.
expect_eq "samples exposed" "$(scrape /metrics/flood | grep -vc '^#')" "$series"
alive=$(metric 'statgate_series{service="flood"}')
bound=$(metric 'statgate_series_bound{service="flood"}')
((alive > 300 && alive <= bound)) || fail "$alive series of flood, which has room for $bound"
expect_eq "users of flood_hits_total" "$(scrape /metrics/flood | grep -c '^flood_hits_total')" 101
expect_eq "ids of flood_strict_total" "$(scrape /metrics/flood | grep -c '^flood_strict_total')" 100
# One sample a line: the sum over all verdicts is the number of lines sent.
expect_json /debug/senders .total.samples $((1300000 + 3 * neighbours))
expect_sums

# A queue that is full again and again, however processors are shared: it is known by whose datagrams.
"$flood" "$socket" 100000000 4 &
helpers+=($!)
named() {
  for _ in {1..10}; do
    kill -STOP "$daemon_pid"
    sleep 0.02
    kill -CONT "$daemon_pid"
    sleep 0.005 # hardly longer than the queue takes: most of what is received was in a full one
  done
  [[ $(json /debug/status '.problems[] | select(.kind == "queue_full") | .sender.comm') == statgate-flood ]]
}
wait_for named || fail "nobody fills the queue: $(curl -s "$url/debug/status")"
expect_contains "statgate doctor" "$(STATGATE_SOCKET=$socket "$statgate" doctor || true)" 'queue_depth allows longer bursts'
kill "${helpers[-1]}"
is_quiet() { local before && before=$(received) && sleep 0.3 && [[ $(received) == "$before" ]]; }
wait_for is_quiet || fail "the queue is never empty"
expect_sums
stop_daemon
