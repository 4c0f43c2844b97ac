#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Many services, a large exposition, slow readers: ingest continues without losing a sample.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

example=$(program statgate-example)
mkdir "$work/catalogs"
cp "$root/packaging/catalogs/inference.json" "$work/catalogs/"
# 200 services of 200 series each, all there from the start.
for n in $(seq -w 200); do
  jq -n --arg n "$n" '{statgate: 1, service: "svc\($n)", families: {"svc\($n)_events_total": {
    type: "counter", help: "Events of service \($n).", zeros: true,
    labels: {kind: [range(20) | "kind-\(.)"], zone: [range(10) | "zone-\(.)"]}}}}' >"$work/catalogs/svc$n.json"
done
start_daemon --catalog "$work/catalogs"
expect_eq "series exposed" "$(scrape | grep -c '^svc')" 40000

# Readers: six slow ones that never end on their own, two that read as fast as they can.
for _ in 1 2 3 4 5 6; do
  helper curl -s -o /dev/null --limit-rate 50k --max-time 60 "$url/metrics"
done
fast_reader() {
  local whole=0
  while [[ ! -e $work/stop ]]; do
    curl -fsS --max-time 20 -H 'Accept: application/openmetrics-text' "$url/metrics" >"$work/fast-$1"
    [[ $(tail -n 1 "$work/fast-$1") == '# EOF' ]] || { echo "an exposition without an end"; return 1; }
    whole=$((whole + 1))
    curl -fsS --max-time 20 -o /dev/null "$url/metrics/svc$((100 + whole % 100))"
  done
  echo "$whole" >"$work/whole-$1"
}
fast_reader 1 >"$work/reader-1.log" 2>&1 &
readers=($!)
fast_reader 2 >"$work/reader-2.log" 2>&1 &
readers+=($!)
helpers+=("${readers[@]}")

# Some 12,000 samples a second with the shipped client, for five seconds.
timeout 500 "$example" --socket "$socket" --events 10000 --rate 2000 --seed 7 >"$work/example"
touch "$work/stop"
wait "${readers[@]}" || fail "a fast reader failed: $(cat "$work"/reader-*.log)"
read -r samples lost merged < <(sed -E 's/^([0-9]+) samples, ([0-9]+) of them lost, ([0-9]+) merged$/\1 \2 \3/' "$work/example")
say "$samples samples, $lost lost, $merged merged, beside $(cat "$work/whole-1") and $(cat "$work/whole-2") whole scrapes of 40,000 series"
expect_eq "samples lost" "$lost" 0
(($(cat "$work/whole-1") > 2)) || fail "the fast reader got no scrapes through"

requests() {
  scrape /metrics/inference | awk '/^inference_requests_total/ { sum += $NF } END { print sum + 0 }'
}
requests_are() { last=$(requests) && [[ $last == "$1" ]]; }
wait_for requests_are 10000 || fail "$last of 10000 requests arrived"
received=$((samples - merged))
expect_json /debug/senders "[.senders[] | [.samples, .accepted, .sent, .lost]] | tojson" \
  "[[$received,$received,$received,0]]"
expect_sums
say "$(scrape | grep -E '^statgate_slow_callbacks_total')"
stop_daemon
