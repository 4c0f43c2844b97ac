#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The memory that `statgate check` prints: a daemon filled to the brim and scraped by 64 readers of a
# byte a second never has more, and not much less; and the readers' memory is given back.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

grep -q '^STATGATE_SANITIZE:[A-Z]*=.' "$build/CMakeCache.txt" && { say "sanitizers take memory of their own"; exit 77; }
((EUID == 0)) || { say "only root can fill the table of senders in their names"; exit 77; }

fill=$(program statgate-fill)
mib=$((1 << 20))

# catalog SHAPE JQ...: a catalog of the service SHAPE with what the jq filter gives.
catalog() {
  mkdir -p "$work/$1"
  jq -cn "def values(n): [range(n) | \"v\(.)\"];
    {statgate: 1, service: \"$1\", max_series: 1100000, ignore_labels: [\"pad\"]} + ($2)" >"$work/$1/$1.json"
}

resident() { awk -v name="$1:" '$1 == name { print $2 * 1024 }' "/proc/$daemon_pid/status"; }

# The memory has been the same for a second.
declare -i looks=0 last_size=0
is_steady() {
  local size
  size=$(resident VmRSS)
  if ((size > last_size + 65536 || size < last_size - 65536)); then looks=0; else looks+=1; fi
  last_size=$size
  ((looks >= 20))
}
expect_steady() {
  looks=0
  wait_for is_steady || fail "$shape: the memory goes on changing"
}
has_room_again() { (($(resident VmRSS) <= before + 8 * mib)); }

descriptors() { find "/proc/$daemon_pid/fd" -mindepth 1 2>/dev/null | wc -l; }
has_descriptors() { (($(descriptors) >= $1)); }

readers=()
slow_readers() {
  local open
  open=$(descriptors)
  helper "$fill" readers "$@"
  wait_for has_descriptors $((open + $2)) || fail "$shape: the daemon has not all of $2 readers"
  readers+=("$helper_pid")
}

# fill_all TEMPLATE...: series and known lines; then what every daemon has: senders, datagrams that
# wait, an exposition in order.
fill_all() {
  "$fill" lines "$socket" "$@"
  "$fill" senders "$socket" 16384
  kill -STOP "$daemon_pid"
  "$fill" large "$socket" 56
  kill -CONT "$daemon_pid"
  scrape >"$work/page"
}

# start_shape SHAPE [ARGUMENT...]
start_shape() {
  shape=$1
  shift
  start_daemon --catalog "$work/$shape" "$@"
  said=$("$statgate" check --json "$work/$shape" | jq .total.bytes) # of the default endpoint alone
}

# expect_bound [PORT...]: 64 slow readers at each listener; then the sum of all.
expect_bound() {
  local at
  expect_steady
  before=$(resident VmRSS)
  for at in "${@:-$port}"; do
    slow_readers "$at" 30 /metrics
    slow_readers "$at" 10 +/metrics
    slow_readers "$at" 24 '/debug/senders?limit=100000'
  done
  expect_steady
  peak=$(resident VmHWM)
  say "$shape: check says $((said / mib)) MiB, at most there were $((peak / mib)), before the readers $((before / mib))"
  ((peak <= said)) || fail "$shape: $peak bytes are resident, check says $said"
  # How many receive buffers and answers there are at a time depends on the machine: some MiB.
  ((said <= peak * 3 / 2 + 20 * mib)) || fail "$shape: check says $said bytes, $peak are all there ever were"
  kill "${readers[@]}"
  readers=()
  wait_for has_room_again || fail "$shape: $(resident VmRSS) bytes stay after the readers, $before were there before"
  stop_daemon
}

# ---- counters of two labels, known in many spellings ----

catalog counters '{families: {c_total: {type: "counter", help: "C.", labels: {x: values(100), y: values(600)}}}}'
start_shape counters
fill_all 'c_total:1|c|#x:v{100},y:v{600},pad:{5,50}'
expect_bound

# ---- a thousand families share a set of ten thousand ----

catalog shared '{sets: {big: [range(10000) | "value_\(.)_of_the_set"]},
  families: ([range(1000) | {key: "f\(.)_total", value: {type: "counter", help: "F.", max_series: 20, labels: {x: "big"}}}] | from_entries)}'
start_shape shared
fill_all 'f{1000}_total:1|c|#x:value_{20}_of_the_set,pad:{4,60}' 'f{1000}_total:1|c|#other:x'
expect_bound

# ---- many long lists, of which reading takes more than all that follows ----

catalog lists '{families: ([range(1000) | . as $f | {key: "f\($f)_total", value: {type: "counter", help: "F.", max_series: 10,
  labels: {x: [range(1200) | "\($f)-\(.)"]}}}] | from_entries)}'
start_shape lists
fill_all 'f{1000}_total:1|c|#x:5-{10},pad:{4,60}'
expect_bound

[[ -n $long ]] || exit 0

# ---- a hundred thousand series, and a million, where every table is full: at most half as much again ----

for shape in 'many 100 50' 'most 1000 200'; do
  read -r name values pad <<<"$shape"
  catalog "$name" "{families: {c_total: {type: \"counter\", help: \"C.\", max_series: 1000000, labels: {x: values(1000), y: values($values)}}}}"
  start_shape "$name"
  fill_all "c_total:1|c|#x:v{1000},y:v{$values},pad:{2,$pad}"
  expect_bound
  ((said <= peak * 3 / 2)) || fail "$name: check says $said bytes, $peak are all there ever were"
done

# ---- histograms of 200 buckets ----

catalog histograms '{families: {h: {type: "histogram", help: "H.", buckets: [range(1; 201)], labels: {x: values(3000)}}}}'
start_shape histograms
fill_all 'h:1:50:100:300|h|#x:v{3000},pad:{6,60}'
expect_bound

# ---- summaries over a window that is full everywhere ----

catalog summaries '{families: {s: {type: "summary", help: "S.", quantiles: [0.5, 0.99], window_s: 2, labels: {x: values(1500)}}}}'
start_shape summaries
observed='s:1e-9:1e-8:1e-7:1e-6:1e-5:1e-4:1e-3:0.01:0.1:1:10:100:1e3:1e4:1e5:1e6:1e7:1e8:1e9|h|#x:v{1500}'
fill_all "$observed,pad:{6,60}"
helper bash -c 'while "$@"; do sleep 0.05; done' - "$fill" lines "$socket" "$observed" # until the daemon is gone
expect_bound

# ---- patterns, their values as long as they may be ----

catalog patterns '{families: {p: {type: "gauge", help: "P.", labels: {x: {pattern: "slug", max: 50000}}}}}'
start_shape patterns
fill_all 'p:1|g|#x:{50000,200}'
expect_bound

# ---- values of processes: 16,384 gauges of 16 processes ----

catalog merged '{families: {m: {type: "gauge", merge: "sum", help: "M.", labels: {x: values(128), y: values(128)}}}}'
start_shape merged
helper "$fill" hold 16 "$socket" 'm:1|g|#x:v{128},y:v{128}'
is_held() { grep -q held "$work"/statgate-fill-*.log; }
wait_for is_held || fail "the processes do not hold their values"
fill_all 'm:1|g|#x:v{128},y:v{128},pad:{4,50}'
expect_metric 'statgate_owned_parts' 262144
expect_bound

# ---- attempts and jobs ----

catalog machines '{
  attempts: {a: {labels: {x: values(500)}, success: ["ok"], failure: ["no"], breaker: {open_after: 5, cooldown_s: 60}}},
  jobs: {j: {labels: {q: values(20)}, max_live: 250000, buckets: [1, 10, 60]}}}'
start_shape machines
fill_all 'a:ok|a|#x:v{500},pad:{8,60}' 'a:no|a|#x:v{500}' 'j:queued|j|#q:v0|i:{250000,64}' 'j:failed|j|#q:v1|i:f{250000,63}' \
  'j:queued|j|#q:v{20},pad:{200,60}|i:x'
expect_bound

# ---- many endpoints, the readers at each ----

catalog endpoints '{families: {e_total: {type: "counter", help: "E.", labels: {x: values(200), y: values(100)}}}}'
ports=()
for _ in 1 2 3; do
  free_port
  ports+=("$port")
done
jq -n '{endpoints: [$ARGS.positional[] | {listen: "127.0.0.1:\(.)", services: ["endpoints"]}]}' --args "${ports[@]}" >"$work/config.json"
free_port
start_shape endpoints --config "$work/config.json"
said=$("$statgate" check --json --config "$work/config.json" --catalog "$work/endpoints" | jq .total.bytes)
fill_all 'e_total:1|c|#x:v{200},y:v{100},pad:{5,60}'
expect_bound "$port" "${ports[@]}"
